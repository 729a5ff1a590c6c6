package generator

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/schemas"
)

// A valueContext is what the values of a body depend on besides the seed and times.
type valueContext struct {
	// kind is that of an inbound message: "text", "image", "button" …
	kind string
	// status is the status that the canonical reason must have; "" for any.
	status string
	// mimes are the MIME types that the body allows; nil allows any.
	mimes []string
}

func contextOf(event string, mimes []string) valueContext {
	kind, inbound := strings.CutPrefix(event, "inbound.")
	if !inbound {
		kind = ""
	}
	return valueContext{kind: kind, mimes: mimes}
}

// mediumOf returns the kind of media that a key is named after, or "".
func mediumOf(key string) string {
	switch key {
	case "image", "video", "audio", "sticker":
		return key
	case "document":
		return "file"
	}
	return ""
}

// file returns the file of the message: of the kind of the event or of the object that contains
// it, with an allowed MIME type.
func (v *values) file() file {
	medium := v.context.kind
	if v.medium != "" {
		medium = v.medium
	}
	all := v.formatter.words.files
	fits := func(f *file) bool { return len(v.context.mimes) == 0 || slices.Contains(v.context.mimes, f.mime) }
	n := 0
	for i := range all {
		if all[i].kind == medium && fits(&all[i]) {
			n++
		}
	}
	choice := 0
	if n > 0 {
		choice = roll(v.message, 0x66696c65, n)
	}
	for i := range all {
		if fits(&all[i]) && (n == 0 || all[i].kind == medium) {
			if choice == 0 {
				return all[i]
			}
			choice--
		}
	}
	return all[0]
}

// fitting returns the reasons that are possible for a failure of a stage.
func (s *valueContext) fitting(reasons []schemas.Reason, stage string) []*schemas.Reason {
	var fit []*schemas.Reason
	for i := range reasons {
		r := &reasons[i]
		if (stage == "" || len(r.Stages) == 0 || slices.Contains(r.Stages, stage)) && (s.status == "" || r.Status == s.status) {
			fit = append(fit, r)
		}
	}
	return fit
}
