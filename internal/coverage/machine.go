package coverage

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed coverage.html
var page string

// A MachineSummary is what programs read of a summary.
type MachineSummary struct {
	Name    string                            `json:"name"`
	Shares  map[Direction]MachineShare        `json:"shares"`
	Kinds   map[string]map[Direction][2]int   `json:"kinds,omitempty"`
	Missing map[Direction][]map[string]string `json:"missing,omitempty"`
	Events  []MachineSummary                  `json:"events,omitempty"`
}

// A MachineShare is what was met of all; bodies are how many were shown.
type MachineShare struct {
	Met     int `json:"met"`
	All     int `json:"all"`
	Percent int `json:"percent"`
	Bodies  int `json:"bodies"`
}

// Machine is what programs read of summaries.
func Machine(all []Summary) []MachineSummary {
	var list []MachineSummary
	for _, s := range all {
		m := MachineSummary{Name: s.Name, Shares: map[Direction]MachineShare{}, Kinds: map[string]map[Direction][2]int{}, Events: Machine(s.Events)}
		for _, d := range Directions() {
			m.Shares[d] = MachineShare{s.Total[d].Met, s.Total[d].All, s.Total[d].Percent(), s.Bodies[d]}
			for kind, share := range s.Kinds[d] {
				if m.Kinds[kind] == nil {
					m.Kinds[kind] = map[Direction][2]int{}
				}
				m.Kinds[kind][d] = [2]int{share.Met, share.All}
			}
			if s.Bodies[d] == 0 {
				continue // nothing was shown, so nothing is missed
			}
			for _, one := range s.Missing[d] {
				if m.Missing == nil {
					m.Missing = map[Direction][]map[string]string{}
				}
				m.Missing[d] = append(m.Missing[d], map[string]string{"kind": one.Kind, "place": one.Place, "value": one.Value})
			}
		}
		list = append(list, m)
	}
	return list
}

// HTML is a page for people, which needs no network and no script.
func HTML(all []Summary) ([]byte, error) {
	t, err := template.New("coverage").Funcs(template.FuncMap{"directions": Directions, "kinds": Kinds}).Parse(page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, all)
	return b.Bytes(), err
}
