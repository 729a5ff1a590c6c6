package capture

import (
	"fmt"
	"path/filepath"
	"strings"
)

// An UnsupportedError says that a file isn't read, why, and what to do. No body
// of such a file is given out.
type UnsupportedError struct {
	Path string
	// Reason is what the file is: "the format is gzip, which isn't supported".
	Reason string
	// Advice says how to get at the bodies.
	Advice string
	// Found is true if the file stands in a folder that was named.
	Found bool
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("read %s: %s; %s", e.Path, e.Reason, e.Advice)
}

// A format is a file format that isn't read.
type format struct {
	name string
	// filter is a shell command that reads the file on its stdin, and writes its
	// bodies to stdout; "" if no such command is known.
	filter string
	// advice is what to do where there is no filter; FILE in it is the file.
	advice string
}

// unsupported says of a file that its format isn't supported. Where the path is
// that of stdin, the filter belongs before the command.
func (f format) unsupported(path string) *UnsupportedError {
	e := &UnsupportedError{Path: path, Reason: "the format is " + f.name + ", which isn't supported"}
	switch {
	case f.filter == "":
		e.Advice = strings.ReplaceAll(f.advice, "FILE", quoted(path))
	case path == stdinName:
		e.Advice = "pipe it through " + f.filter
	default:
		e.Advice = fmt.Sprintf("convert it: %s <%s >%s", f.filter, quoted(path), besides(path))
	}
	return e
}

// besides is the name of a file for bodies, which isn't that of their source. A
// disk may not tell upper case from lower case.
func besides(source string) string {
	const fallback, other = "bodies.ndjson", "bodies-2.ndjson"
	if strings.EqualFold(filepath.Base(source), fallback) {
		return other
	}
	return fallback
}

// quoted is a path as a shell takes it for one word.
func quoted(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool { return !isPlain(r) }) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// isPlain reports whether a shell takes a character for itself.
func isPlain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+@,", r)
}

const saveBodies = "save the bodies alone, one JSON body on each line"

// A signature is the bytes by which a binary file is recognized.
type signature struct {
	at    int
	bytes string
	// also is a second place that has to hold one of some bytes; 0 for none.
	also   int
	either []string
	format
	// anyName is true if a file of a folder is a capture by these bytes alone,
	// whatever its name.
	anyName bool
}

// signatures are those of binary files, which hold captures compressed, packed
// or as packets.
func signatures() []signature {
	const packets = "export the bodies of the HTTP requests (in Wireshark: File, Export Objects, HTTP), and read their folder"
	pcap := format{name: "pcap", advice: packets}
	compressed := func(bytes, name, filter string) signature {
		return signature{bytes: bytes, format: format{name: name, filter: filter}, anyName: true}
	}
	return []signature{
		compressed("\x1f\x8b", "gzip", "gunzip -c"),
		compressed("\x28\xb5\x2f\xfd", "zstd", "zstd -dc"),
		{bytes: "BZh", also: 4, either: []string{"1AY&SY", "\x17\x72\x45\x38\x50\x90"}, format: format{name: "bzip2", filter: "bunzip2 -c"}, anyName: true},
		compressed("\xfd7zXZ\x00", "xz", "xz -dc"),
		compressed("\x04\x22\x4d\x18", "lz4", "lz4 -dc"),
		{bytes: "\xa1\xb2\xc3\xd4", format: pcap, anyName: true},
		{bytes: "\xd4\xc3\xb2\xa1", format: pcap, anyName: true},
		{bytes: "\xa1\xb2\x3c\x4d", format: pcap, anyName: true},
		{bytes: "\x4d\x3c\xb2\xa1", format: pcap, anyName: true},
		{
			bytes: "\x0a\x0d\x0d\x0a", also: 8, either: []string{"\x1a\x2b\x3c\x4d", "\x4d\x3c\x2b\x1a"},
			format: format{name: "pcapng", advice: packets}, anyName: true,
		},
		{bytes: "PK\x03\x04", format: format{name: "zip", advice: "unpack it, and read the folder: unzip FILE -d captures"}},
		{bytes: "7z\xbc\xaf\x27\x1c", format: format{name: "7z", advice: "unpack it, and read the folder: 7z x -ocaptures FILE"}},
		{at: 257, bytes: "ustar", format: format{name: "tar", advice: "unpack it, and read the folder: mkdir -p captures && tar -xf FILE -C captures"}},
		{bytes: "SQLite format 3\x00", format: format{name: "SQLite", advice: saveBodies + ": sqlite3 FILE 'SELECT … FROM …'"}},
		{bytes: "PAR1", format: format{name: "Parquet", advice: saveBodies}},
	}
}

// binary tells the format of a binary file by its first bytes.
func binary(start []byte) (signature, bool) {
	has := func(at int, bytes string) bool {
		return len(start) >= at+len(bytes) && string(start[at:at+len(bytes)]) == bytes
	}
	for _, s := range signatures() {
		also := s.also == 0
		for _, bytes := range s.either {
			also = also || has(s.also, bytes)
		}
		if also && has(s.at, s.bytes) {
			return s, true
		}
	}
	return signature{}, false
}

// encodings are the byte order marks of text that isn't UTF-8, the longer ones
// first, and how an opening bracket is written without one.
func encodings() []struct{ start, name string } {
	return []struct{ start, name string }{
		{"\xff\xfe\x00\x00", "UTF-32"}, {"\x00\x00\xfe\xff", "UTF-32"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"},
		{"{\x00\x00\x00", "UTF-32LE"}, {"[\x00\x00\x00", "UTF-32LE"}, {"\x00\x00\x00{", "UTF-32BE"}, {"\x00\x00\x00[", "UTF-32BE"},
		{"{\x00", "UTF-16LE"}, {"[\x00", "UTF-16LE"}, {"\x00{", "UTF-16BE"}, {"\x00[", "UTF-16BE"},
	}
}

// encoded tells the encoding of a text that isn't UTF-8.
func encoded(start []byte) (format, bool) {
	for _, e := range encodings() {
		if strings.HasPrefix(string(start[:min(len(start), 4)]), e.start) {
			return format{name: e.name + " text", filter: "iconv -f " + e.name + " -t UTF-8"}, true
		}
	}
	return format{}, false
}
