package generator

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/schemas"
)

// A scene is what the values of a body depend on beside luck and times: the
// program that writes it.
type valueContext struct {
	// kind is that of an inbound message: "text", "image", "button" …
	kind string
	// status is the word that a reason must have for its status, if some reason
	// has it.
	status string
	// mimes are the MIME types that the body lists; none means any.
	mimes []string
}

func contextOf(event string, mimes []string) valueContext {
	kind, inbound := strings.CutPrefix(event, "inbound.")
	if !inbound {
		kind = ""
	}
	return valueContext{kind: kind, mimes: mimes}
}

// mediumOf is the kind of media that a key of a body is named for; "" if it is
// named for none.
func mediumOf(key string) string {
	switch key {
	case "image", "video", "audio", "sticker":
		return key
	case "document":
		return "file"
	}
	return ""
}

// file is that of the message: of the kind that the event is about, or that the
// object around it is named for, as far as the body may name it.
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

// fitting are the reasons for which this failure may come.
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
