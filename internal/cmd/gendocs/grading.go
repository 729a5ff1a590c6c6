package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/root"
	"github.com/ringback-dev/ringback/internal/grade"
)

// An exampleGrade is the README's grade of the example application.
type exampleGrade struct{ flags, card, evidence string }

func readmeGrade() (exampleGrade, error) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		return exampleGrade{}, err
	}
	flags, err := gradeFlags(string(text))
	if err != nil {
		return exampleGrade{}, err
	}
	code, out, err := gradeExample(flags, "dup", "identity", "order")
	card, evidence, found := strings.Cut(out, "\n\nP1 duplicate  ")
	if err != nil || code != cli.ExitFindings || !found {
		return exampleGrade{}, cmp.Or(err, fmt.Errorf("grade the example: exit code %d, want %d and evidence of P1: %s", code, cli.ExitFindings, out))
	}
	return exampleGrade{flags, card, "P1 duplicate  " + strings.TrimSpace(evidence)}, nil
}

// gradingPage fills docs/grading.md: the table of the probes, and the evidence of P1.
func gradingPage(old string, example func() (exampleGrade, error)) (string, error) {
	probes, err := grade.Probes()
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, p := range probes {
		rows = append(rows, []string{p.ID, code(p.Name), p.Group, p.Description, cmp.Or(p.Advice, "Not applicable: "+p.ImpossibleReason+".")})
	}
	if flags, err := gradeFlags(old); err != nil || flags != "" {
		return "", cmp.Or(err, fmt.Errorf("grade the example: want all probes, and no further flags, found %q", flags))
	}
	g, err := example()
	if err != nil {
		return "", err
	}
	evidence, _, _ := strings.Cut(g.evidence, "\n\nP")
	return fill(old, map[string]string{
		"probes":   mdTable([]string{"id", "name", "group", "what happens", "what a consumer does about it"}, rows),
		"evidence": keepTimes(partOf(old, "evidence"), "```text\n"+evidence+"\n```\n"),
	})
}

// gradePicture is the picture of the README: its grade, the scorecard, and the last line.
func gradePicture(old string, example func() (exampleGrade, error)) (string, error) {
	g, err := example()
	if err != nil {
		return "", err
	}
	lines := []string{"$ ringback grade --provider gupshup/v3 --to http://127.0.0.1:3000/webhooks", "    --state-url http://127.0.0.1:3000/state " + g.flags}
	lines = append(append(lines, strings.Split(g.card, "\n")...), "", g.evidence[strings.LastIndex(g.evidence, "\n")+1:])
	const title = "ringback grade in a terminal: two replies to one message, a status that goes backward, and a webhook without a phone number that gets 500"
	return keepTimes(old, recording(title, lines)), nil
}

var gradeBlock = regexp.MustCompile("(?s)<!-- grade -->\n```sh\ngo install \\./examples/consumers/careless\n" +
	"PORT=3000 PROVIDER=gupshup/v3 PROVIDER_URL=http://127\\.0\\.0\\.1:8080 BUG=dup,identity,order careless &\n" +
	`ringback grade --provider gupshup/v3 --to http://127\.0\.0\.1:3000/webhooks \\\n  --state-url http://127\.0\.0\.1:3000/state ?(.*?)\nkill`)

// gradeFlags returns the flags that a page gives to the grade of the example, after those of every page.
func gradeFlags(text string) (string, error) {
	block := gradeBlock.FindStringSubmatch(text)
	if block == nil {
		return "", errors.New("find the block after <!-- grade -->, with the commands that gendocs knows")
	}
	return block[1], nil
}

// gradeExample grades the example application with some bugs, and returns the exit code and the output.
func gradeExample(flags string, bugs ...string) (code int, out string, err error) {
	api := make(providerAPI, 1)
	a, err := app.New(app.Config{Route: "gupshup/v3", Bugs: bugs, ProviderURL: "http://provider.invalid", Client: &http.Client{Transport: api}})
	if err != nil {
		return 0, "", err
	}
	defer a.Close()
	consumer := httptest.NewServer(a)
	defer consumer.Close()
	const listen = " --listen 127.0.0.1:0"
	args := "grade --to " + consumer.URL + "/webhooks --state-url " + consumer.URL + "/state --first-user 1 --provider gupshup/v3 " + flags + listen
	var printed strings.Builder
	code = root.Run(context.Background(), strings.Fields(args), cli.Streams{In: strings.NewReader(""), Out: &printed, Err: api}, "")
	out = strings.ReplaceAll(printed.String(), consumer.URL, "http://127.0.0.1:3000")
	return code, strings.ReplaceAll(out, listen, ""), nil // the README uses the default port
}

// A providerAPI has the URL of a grade's provider API, which it finds in what the grade prints, and sends requests there.
type providerAPI chan string

func (p providerAPI) Write(text []byte) (int, error) {
	if _, at, found := strings.Cut(string(text), "the provider's API is at "); found {
		p <- strings.TrimSpace(at)
	}
	return len(text), nil
}

// RoundTrip sends a request to the provider API.
func (p providerAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	at := <-p
	p <- at // for the next request
	base, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, base.Host
	return http.DefaultTransport.RoundTrip(r)
}

// keepTimes returns the old text if the new one differs only in times, which no two runs share.
func keepTimes(old, text string) string {
	if timeless(old) == timeless(text) {
		return old
	}
	return text
}

func timeless(text string) string {
	text = regexp.MustCompile(`\d+(\.\d+)?(µs|ms|s)\b`).ReplaceAllString(text, "T")
	return regexp.MustCompile(`"(timestamp|ts)":[^,]+,`).ReplaceAllString(strings.Join(strings.Fields(text), " "), "")
}
