package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/ringback-dev/ringback/internal/wire/capture"
)

// maxUnread bounds how many unread files of folders are listed; the rest is
// counted.
const maxUnread = 50

// UnreadPaths lists the paths that can't be read. Files of a folder that look
// like captures may be left out, and are listed all the same.
type UnreadPaths struct {
	Out    io.Writer
	Ignore bool
	// Failed is true if a path is missing from what was read.
	Failed bool
	found  int
}

// Add takes why a path isn't read, and reports whether it was listed.
func (u *UnreadPaths) Add(err error) bool {
	unsupported, ok := errors.AsType[*capture.UnsupportedError](err)
	found := ok && unsupported.Found
	u.Failed = u.Failed || !found || !u.Ignore
	if found {
		u.found++
	}
	if found && u.found > maxUnread {
		return false
	}
	PrintError(u.Out, err)
	return true
}

// End counts what was not listed, and suggests how to continue without these files.
func (u *UnreadPaths) End() {
	if more := u.found - maxUnread; more > 0 {
		PrintError(u.Out, fmt.Errorf("… and %d more files of folders that aren't read", more))
	}
	if u.found > 0 && !u.Ignore {
		PrintError(u.Out, errors.New("convert the files of folders that aren't read, or leave them out with --ignore-unread"))
	}
}
