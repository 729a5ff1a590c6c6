package capture

import (
	"fmt"
	"path/filepath"
	"strings"
)

// An UnsupportedError is the error for a file in an unsupported format. Read returns no
// body of such a file.
type UnsupportedError struct {
	Path string
	// Reason describes the file: "the format is gzip, which isn't supported".
	Reason string
	// Advice explains how to extract the bodies.
	Advice string
	// Found means that the file was found in a folder, not named.
	Found bool
}

// Error returns the path, the reason and the advice.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("read %s: %s; %s", e.Path, e.Reason, e.Advice)
}

// A format is an unsupported file format.
type format struct {
	name string
	// filter is a shell command that reads the file from stdin and writes its bodies to
	// stdout; "" without one.
	filter string
	// advice replaces the filter; FILE in it stands for the file.
	advice string
}

// unsupported returns the error for a file of the format. For stdin, its advice is to put
// the filter before the command.
func (f format) unsupported(path string) *UnsupportedError {
	e := &UnsupportedError{Path: path, Reason: "the format is " + f.name + ", which isn't supported"}
	switch {
	case f.filter == "":
		e.Advice = strings.ReplaceAll(f.advice, "FILE", quoted(path))
	case path == stdinName:
		e.Advice = "pipe it through " + f.filter
	default:
		e.Advice = fmt.Sprintf("convert it: %s <%s >%s", f.filter, quoted(path), outputName(path))
	}
	return e
}

// outputName returns the name of a file for bodies that differs from the source, even on a
// file system that ignores case.
func outputName(source string) string {
	const fallback, other = "bodies.ndjson", "bodies-2.ndjson"
	if strings.EqualFold(filepath.Base(source), fallback) {
		return other
	}
	return fallback
}

// quoted quotes a path for a shell, if necessary.
func quoted(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool { return !isPlain(r) }) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// isPlain reports whether a character needs no quotes in a shell.
func isPlain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+@,", r)
}

const saveBodies = "save the bodies alone, one JSON body on each line"

// A signature identifies a binary format by its bytes.
type signature struct {
	at    int
	bytes string
	// also is a second position that must have one of some texts; 0 without one.
	also   int
	either []string
	format
	// anyName means that such a file of a folder counts as a capture whatever its name.
	anyName bool
}

// signatures returns the signatures of compressed files, archives and packet captures.
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

// binary detects a binary format by the first bytes.
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

// encodings returns the byte order marks of text that isn't UTF-8, the longer ones first,
// and the encodings of an opening bracket without one.
func encodings() []struct{ start, name string } {
	return []struct{ start, name string }{
		{"\xff\xfe\x00\x00", "UTF-32"}, {"\x00\x00\xfe\xff", "UTF-32"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"},
		{"{\x00\x00\x00", "UTF-32LE"}, {"[\x00\x00\x00", "UTF-32LE"}, {"\x00\x00\x00{", "UTF-32BE"}, {"\x00\x00\x00[", "UTF-32BE"},
		{"{\x00", "UTF-16LE"}, {"[\x00", "UTF-16LE"}, {"\x00{", "UTF-16BE"}, {"\x00[", "UTF-16BE"},
	}
}

// encoded detects the encoding of a text that isn't UTF-8.
func encoded(start []byte) (format, bool) {
	for _, e := range encodings() {
		if strings.HasPrefix(string(start[:min(len(start), 4)]), e.start) {
			return format{name: e.name + " text", filter: "iconv -f " + e.name + " -t UTF-8"}, true
		}
	}
	return format{}, false
}
