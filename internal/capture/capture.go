// Package capture reads captured traffic: JSON files, folders of them, NDJSON,
// JSON arrays, concatenated JSON and Ringback's own tapes. Which of these a
// file is, its content tells, never its name. A file in another format (a log,
// HAR, CSV, gzip …) isn't read: an [UnsupportedError] says what it is.
//
// Reading streams: a file of any size is read in bounded memory, and what is
// broken in one place does not hide the rest.
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
)

// A Body is one captured HTTP body, byte for byte, and where it stood.
type Body struct {
	// Source is "file:line", or the file's path if the file holds one body.
	Source string
	// Line and Column are where Bytes begin in the file, from 1; 0 in a tape,
	// where the body stands inside a text.
	Line, Column int
	Bytes        []byte
	// Size is the body's size if it was too large to be kept, and Bytes is nil; else 0.
	Size int64
	// Problem says what stands here instead of a body; else "".
	Problem string
	// Type is what a tape says of the body; else "".
	Type string
}

// Options tell how to read.
type Options struct {
	// Stdin is what the path "-" reads.
	Stdin io.Reader
	// Open opens any other path; nil means os.Open.
	Open func(path string) (io.ReadCloser, error)
	// Limit is the size in bytes of the largest body that is kept.
	Limit int
	// IsBody reports whether an array is one body, in which an element is an
	// item, rather than a list of bodies. It is shown the array with its first
	// element only. What looks like another format is shown, too: if it's a body,
	// the file is read.
	IsBody func(array []byte) bool
	// Progress, if set, is told how many bytes were read, now and then.
	Progress func(bytes int64)
}

// Read reads the bodies of files and folders in the order of paths; a folder's
// files are read in the order of their names. An error is about one path, which
// it names; reading goes on after it.
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

// captureEndings are the endings of the files that are read in a folder. A file
// that is named is read whatever its ending.
func captureEndings() []string { return []string{".json", ".ndjson", ".jsonl", ".tape"} }

// expand returns the files of a folder, or the path itself; an error for each
// file of the folder that looks like a capture and isn't read. A link to a file
// is followed, and so is a folder that is named by a link; a link to a folder
// inside a folder is not, for it may lead in a circle.
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
		switch isCapture := slices.Contains(captureEndings(), strings.ToLower(filepath.Ext(name))); {
		case err != nil || entry.IsDir():
		case isCapture:
			if info, err = os.Stat(name); err == nil && info.Mode().IsRegular() {
				files = append(files, name)
			}
		default:
			err = passedOver(name)
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
		errs = append(errs, fmt.Errorf("read %s: the folder holds no file that ends in %s", path, strings.Join(captureEndings(), ", ")))
	}
	return files, errs
}

// cause words a failure of the file system without repeating the path.
func cause(path string, err error) error {
	if unsupported, ok := errors.AsType[*UnsupportedError](err); ok {
		return unsupported
	}
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		err = inner.Err
	}
	return fmt.Errorf("read %s: %w", path, err)
}

func (o Options) open(path string) (io.ReadCloser, error) {
	if o.Open != nil {
		return o.Open(path)
	}
	return os.Open(path)
}

// stdinName is the source of bodies that the path "-" reads.
const stdinName = "stdin"

// readFile reads a file; found says that it stands in a folder that was named.
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

// A source is read once to its end: a terminal is not asked again after it, nor
// a disk after a failure. It tells how many bytes passed.
type source struct {
	in       io.Reader
	progress func(int64)
	err      error
}

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
