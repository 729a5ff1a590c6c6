package capture

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// unreadName matches the name of a file that may be a capture in an unsupported format.
var unreadName = lazily(`(?i)\.(gz|tgz|zst|bz2|xz|lz4|zip|7z|tar|har|csv|tsv|log|log\.[0-9a-z.-]+|pcap|pcapng|cap|flows?|mitm|parquet|sqlite3?)$`)

// textName matches the name of a file that is a capture only if it is a form.
var textName = lazily(`(?i)\.txt$`)

// isFormFile reports whether a text file has forms. A single pair may be a setting ("port=3000").
func isFormFile(name string) bool {
	if !textName().MatchString(name) {
		return false
	}
	start, err := beginning(name, window)
	first, _, _ := bytes.Cut(start, []byte("\n"))
	return err == nil && document.IsForm(bytes.TrimRight(first, space)) && bytes.ContainsAny(first, "&%")
}

// skipped returns the reason why a file of a folder isn't read, if it has the name or the
// first bytes of a capture; else nil.
func skipped(name string) error {
	named := unreadName().MatchString(filepath.Base(name))
	info, err := os.Stat(name)
	switch {
	case err != nil && !named:
		return nil // not a capture by its name
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return nil
	}
	size, text := maxSignature, textName().MatchString(name)
	if named || text {
		size = window
	}
	start, err := beginning(name, size)
	if err != nil {
		if named {
			return err
		}
		return nil
	}
	var e *UnsupportedError
	if s, ok := binary(start); ok && (named || s.anyName) {
		e = s.unsupported(name)
	} else if named {
		e = unread(name, start, nil)
	} else if f, ok := formatOf(start, nil); ok && text && f.advice == notJSON {
		e = f.unsupported(name)
	} else {
		return nil
	}
	if e == nil {
		e = &UnsupportedError{
			Path: name, Reason: "in a folder, only files with the extension " + strings.Join(extensions(), ", ") + " are read",
			Advice: "pass it as a PATH, or rename it",
		}
	}
	e.Found = true
	return e
}

// maxSignature is the number of bytes that signatures need.
const maxSignature = 512

// beginning reads the first bytes of a file.
func beginning(name string, size int) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	start := make([]byte, size)
	n, err := io.ReadFull(file, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return start[:n], err
}
