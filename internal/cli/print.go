package cli

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// WriteRows writes rows as lines of JSON, or as one array.
func WriteRows[Row any](out io.Writer, format string, rows []Row) error {
	buffered := bufio.NewWriter(out)
	encoder := NewEncoder(buffered)
	if format == "json" {
		return cmp.Or(WriteError(encoder.Encode(rows)), WriteError(buffered.Flush()))
	}
	for _, row := range rows {
		if err := encoder.Encode(row); err != nil {
			return WriteError(err)
		}
	}
	return WriteError(buffered.Flush())
}

// PublicURL is a URL without what may be secret in it.
func PublicURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

var plainWord = regexp.MustCompile(`^[\w./:@=,+~-]+$`)

// ShellWord is a text as a shell takes it for one word.
func ShellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// Duration formats a time in at most 8 characters, up to a day.
func Duration(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f ms", Milliseconds(d))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// NewEncoder writes lines of JSON that no terminal obeys.
func NewEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(harmless{w})
	e.SetEscapeHTML(false)
	return e
}

// harmless passes JSON on, and writes the characters that a terminal obeys and
// encoding/json leaves as they are (delete, C1 controls, direction marks) as
// escapes: the same JSON. Each write must be whole characters.
type harmless struct{ out io.Writer }

func (h harmless) Write(text []byte) (int, error) {
	var safe []byte
	for i, r := range string(text) {
		if r < 0x7f || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) {
			if safe != nil {
				safe = utf8.AppendRune(safe, r)
			}
			continue
		}
		if safe == nil {
			safe = append(make([]byte, 0, len(text)+16), text[:i]...)
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			safe = fmt.Appendf(safe, `\u%04x`, unit)
		}
	}
	if safe == nil {
		safe = text
	}
	if _, err := h.out.Write(safe); err != nil {
		return 0, err
	}
	return len(text), nil
}

// WriteError is a failure to write the results: of the world, not of the data.
func WriteError(err error) error {
	if err == nil {
		return nil
	}
	return Exit(ExitEnvironment, fmt.Errorf("write the results: %w", err))
}
