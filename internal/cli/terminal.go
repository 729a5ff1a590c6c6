package cli

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/ringback-dev/ringback/internal/report"
)

// StyleOf is the style of a stream: color only on a terminal that supports it, and not
// if NO_COLOR is set.
func StyleOf(w io.Writer) report.Style {
	if !IsTerminal(w) {
		return report.Style{}
	}
	width, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		width = 0
	}
	return report.Style{Color: os.Getenv("NO_COLOR") == "" && !isDumb(), Width: width}
}

// isDumb reports whether the terminal supports no escapes.
func isDumb() bool { return os.Getenv("TERM") == "dumb" }

func IsTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
