package fault

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// Header applies the fault to a copy of the headers and describes the change; the note is "" if
// there is none.
func (f Fault) Header(fields []webhook.Header) ([]webhook.Header, string) {
	if f.kind != "content-type" {
		return fields, ""
	}
	faulty := slices.Clone(fields)
	changed, found := false, false
	for i := range faulty {
		if !strings.EqualFold(faulty[i].Name, "Content-Type") {
			continue
		}
		found = true
		if !strings.EqualFold(faulty[i].Value, f.value) {
			faulty[i].Value, changed = f.value, true
		}
	}
	if !found {
		faulty, changed = append(faulty, webhook.Header{Name: "Content-Type", Value: f.value}), true
	}
	if !changed {
		return fields, ""
	}
	return faulty, "content-type " + f.value
}
