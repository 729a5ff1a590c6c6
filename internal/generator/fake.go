package generator

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// fakeValue makes a new value at each location. The values of a person agree within one array
// element, so that a contact card has one name.
func (s *routeFormatter) fakeValue(rest string) getter {
	w := s.words
	lists := map[string][]string{
		"company": w.companies, "sentence": w.sentences, "word": w.plain, "emoji": w.emoji, "street": w.streets, "title": w.titles,
	}
	if list, ok := lists[rest]; ok {
		return func(v *values) (value.Value, bool) { return value.OfText(list[v.random.IntN(len(list))]), true }
	}
	endUser := func(v *values) person { return w.person(prng.Seed(v.event, v.element)) }
	of := func(text func(v *values) string) getter {
		return func(v *values) (value.Value, bool) { return value.OfText(text(v)), true }
	}
	where := func(v *values) city { return w.cities[roll(v.event, v.element, len(w.cities))] }
	switch rest {
	case "first_name":
		return of(func(v *values) string { return endUser(v).first })
	case "last_name":
		return of(func(v *values) string { return endUser(v).last })
	case "full_name":
		return of(func(v *values) string { return endUser(v).full() })
	case "username":
		return of(func(v *values) string { return endUser(v).handle(v.event) })
	case "email":
		return of(func(v *values) string { return endUser(v).handle(v.event) + "@example.com" })
	case "url":
		return of(func(v *values) string {
			return "https://example.com/" + w.slugs[v.random.IntN(len(w.slugs))] + "/" + strconv.Itoa(100+v.random.IntN(900))
		})
	case "file_name":
		return of(func(v *values) string {
			return w.slugs[v.random.IntN(len(w.slugs))] + "-" + strconv.Itoa(1+v.random.IntN(99)) + ".pdf"
		})
	case "city":
		return of(func(v *values) string { return where(v).name })
	case "state":
		return of(func(v *values) string { return where(v).state })
	case "zip":
		return of(func(v *values) string { return where(v).zip })
	case "country":
		return of(func(*values) string { return "India" })
	case "latitude":
		return degrees(func(v *values) int { return where(v).latitude })
	case "longitude":
		return degrees(func(v *values) int { return where(v).longitude })
	case "phone":
		return func(v *values) (value.Value, bool) {
			if v.element == 0 {
				return w.phone(v.random.Uint64()), true
			}
			return w.phone(v.element), true
		}
	}
	return nil
}

// degrees formats millionths of a degree, up to a kilometer from the city.
func degrees(of func(v *values) int) getter {
	return func(v *values) (value.Value, bool) {
		at := of(v) + v.random.IntN(20_000) - 10_000
		sign := ""
		if at < 0 {
			sign, at = "-", -at
		}
		number, err := value.OfNumber(fmt.Sprintf("%s%d.%06d", sign, at/1_000_000, at%1_000_000))
		return number, err == nil
	}
}

// A file is a kind of media: its MIME type, file extension and size in bytes.
type file struct {
	kind, mime, ending string
	minCount, maxCount int
}

func files() []file {
	const kib, mib = 1 << 10, 1 << 20
	return []file{
		{"image", "image/jpeg", "jpg", 40 * kib, 3 * mib},
		{"image", "image/png", "png", 20 * kib, 4 * mib},
		{"image", "image/gif", "gif", 20 * kib, 2 * mib},
		{"image", "image/webp", "webp", 10 * kib, 1 * mib},
		{"video", "video/mp4", "mp4", 300 * kib, 15 * mib},
		{"video", "video/3gpp", "3gp", 200 * kib, 8 * mib},
		{"audio", "audio/ogg; codecs=opus", "ogg", 8 * kib, 600 * kib},
		{"audio", "audio/ogg", "ogg", 8 * kib, 600 * kib},
		{"audio", "audio/mpeg", "mp3", 100 * kib, 8 * mib},
		{"audio", "audio/mp4", "m4a", 60 * kib, 6 * mib},
		{"audio", "audio/aac", "aac", 40 * kib, 4 * mib},
		{"audio", "audio/amr", "amr", 6 * kib, 500 * kib},
		{"audio", "audio/wav", "wav", 200 * kib, 9 * mib},
		{"file", "application/pdf", "pdf", 30 * kib, 9 * mib},
		{"file", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", 8 * kib, 2 * mib},
		{"file", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", 12 * kib, 4 * mib},
		{"file", "application/msword", "doc", 20 * kib, 4 * mib},
		{"file", "application/vnd.ms-excel", "xls", 8 * kib, 2 * mib},
		{"file", "text/plain", "txt", 1 * kib, 60 * kib},
		{"file", "text/csv", "csv", 1 * kib, 900 * kib},
		{"file", "text/x-java", "java", 1 * kib, 40 * kib},
		{"contact", "text/x-vcard", "vcf", 200, 4 * kib},
		{"contact", "text/vcard", "vcf", 200, 4 * kib},
		{"sticker", "image/webp", "webp", 8 * kib, 100 * kib},
	}
}

// mediaValue makes the values of the file of a message.
func (s *routeFormatter) mediaValue(name, rest string) getter {
	salt := prng.SeedOf(name)
	of := func(text func(v *values) string) getter {
		return func(v *values) (value.Value, bool) { return value.OfText(text(v)), true }
	}
	fileName := func(v *values) string {
		f := v.file()
		slug := s.words.slugs[roll(v.message, prng.SeedOf("media.name"), len(s.words.slugs))]
		return slug + "-" + strconv.Itoa(1+roll(v.message, salt, 999)) + "." + f.ending
	}
	size := func(v *values) (value.Value, bool) {
		f := v.file()
		return wholeNumber(f.minCount + roll(v.message, salt, f.maxCount-f.minCount)), true
	}
	switch rest {
	case "type":
		return of(func(v *values) string { return v.file().mime })
	case "name":
		return of(fileName)
	case "url":
		if _, ok := s.route.ID(name); ok {
			return s.id(name, "", ofMessage)
		}
		return of(func(v *values) string {
			id, _ := v.lookup("media.id")
			return "https://media.example.com/" + id.Text() + "/" + fileName(v)
		})
	case "thumbnail_url":
		return of(func(v *values) string {
			id, _ := v.lookup("media.id")
			return "https://media.example.com/" + id.Text() + "/thumbnail.jpg"
		})
	case "size":
		return size
	case "thumbnail_size":
		return func(v *values) (value.Value, bool) { return wholeNumber(2000 + roll(v.message, salt, 18_000)), true }
	case "sha256":
		return s.id(name, "{{random|base64url 43}}=", ofMessage)
	case "caption":
		return of(func(v *values) string { return s.words.captions[roll(v.message, salt, len(s.words.captions))] })
	case "expires_at":
		return func(v *values) (value.Value, bool) { return v.at(v.item.At + 7*24*time.Hour) }
	}
	return nil
}

// handle makes a username of a person's name.
func (p person) handle(seed uint64) string {
	return strings.ToLower(p.latin) + strconv.Itoa(10+roll(seed, 0x68, 90))
}
