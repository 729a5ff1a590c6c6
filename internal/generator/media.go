package generator

import (
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// voiceNote is the type of what an end user speaks into the phone.
const voiceNote = "audio/ogg; codecs=opus"

// A file is a kind of media: its MIME type, file extension and size in bytes.
type file struct {
	kind, mime, ending string
	minCount, maxCount int
	// rare: a body has it only where its schema lists it.
	rare bool
}

func files() []file {
	const kib, mib = 1 << 10, 1 << 20
	return []file{
		{"image", "image/jpeg", "jpg", 50 * kib, 3 * mib, false},
		{"image", "image/png", "png", 20 * kib, 3 * mib, false},
		{"image", "image/gif", "gif", 100 * kib, 2 * mib, true},
		{"image", "image/webp", "webp", 10 * kib, 1 * mib, true},
		{"video", "video/mp4", "mp4", 1 * mib, 15 * mib, false},
		{"video", "video/3gpp", "3gp", 1 * mib, 8 * mib, false},
		{"audio", "audio/ogg; codecs=opus", "ogg", 8 * kib, 480 * kib, false},
		{"audio", "audio/ogg", "ogg", 8 * kib, 600 * kib, true},
		{"audio", "audio/mpeg", "mp3", 20 * kib, 480 * kib, false},
		{"audio", "audio/mp4", "m4a", 20 * kib, 480 * kib, false},
		{"audio", "audio/aac", "aac", 20 * kib, 480 * kib, false},
		{"audio", "audio/amr", "amr", 6 * kib, 500 * kib, false},
		{"audio", "audio/wav", "wav", 200 * kib, 9 * mib, true},
		{"file", "application/pdf", "pdf", 30 * kib, 9 * mib, false},
		{"file", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", 8 * kib, 2 * mib, false},
		{"file", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", 12 * kib, 4 * mib, false},
		{"file", "application/msword", "doc", 20 * kib, 4 * mib, false},
		{"file", "application/vnd.ms-excel", "xls", 8 * kib, 2 * mib, false},
		{"file", "text/plain", "txt", 1 * kib, 60 * kib, false},
		{"file", "text/csv", "csv", 1 * kib, 900 * kib, false},
		{"file", "text/x-java", "java", 1 * kib, 40 * kib, true},
		{"contact", "text/x-vcard", "vcf", 60, 400, false},
		{"contact", "text/vcard", "vcf", 200, 4 * kib, false},
		{"sticker", "image/webp", "webp", 8 * kib, 100 * kib, false},
	}
}

// mediaValue makes the values of the file of a message.
func (s *routeFormatter) mediaValue(name, rest string) getter {
	salt := prng.SeedOf(name)
	of := func(text func(v *values) string) getter {
		return func(v *values) (value.Value, bool) { return value.OfText(text(v)), true }
	}
	fileName := s.fileName
	size := func(v *values) (value.Value, bool) {
		f := v.file()
		return wholeNumber(f.minCount + roll(v.message, salt, f.maxCount-f.minCount)), true
	}
	switch rest {
	case "type":
		return of(func(v *values) string { return v.file().mime })
	case "name":
		return of(fileName)
	case "document_name":
		return func(v *values) (value.Value, bool) {
			kind := v.file().kind
			return value.OfText(fileName(v)), kind == "file" || kind == "contact"
		}
	case "voice":
		return func(v *values) (value.Value, bool) { return value.OfBool(v.file().mime == voiceNote), true }
	case "url":
		if _, ok := s.route.ID(name); ok {
			return s.id(name, "", ofMessage)
		}
		return of(func(v *values) string {
			id, _ := v.lookup("media.id")
			return "https://media.example.com/" + id.Text() + "/" + fileName(v)
		})
	case "thumbnail_url":
		return s.thumbnail(name)
	case "size":
		return size
	case "thumbnail_size":
		return func(v *values) (value.Value, bool) {
			return wholeNumber(7000 + roll(v.message, salt, 4000)), v.file().hasThumbnail()
		}
	case "sha256":
		return s.id(name, "{{random|base64 32}}", ofMessage)
	case "caption":
		return func(v *values) (value.Value, bool) {
			kind := v.file().kind
			return value.OfText(s.words.captions[roll(v.message, salt, len(s.words.captions))]), kind == "image" || kind == "video" || kind == "file"
		}
	case "expires_at":
		return func(v *values) (value.Value, bool) { return v.at(v.item.At + 7*24*time.Hour) }
	}
	return nil
}

// fileName is the name of the file: that of a document is the sender's, others are numbered.
func (s *routeFormatter) fileName(v *values) string {
	f := v.file()
	salt := prng.SeedOf("media.name")
	switch f.kind {
	case "file":
		return s.words.documents[roll(v.message, salt, len(s.words.documents))] + "_" + strconv.Itoa(10_000+roll(v.message, salt+1, 90_000)) + "." + f.ending
	case "contact":
		return s.number(v, 18) + "." + f.ending
	case "audio", "sticker":
		return s.number(v, 19) + "." + f.ending
	}
	if f.mime == "image/gif" {
		return s.number(v, 19) + "." + f.ending
	}
	return s.number(v, 10) + "." + f.ending
}

// number makes digits for the name of a file.
func (s *routeFormatter) number(v *values, length int) string {
	source := prng.From(v.message, prng.SeedOf("media.name"))
	return string(fileDigits.AppendMade(nil, &source)[:length])
}

var fileDigits, _ = value.ParseFormat(value.ID, "digits 19")

// hasThumbnail reports whether a provider makes a small picture of the file.
func (f *file) hasThumbnail() bool {
	return strings.HasPrefix(f.mime, "video/") || f.mime == "image/jpeg" || f.mime == "image/png"
}

func (s *routeFormatter) thumbnail(name string) getter {
	get := func(v *values) (value.Value, bool) {
		id, _ := v.lookup("media.id")
		return value.OfText("https://media.example.com/" + id.Text() + "/thumbnail.jpg"), true
	}
	if _, ok := s.route.ID(name); ok {
		get = s.id(name, "", ofMessage)
		delete(s.formats, name)
	}
	return func(v *values) (value.Value, bool) {
		if !v.file().hasThumbnail() {
			return value.Value{}, false
		}
		return get(v)
	}
}
