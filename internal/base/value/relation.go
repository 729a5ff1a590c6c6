package value

import (
	"slices"
	"strings"
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

// extensions are those of the file names that a MIME type has in the providers' messages.
func extensions(mime string) []string {
	switch mime {
	case "image/jpeg":
		return []string{"jpg", "jpeg"}
	case "image/png":
		return []string{"png"}
	case "image/webp":
		return []string{"webp", "png"} // some providers convert stickers
	case "image/gif":
		return []string{"gif"}
	case "video/mp4":
		return []string{"mp4"}
	case "video/3gpp":
		return []string{"3gp", "3gpp"}
	case "audio/ogg":
		return []string{"ogg", "opus", "oga"}
	case "audio/mpeg":
		return []string{"mp3", "mpeg"}
	case "audio/mp4":
		return []string{"m4a", "mp4"}
	case "audio/aac":
		return []string{"aac"}
	case "audio/amr":
		return []string{"amr"}
	case "audio/wav", "audio/x-wav":
		return []string{"wav"}
	case "application/pdf":
		return []string{"pdf"}
	case "application/msword":
		return []string{"doc"}
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return []string{"docx"}
	case "application/vnd.ms-excel":
		return []string{"xls"}
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return []string{"xlsx"}
	case "application/vnd.ms-powerpoint":
		return []string{"ppt"}
	case "application/vnd.openxmlformats-officedocument.presentationml.presentation":
		return []string{"pptx"}
	case "text/csv":
		return []string{"csv"}
	case "text/x-java":
		return []string{"java"}
	case "text/x-vcard", "text/vcard":
		return []string{"vcf"}
	case "application/zip":
		return []string{"zip"}
	}
	return nil
}

// ExtensionFits reports whether a file extension, for example ".jpg", fits a MIME type. A type or an
// extension that isn't known fits everything.
func ExtensionFits(mime, extension string) bool {
	mime, _, _ = strings.Cut(strings.ToLower(mime), ";")
	known := extensions(strings.TrimSpace(mime))
	extension = strings.ToLower(strings.TrimPrefix(extension, "."))
	return known == nil || !isExtension(extension) || slices.Contains(known, extension)
}

// isExtension reports whether some type has the extension: the end of other names is none.
func isExtension(text string) bool {
	return slices.Contains([]string{
		"jpg", "jpeg", "png", "webp", "gif", "mp4", "3gp", "3gpp", "ogg", "opus", "oga", "mp3", "m4a", "aac", "amr", "wav",
		"pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "java", "vcf", "zip", "txt",
	}, text)
}
