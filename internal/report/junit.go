package report

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr,omitempty"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string      `xml:"classname,attr"`
	Name    string      `xml:"name,attr"`
	Time    string      `xml:"time,attr"`
	Failure *junitProse `xml:"failure"`
	Error   *junitProse `xml:"error"`
	Skipped *junitProse `xml:"skipped"`
	Out     string      `xml:"system-out,omitempty"`
}

type junitProse struct {
	Message string `xml:"message,attr,omitempty"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// asJUnit is a report as JUnit writes it and CI servers read it. What is inconclusive
// is an error: it is no pass, and nobody has failed. So is a run that cannot be
// trusted. A warning that doesn't fail the report is what a passed case printed, and
// what is accepted is skipped.
func asJUnit(r Report) ([]byte, error) {
	all := junitSuites{Name: r.Title, Time: seconds(r.Duration)}
	groups := r.Groups()
	if doubt := r.inconclusiveReason(); doubt != "" {
		why := webhook.Result{ID: "run", Name: "complete", Group: "run", Reason: doubt, Description: strings.Join(r.Warnings, "\n")}
		groups = append(groups, Group{Name: "run", Results: []webhook.Result{why}})
	}
	for _, g := range groups {
		suite := junitSuite{Name: plainXML(g.Name)}
		var duration time.Duration
		if !r.StartedAt.IsZero() {
			suite.Timestamp = r.StartedAt.UTC().Format("2006-01-02T15:04:05")
		}
		for _, one := range g.Results {
			duration += one.Duration
			suite.add(r, one)
		}
		suite.Time = seconds(duration)
		all.Tests, all.Failures, all.Errors = all.Tests+suite.Tests, all.Failures+suite.Failures, all.Errors+suite.Errors
		all.Suites = append(all.Suites, suite)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

func (s *junitSuite) add(all Report, r webhook.Result) {
	name := heading(r)
	if r.Key != "" { // servers take cases of one name for the same case
		name += ": " + Clean(r.Key)
	}
	c := junitCase{Class: plainXML(all.Title + "." + r.Group), Name: plainXML(name), Time: seconds(r.Duration)}
	s.Tests++
	prose := &junitProse{Message: plainXML(reasonOf(r)), Text: plainXML(evidenceText(r))}
	switch of := statusOf(r); of {
	case passed:
	case warning, failed:
		if !all.fails(r) {
			c.Out = "warning: " + prose.Message + "\n\n" + prose.Text
			break
		}
		prose.Type = map[status]string{warning: "warning", failed: "failure"}[of]
		c.Failure = prose
		s.Failures++
	case notApplicable, accepted:
		c.Skipped = &junitProse{Text: prose.Message} // the format gives it no message
		s.Skipped++
	default:
		prose.Type = "inconclusive"
		c.Error = prose
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// plainXML leaves out what XML cannot hold.
func plainXML(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 {
			return r
		}
		return '·'
	}, text)
}
