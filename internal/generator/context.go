package generator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/schemas"
)

// A valueContext is what the values of a body depend on besides the seed and times.
type valueContext struct {
	// event is the canonical event, or "".
	event string
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
	return valueContext{event: event, kind: kind, mimes: mimes}
}

// inbound reports whether an end user wrote the message of a program's bodies.
func (p *program) inbound() bool {
	if p.context.event != "" || p.eventType == nil {
		return p.context.kind != "" && p.context.kind != "echo"
	}
	words := p.eventType.CanonicalEvents() // all of a type are about the same
	return len(words) > 0 && strings.HasPrefix(words[0], "inbound.") && words[0] != "inbound.echo"
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
// it, with an allowed MIME type. Without a list of MIME types, it has one that phones send.
func (v *values) file() *file {
	medium := cmp.Or(v.medium, v.context.kind, "image")
	all, allowed := v.formatter.words.files, v.context.mimes
	n := 0
	for i := range all {
		if all[i].fits(medium, allowed) {
			n++
		}
	}
	if n == 0 && medium != "" { // the kind is not one of a file
		medium = ""
		for i := range all {
			if all[i].fits(medium, allowed) {
				n++
			}
		}
	}
	if n == 0 {
		return &all[0]
	}
	choice := roll(v.message, 0x66696c65, n)
	for i := range all {
		if all[i].fits(medium, allowed) {
			if choice == 0 {
				return &all[i]
			}
			choice--
		}
	}
	return &all[0]
}

// fits reports whether a file is of a kind, or of any for "", and of a MIME type in a list; without a list, of one that
// phones send.
func (f *file) fits(medium string, mimes []string) bool {
	if medium != "" && f.kind != medium {
		return false
	}
	if len(mimes) == 0 {
		return !f.rare
	}
	return slices.Contains(mimes, f.mime)
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
