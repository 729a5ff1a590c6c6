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

// A MachineSummary is what programs read of a summary.
type MachineSummary struct {
	Name    string                              `json:"name"`
	Marks   int                                 `json:"marks"`
	Shares  map[Direction]MachineShare          `json:"shares"`
	Kinds   map[string]map[Direction]ShareOfAll `json:"kinds"`
	Missing map[Direction][]MachineMark         `json:"missing,omitempty"`
	Excused []MachineExcuse                     `json:"excused,omitempty"`
	Events  []MachineSummary                    `json:"events,omitempty"`
}

// A MachineShare is what was met of all, by so many items of bodies.
type MachineShare struct {
	ShareOfAll
	Percent int `json:"percent"`
	Items   int `json:"items"`
}

// A ShareOfAll is what was met of all.
type ShareOfAll struct {
	Met int `json:"met"`
	All int `json:"all"`
}

// A MachineMark is a mark that was not met.
type MachineMark struct {
	Kind  string `json:"kind"`
	Place string `json:"place"`
	Value string `json:"value"`
}

// A MachineExcuse is a mark that is never emitted, and why.
type MachineExcuse struct {
	MachineMark
	Cause string `json:"why"`
}

// Machine is what programs read of summaries. Where nothing was shown, nothing is said
// to be missing: it would be all.
func Machine(all []Summary) []MachineSummary {
	list := make([]MachineSummary, 0, len(all))
	for i := range all {
		list = append(list, machine(&all[i]))
	}
	return list
}

func machine(s *Summary) MachineSummary {
	m := MachineSummary{
		Name: s.Name, Marks: s.Marks, Shares: map[Direction]MachineShare{}, Kinds: map[string]map[Direction]ShareOfAll{},
		Missing: map[Direction][]MachineMark{}, Events: Machine(s.Events),
	}
	for _, d := range Directions() {
		m.Shares[d] = MachineShare{ShareOfAll(s.Total[d]), s.Total[d].Percent(), s.Shown[d]}
		for kind, share := range s.Kinds[d] {
			if m.Kinds[kind] == nil {
				m.Kinds[kind] = map[Direction]ShareOfAll{}
			}
			m.Kinds[kind][d] = ShareOfAll(share)
		}
		if s.Shown[d] == 0 {
			continue
		}
		for _, one := range s.Missing[d] {
			m.Missing[d] = append(m.Missing[d], MachineMark(one))
		}
	}
	if len(s.Events) == 0 { // a route's are those of its events
		for _, x := range s.Excused {
			m.Excused = append(m.Excused, MachineExcuse{MachineMark(x.Mark), x.Cause})
		}
	}
	return m
}

// HTML is a page for people, which needs no network and no script.
func HTML(all []Summary) ([]byte, error) {
	t, err := template.New("coverage").Funcs(template.FuncMap{"directions": Directions, "of": shareOf, "styleHash": styleHash}).Parse(page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, all)
	return b.Bytes(), err
}

// styleHash names the page's style for its policy, which then allows no other.
func styleHash() string {
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// A pageShare is what one cell of the page shows.
type pageShare struct {
	S Summary
	D Direction
}

func shareOf(s Summary, d Direction) pageShare { return pageShare{s, d} }
