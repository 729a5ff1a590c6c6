package coverage

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strings"
)

//go:embed coverage.html
var page string

// A MachineSummary is a [Summary] in JSON.
type MachineSummary struct {
	Name     string                         `json:"name"`
	Points   int                            `json:"points"`
	Shares   map[Direction]MachineShare     `json:"shares"`
	Kinds    map[string]map[Direction]Share `json:"kinds"`
	Missing  map[Direction][]Point          `json:"missing,omitempty"`
	Excluded []Exclusion                    `json:"excluded,omitempty"`
	Types    []MachineSummary               `json:"types,omitempty"`
}

// A MachineShare is the share of all kinds, and how many items of bodies were counted.
type MachineShare struct {
	Share
	Percent int `json:"percent"`
	Items   int `json:"items"`
}

// Machine converts summaries to their JSON form. It leaves out the missing points of a
// direction without a single body: all points would be missing.
func Machine(all []Summary) []MachineSummary {
	list := make([]MachineSummary, 0, len(all))
	for i := range all {
		list = append(list, machine(&all[i]))
	}
	return list
}

func machine(s *Summary) MachineSummary {
	m := MachineSummary{
		Name: s.Name, Points: s.Points, Shares: map[Direction]MachineShare{}, Kinds: map[string]map[Direction]Share{},
		Missing: map[Direction][]Point{}, Types: Machine(s.Types),
	}
	for _, d := range Directions() {
		m.Shares[d] = MachineShare{s.Total[d], s.Total[d].Percent(), s.Shown[d]}
		for kind, share := range s.Kinds[d] {
			if m.Kinds[kind] == nil {
				m.Kinds[kind] = map[Direction]Share{}
			}
			m.Kinds[kind][d] = share
		}
		if s.Shown[d] > 0 && len(s.Missing[d]) > 0 {
			m.Missing[d] = s.Missing[d]
		}
	}
	if len(s.Types) == 0 { // those of a route are listed with its event types
		m.Excluded = s.Excluded
	}
	return m
}

// HTML returns a page that needs neither a network nor a script.
func HTML(all []Summary) ([]byte, error) {
	t, err := template.New("coverage").Funcs(template.FuncMap{"directions": Directions, "of": shareOf, "styleHash": styleHash}).Parse(page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, all)
	return b.Bytes(), err
}

// styleHash is the hash of the page's style, the only style that its policy allows.
func styleHash() string {
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// A pageShare is the data of one cell of the page.
type pageShare struct {
	S Summary
	D Direction
}

func shareOf(s Summary, d Direction) pageShare { return pageShare{s, d} }
