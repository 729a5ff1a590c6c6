package delivery

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
)

//go:embed profiles.yaml
var profilesYAML string

// A Profile is how a well-known sender tries again.
type Profile struct {
	Name   string
	Source string
	// Assumed says that the sender publishes no delays, so that these are likely ones.
	Assumed bool
	// HeadOfLine says that an event that fails holds up those behind it.
	HeadOfLine bool
	Schedule   Schedule
}

// NamedProfile returns a profile of [Profiles].
func NamedProfile(name string) (Profile, error) {
	all, err := Profiles()
	if err != nil {
		return Profile{}, err
	}
	var names []string
	for _, p := range all {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, fmt.Errorf("read retry profile: unknown profile %s; %s", document.Quote(name), document.OneOf(name, names))
}

// Profiles returns the profiles that are shipped, in the order of profiles.yaml.
func Profiles() ([]Profile, error) { return readProfiles("profiles.yaml", profilesYAML) }

func readProfiles(name, source string) ([]Profile, error) {
	file, err := document.ReadYAML(name, []byte(source))
	if err != nil {
		return nil, err
	}
	r := &profileReader{file: file}
	var all []Profile
	for i := range file.Root.Members {
		all = append(all, r.profile(file.Root.Members[i].Key, &file.Root.Members[i].Value))
	}
	return all, errors.Join(r.problems...)
}

type profileReader struct {
	file     *document.File
	problems []error
}

func (r *profileReader) profile(name string, n *document.Node) Profile {
	if err := r.file.Known(n, "source", "assumed", "delays", "limit", "success", "stop", "time_allowed", "empty_body", "jitter", "slow_down", "retry_after", "head_of_line"); err != nil {
		r.problems = append(r.problems, err)
	}
	p := Profile{Name: name, Assumed: r.yes(n.Get("assumed")), HeadOfLine: r.yes(n.Get("head_of_line"))}
	if source := n.Get("source"); source != nil {
		p.Source = source.Text
	} else {
		r.wrong(n, "key %q is missing", "source")
	}
	p.Schedule = Schedule{
		Limit: r.duration(n.Get("limit")), Success: r.codes(n.Get("success")), Stop: r.codes(n.Get("stop")),
		TimeAllowed: r.duration(n.Get("time_allowed")), EmptyBody: r.yes(n.Get("empty_body")),
		Jitter: r.count(n.Get("jitter")), SlowDown: r.duration(n.Get("slow_down")), RetryAfter: r.count(n.Get("retry_after")),
	}
	for i := range n.Get("delays").Elements() {
		p.Schedule.Delays = append(p.Schedule.Delays, r.duration(&n.Get("delays").Items[i]))
	}
	return p
}

func (r *profileReader) duration(n *document.Node) time.Duration {
	if n == nil {
		return 0
	}
	d, err := time.ParseDuration(n.Text)
	if err != nil || d <= 0 {
		r.wrong(n, `expected a duration such as "10s", found %s`, n.Describe())
	}
	return d
}

func (r *profileReader) codes(n *document.Node) []string {
	code := regexp.MustCompile(`^[1-5]([0-9][0-9]|xx)$`)
	var codes []string
	for _, item := range n.Elements() {
		codes = append(codes, item.Text)
	}
	if n != nil && (len(codes) == 0 || slices.ContainsFunc(codes, func(c string) bool { return !code.MatchString(c) })) {
		r.wrong(n, "expected a list of status codes such as [2xx] or [200, 202], found %s", n.Describe())
	}
	return codes
}

func (r *profileReader) count(n *document.Node) int {
	const most = 1000
	if n == nil {
		return 0
	}
	count, err := strconv.Atoi(n.Text)
	if err != nil || count < 0 || count > most {
		r.wrong(n, "expected a whole number up to %d, found %s", most, n.Describe())
	}
	return count
}

func (r *profileReader) yes(n *document.Node) bool {
	if n != nil && n.Kind != document.Bool {
		r.wrong(n, "expected true or false, found %s", n.Describe())
	}
	return n != nil && n.Text == "true"
}

func (r *profileReader) wrong(n *document.Node, format string, args ...any) {
	r.problems = append(r.problems, r.file.Errorf(n, format, args...))
}
