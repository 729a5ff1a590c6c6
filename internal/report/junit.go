package report

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/sequence"
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

// asJUnit formats a report as the XML of JUnit that CI servers read. An inconclusive
// result is an error, and so is an incomplete run. A warning that doesn't fail the report
// is the output of a passed case, and an accepted failure is skipped.
func asJUnit(r Report) ([]byte, error) {
	all := junitSuites{Name: r.Title, Time: seconds(r.Duration)}
	groups := r.Groups()
	if reason := r.inconclusiveReason(); reason != "" {
		run := webhook.Result{ID: "run", Name: "complete", Group: "run", Reason: reason, Description: strings.Join(r.Warnings, "\n")}
		groups = append(groups, Group{Name: "run", Results: []webhook.Result{run}})
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
	if r.Key != "" { // servers merge cases of the same name
		name += ": " + Clean(r.Key)
	}
	c := junitCase{Class: plainXML(all.Title + "." + r.Group), Name: plainXML(name), Time: seconds(r.Duration)}
	s.Tests++
	prose := &junitProse{Message: plainXML(reasonOf(r)), Text: plainXML(evidenceText(r))}
	switch of := statusOf(r); of {
	case passed:
		if r.ID == sequence.Name {
			c.Out = prose.Message + "\n\n" + prose.Text
		}
	case warning, failed:
		if !all.fails(r) {
			c.Out = "warning: " + prose.Message + "\n\n" + prose.Text
			break
		}
		prose.Type = map[status]string{warning: "warning", failed: "failure"}[of]
		c.Failure = prose
		s.Failures++
	case notApplicable, accepted:
		c.Skipped = &junitProse{Text: prose.Message} // the format has no message here
		s.Skipped++
	default:
		prose.Type = "inconclusive"
		c.Error = prose
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// plainXML replaces the characters that XML doesn't allow.
func plainXML(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 {
			return r
		}
		return '·'
	}, text)
}
