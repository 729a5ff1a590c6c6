package fault

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// Header spoils the header lines of an Event and notes how. The lines that it
// was given stay as they are; the note is "" where nothing was to be spoilt.
func (f Fault) Header(fields []webhook.Header) ([]webhook.Header, string) {
	if f.kind != "content-type" {
		return fields, ""
	}
	spoilt := slices.Clone(fields)
	changed, found := false, false
	for i := range spoilt {
		if !strings.EqualFold(spoilt[i].Name, "Content-Type") {
			continue
		}
		found = true
		if !strings.EqualFold(spoilt[i].Value, f.value) {
			spoilt[i].Value, changed = f.value, true
		}
	}
	if !found {
		spoilt, changed = append(spoilt, webhook.Header{Name: "Content-Type", Value: f.value}), true
	}
	if !changed {
		return fields, ""
	}
	return spoilt, "content-type " + f.value
}
