package cli

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// AppendTape opens a tape to append to it. Only the user may read the file: it contains
// phone numbers and headers as received.
func AppendTape(path string) (io.WriteCloser, error) {
	if path == "" {
		return noTape{io.Discard}, nil
	}
	tape, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, Exit(ExitEnvironment, fmt.Errorf("open the tape %s: %w", path, Cause(err)))
	}
	return tape, nil
}

type noTape struct{ io.Writer }

func (noTape) Close() error { return nil }

// CreateTape creates a tape; - is stdout. An error of closing means that the tape is
// incomplete.
func CreateTape(s Streams, path string) (w io.Writer, closing func() error, err error) {
	if path == "-" {
		return s.Out, func() error { return nil }, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, Exit(ExitEnvironment, fmt.Errorf("write the tape %s: %w", path, Cause(err)))
	}
	buffered := bufio.NewWriter(f)
	return buffered, func() error { return cmp.Or(buffered.Flush(), f.Close()) }, nil
}

// MaxRecord bounds a line of a tape: a body, the response, and their Base64.
const MaxRecord = 16 << 20

// ReadTape reads the deliveries of a tape, one by one.
func ReadTape(path string) iter.Seq2[webhook.Delivery, error] {
	return func(yield func(webhook.Delivery, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(webhook.Delivery{}, Exit(ExitEnvironment, fmt.Errorf("read the tape %s: %w", path, Cause(err))))
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 0, 64<<10), MaxRecord)
		read := false
		for n := 1; lines.Scan(); n++ {
			if len(lines.Bytes()) == 0 {
				continue
			}
			d, err := capture.ReadDelivery(lines.Bytes())
			switch {
			case err != nil && !capture.IsRecord(lines.Bytes()) && !read:
				err = notTape(path, lines)
			case err != nil:
				err = fmt.Errorf("%s:%d: %w", path, n, err)
			}
			read = true
			if !yield(d, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
			yield(webhook.Delivery{}, Exit(ExitEnvironment, fmt.Errorf("read the tape %s: %w", path, Cause(err))))
		}
	}
}

// maxLooked bounds the bytes that identify a file that is not a tape.
const maxLooked = 16 << 10

// notTape is the error of a file that is not a tape. It identifies the file by the line
// that was read and those that follow.
func notTape(path string, lines *bufio.Scanner) error {
	start := slices.Concat(lines.Bytes(), []byte("\n"))
	for len(start) < maxLooked && lines.Scan() {
		start = append(append(start, lines.Bytes()...), '\n')
	}
	return fmt.Errorf("read the tape %s: it is %s, not a tape; `ringback validate` checks captured bodies, `ringback emit --body` sends one, and --tape of play, emit and listen writes tapes",
		path, capture.NotTape(start))
}

// EventOf is the event of a delivery's first item, and the number of further items.
func EventOf(r engine.Result) (event string, more int) {
	if r.Cue == nil || len(r.Cue.Items) == 0 {
		return cmp.Or(r.Event.Type, "-"), 0
	}
	return r.Cue.Items[0].Event, len(r.Cue.Items) - 1
}
