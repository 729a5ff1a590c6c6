package value

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// AnyTime reads a time whose format isn't known: Unix seconds or milliseconds, RFC 3339, or a date
// and time. Only times after 2001 are read, because a smaller number is no Unix time.
func AnyTime(text string) (time.Time, bool) {
	const secondDigits, milliDigits = 10, 13
	if leadingDigits(text) == len(text) {
		word := "unix_s"
		switch len(text) {
		case secondDigits:
		case milliDigits:
			word = "unix_ms"
		default:
			return time.Time{}, false
		}
		at, err := parseUnix(word, text)
		return at, err == nil
	}
	for _, word := range []string{"rfc3339", "iso_milli", "datetime", "date"} {
		if found, err := parseTime(word, text); err == nil {
			return found.at, true
		}
	}
	return time.Time{}, false
}

// extensions are those of the file names that a MIME type has in the providers' messages. Some
// providers convert stickers, which are WebP images.
func extensions() map[string][]string {
	return map[string][]string{
		"image/jpeg": {"jpg", "jpeg"}, "image/png": {"png"}, "image/webp": {"webp", "png"}, "image/gif": {"gif"},
		"video/mp4": {"mp4"}, "video/3gpp": {"3gp", "3gpp"},
		"audio/ogg": {"ogg", "opus", "oga"}, "audio/mpeg": {"mp3", "mpeg"}, "audio/mp4": {"m4a", "mp4"}, "audio/aac": {"aac"}, "audio/amr": {"amr"},
		"audio/wav": {"wav"}, "audio/x-wav": {"wav"},
		"application/pdf": {"pdf"}, "application/msword": {"doc"}, "application/vnd.ms-excel": {"xls"}, "application/vnd.ms-powerpoint": {"ppt"},
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   {"docx"},
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         {"xlsx"},
		"application/vnd.openxmlformats-officedocument.presentationml.presentation": {"pptx"},
		"application/zip": {"zip"}, "text/csv": {"csv"}, "text/x-java": {"java"}, "text/x-vcard": {"vcf"}, "text/vcard": {"vcf"},
	}
}

var extensionsOf = sync.OnceValue(extensions)

// ExtensionFits reports whether a file extension, for example ".jpg", fits a MIME type. A type or an
// extension that isn't known fits everything: names may end in anything after a dot.
func ExtensionFits(mime, extension string) bool {
	mime, _, _ = strings.Cut(strings.ToLower(mime), ";")
	all := extensionsOf()
	own := all[strings.TrimSpace(mime)]
	extension = strings.ToLower(strings.TrimPrefix(extension, "."))
	if own == nil || slices.Contains(own, extension) {
		return true
	}
	for _, known := range all {
		if slices.Contains(known, extension) {
			return false // it is that of another type
		}
	}
	return extension != "txt"
}
