// Package capture reads captured traffic: JSON files, folders of them, NDJSON, JSON arrays,
// concatenated JSON and tapes. It recognizes the format by the content, never by the name.
// For another format (a log, HAR, CSV, gzip …) it returns an [UnsupportedError] that names
// the format.
//
// It reads a file of any size in bounded memory, and continues after an invalid part.
package capture

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Body is one captured HTTP body, byte for byte, and its location.
type Body struct {
	// Source is "file:line", or the path of a file with one body.
	Source string
	// Line and Column are the start of Bytes in the file, from 1; 0 in a tape, where the
	// body is part of a string.
	Line, Column int
	Bytes        []byte
	// Size is the size of a body over the limit, whose Bytes is nil; else 0.
	Size int64
	// Problem is the reason why there is no body here; else "".
	Problem string
	// Type is the event type in a tape; else "".
	Type string
	// At is when the webhook of a tape was sent or received; else zero.
	At time.Time
}

// Options are the options of Read.
type Options struct {
	// Stdin is the input for the path "-".
	Stdin io.Reader
	// Open opens any other path; nil means os.Open.
	Open func(path string) (io.ReadCloser, error)
	// Limit is the maximum size of a body, in bytes.
	Limit int
	// IsBody reports whether an array is one body, whose elements are items, rather than a
	// list of bodies. It gets the array with its first element only. It also gets a value
	// that looks like another format: if that is a body, Read reads the file.
	IsBody func(array []byte) bool
	// Progress, if set, is called from time to time with the number of bytes since the last
	// call.
	Progress func(bytes int64)
}

// Read reads the bodies of files and folders in the order of paths, and the files of a
// folder in the order of their names. An error names its path; Read continues after it.
func Read(paths []string, o Options) iter.Seq2[Body, error] {
	return func(yield func(Body, error) bool) {
		for _, path := range paths {
			files, errs := expand(path)
			for _, err := range errs {
				if !yield(Body{}, err) {
					return
				}
			}
			for _, file := range files {
				if !readFile(file, file != path, o, yield) {
					return
				}
			}
		}
	}
}

// extensions returns the extensions of the files to read in a folder. A named file may have
// any.
func extensions() []string { return []string{".json", ".ndjson", ".jsonl", ".tape"} }

// expand returns the files of a folder, or the path itself, and an error for each file of
// the folder that looks like a capture and isn't read. It follows links to files and a path
// that is a link, but not links to folders inside a folder, which may form a cycle.
func expand(path string) (files []string, errs []error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, []error{cause(path, err)}
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	err = fs.WalkDir(os.DirFS(path), ".", func(name string, entry fs.DirEntry, err error) error {
		name = filepath.Join(path, filepath.FromSlash(name))
		switch isCapture := slices.Contains(extensions(), strings.ToLower(filepath.Ext(name))); {
		case err != nil || entry.IsDir():
		case isCapture || isFormFile(name):
			if info, err = os.Stat(name); err == nil && info.Mode().IsRegular() {
				files = append(files, name)
			}
		default:
			err = skipped(name)
		}
		if err != nil {
			errs = append(errs, cause(name, err))
		}
		return nil
	})
	if err != nil {
		errs = append(errs, cause(path, err))
	}
	if len(errs)+len(files) == 0 {
		errs = append(errs, fmt.Errorf("read %s: the folder has no file with the extension %s", path, strings.Join(extensions(), ", ")))
	}
	return files, errs
}

// cause formats an error of the file system without repeating the path.
func cause(path string, err error) error {
	if unsupported, ok := errors.AsType[*UnsupportedError](err); ok {
		return unsupported
	}
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		err = inner.Err
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// open opens a path with Open or os.Open.
func (o Options) open(path string) (io.ReadCloser, error) {
	if o.Open != nil {
		return o.Open(path)
	}
	return os.Open(path)
}

// stdinName is the source of the bodies of stdin.
const stdinName = "stdin"

// readFile reads a file; found means that it was found in a folder.
func readFile(path string, found bool, o Options, yield func(Body, error) bool) bool {
	name, in := path, o.Stdin
	if path == "-" {
		name = stdinName
	} else {
		file, err := o.open(path)
		if err != nil {
			return yield(Body{}, cause(path, err))
		}
		defer file.Close()
		in = file
	}
	r := newReader(name, in, o)
	if r.unsupported != nil {
		r.unsupported.Found = found
		return yield(Body{}, r.unsupported)
	}
	for r.next() {
		if !yield(r.body, nil) {
			return false
		}
	}
	if r.err != nil {
		return yield(Body{}, cause(name, r.err))
	}
	return true
}

// A source never reads again after the end or an error, because a terminal would wait for
// more input. It reports its progress.
type source struct {
	in       io.Reader
	progress func(int64)
	err      error
}

// Read reads from the input until the first error.
func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.in.Read(p)
	s.err = err
	if s.progress != nil {
		s.progress(int64(n))
	}
	return n, err
}
