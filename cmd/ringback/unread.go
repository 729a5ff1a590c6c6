package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/ringback-dev/ringback/internal/capture"
)

// maxUnread bounds how many unread files of folders are listed; the rest is
// counted.
const maxUnread = 50

// unreadPaths lists the paths that can't be read. Files of a folder that look
// like captures may be left out, and are listed all the same.
type unreadPaths struct {
	out    io.Writer
	ignore bool
	// failed is true if a path is missing from what was read.
	failed bool
	found  int
}

// add takes why a path isn't read, and reports whether it was listed.
func (u *unreadPaths) add(err error) bool {
	unsupported, ok := errors.AsType[*capture.UnsupportedError](err)
	found := ok && unsupported.Found
	u.failed = u.failed || !found || !u.ignore
	if found {
		u.found++
	}
	if found && u.found > maxUnread {
		return false
	}
	printError(u.out, err)
	return true
}

// end counts what was not listed, and says how to go on without these files.
func (u *unreadPaths) end() {
	if more := u.found - maxUnread; more > 0 {
		printError(u.out, fmt.Errorf("… and %d more files of folders that aren't read", more))
	}
	if u.found > 0 && !u.ignore {
		printError(u.out, errors.New("convert the files of folders that aren't read, or leave them out with --ignore-unread"))
	}
}
