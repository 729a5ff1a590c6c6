package root

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// curlRequest reads the arguments of curl that the documents use, so that what
// they show is run where there is no curl.
func curlRequest(args []string) (*http.Request, error) {
	method, target, contentType := http.MethodGet, "", ""
	var data []string
	header := http.Header{}
	for i := 0; i < len(args); i++ {
		word := args[i]
		if !strings.HasPrefix(word, "-") {
			target = word
			continue
		}
		if word == "-s" || word == "-i" {
			continue
		}
		if i++; i == len(args) {
			return nil, fmt.Errorf("curl: %s has no value", word)
		}
		value := args[i]
		switch word {
		case "-X":
			method = value
		case "-H":
			name, text, _ := strings.Cut(value, ":")
			header.Add(name, strings.TrimSpace(text))
		case "-d", "--data-urlencode", "--json":
			if method == http.MethodGet {
				method = http.MethodPost
			}
			contentType = "application/x-www-form-urlencoded"
			if word == "--json" {
				contentType = "application/json"
			}
			if name, text, found := strings.Cut(value, "="); word == "--data-urlencode" && found {
				value = name + "=" + url.QueryEscape(text)
			}
			data = append(data, value)
		default:
			return nil, fmt.Errorf("curl: %s is none that the tests know", word)
		}
	}
	request, err := http.NewRequest(method, target, strings.NewReader(strings.Join(data, "&")))
	if err != nil {
		return nil, err
	}
	request.Header = header
	if contentType != "" && header.Get("Content-Type") == "" {
		header.Set("Content-Type", contentType)
	}
	return request, nil
}

// curl calls a URL and wants a status.
func curl(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 2, "curl STATUS ARG…")
	request, err := curlRequest(args[1:])
	ts.Check(err)
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	body, err := io.ReadAll(response.Body)
	ts.Check(errors.Join(err, response.Body.Close()))
	http.DefaultClient.CloseIdleConnections()
	if strconv.Itoa(response.StatusCode) != args[0] {
		ts.Fatalf("the answer is %d, not %s\n%s", response.StatusCode, args[0], body)
	}
	scriptOf(ts).response = body
	ts.Check(os.WriteFile(ts.MkAbs("answer"), body, 0o644))
}

// keep keeps a text of the last answer.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 2, "keep NAME KEY…")
	var at any
	ts.Check(json.Unmarshal(scriptOf(ts).response, &at))
	for _, key := range args[1:] {
		switch inner := at.(type) {
		case map[string]any:
			at = inner[key]
		case []any:
			n, err := strconv.Atoi(key)
			if err != nil || n >= len(inner) {
				ts.Fatalf("the list has no %s: %s", key, scriptOf(ts).response)
			}
			at = inner[n]
		}
	}
	if at == nil {
		ts.Fatalf("nothing is at %s of %s", strings.Join(args[1:], " "), scriptOf(ts).response)
	}
	ts.Setenv(args[0], fmt.Sprint(at))
}
