package server

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/journal"
)

const (
	// maxPageBytes is where a page of a list ends.
	maxPageBytes = 8 << 20
	// maxEncoded bounds the memory of all large responses that are being written.
	maxEncoded = 64 << 20
	// smallResponse is the memory of a response that isn't counted.
	smallResponse = 256 << 10
	// copies is the memory of a response for each byte of what it shows: the texts of the view,
	// its JSON, and what is left of making both.
	copies = 4
)

// A row is an element of a list.
type row struct {
	// view makes the element when it is written.
	view func() (any, error)
	// several: the view is a list of elements, which stay on one page.
	several bool
	// size is the approximate memory of what it shows.
	size int64
	// cursor is that of the page that begins after it.
	cursor string
}

// A longPage is a list in a response. Its elements are encoded one by one, as the client reads
// them, until the page has its size. One that alone is larger is a page of its own.
type longPage struct {
	rows iter.Seq[row]
	// next is the cursor of the page that begins after all rows; "" if there is none.
	next    string
	evicted int
	bytes   int
	encoded *deadline.InFlight
}

// longPage makes a page of rows.
func (c *control) longPage(rows iter.Seq[row], next string, evicted int) response {
	return response{status: http.StatusOK, page: &longPage{rows, next, evicted, c.pageBytes, c.encoded}}
}

// errNoMemory ends a page whose next element has no room among the large responses.
var errNoMemory = unavailable(errors.New("respond: other large responses are being read; retry later, or leave out full=true"))

// write responds with the page.
func (p *longPage) write(w http.ResponseWriter) {
	out := &pageWriter{ResponseWriter: w}
	next, last := p.next, ""
	for r := range p.rows {
		fits, err := p.writeRow(out, r)
		switch {
		case err != nil && out.rows == 0:
			writeProblem(w, err)
			return
		case err != nil && !errors.Is(err, errNoMemory):
			panic(http.ErrAbortHandler) // half a list is not a response
		case err != nil || !fits:
			next = last
			out.end(next, p.evicted)
			return
		}
		last = r.cursor
	}
	out.end(next, p.evicted)
}

// writeRow writes an element, unless it exceeds the size of the page.
func (p *longPage) writeRow(out *pageWriter, r row) (fits bool, err error) {
	release, ok := take(p.encoded, copies*r.size)
	if !ok {
		return false, errNoMemory
	}
	defer release()
	view, err := r.view()
	if err != nil {
		return false, err
	}
	text, err := encoded(view)
	if err != nil {
		return false, err
	}
	if r.several {
		text = text[1 : len(text)-1]
	}
	if out.rows > 0 && out.bytes+len(text) > p.bytes {
		return false, nil
	}
	out.row(text)
	return true, nil
}

// large responds with a value that may take much memory, unless there is none left for it.
func (c *control) large(size int64, view func() (any, error)) (response, error) {
	release, ok := take(c.encoded, copies*size)
	if !ok {
		return response{}, errNoMemory
	}
	value, err := view()
	if err != nil {
		release()
		return response{}, err
	}
	return response{status: http.StatusOK, value: value, release: release}, nil
}

// take counts the memory of a large response until it is released. It reports false if there is no
// room for it.
func take(of *deadline.InFlight, size int64) (release func(), ok bool) {
	if size <= smallResponse {
		return func() {}, true
	}
	return of.Take(size)
}

// encoded is a value in JSON, in one line.
func encoded(value any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// A pageWriter writes a list as JSON, and begins with its first element.
type pageWriter struct {
	http.ResponseWriter
	rows, bytes int
}

func (w *pageWriter) begin() {
	jsonHeader(w, "application/json")
	w.WriteHeader(http.StatusOK)
	w.put([]byte(`{"data":[`))
}

func (w *pageWriter) put(text []byte) { _, _ = w.Write(text) } // the client has gone

func (w *pageWriter) row(text []byte) {
	if w.rows++; w.rows == 1 {
		w.begin()
	} else {
		w.put([]byte(","))
	}
	w.bytes += len(text)
	w.put(text)
}

func (w *pageWriter) end(next string, evicted int) {
	if w.rows == 0 {
		w.begin()
	}
	rest, _ := encoded(struct {
		Next    string `json:"next,omitempty"`
		Evicted int    `json:"evicted,omitempty"`
	}{next, evicted}) // of a string and a number it never fails
	w.put([]byte("]"))
	if len(rest) > len("{}") {
		w.put([]byte(","))
	}
	w.put(append(rest[1:], '\n'))
}

// rowsOf are the rows of entries, whose views need as much memory as they show.
func (s shown) rowsOf(entries []journal.Entry, cursor func(*journal.Entry) string) iter.Seq[row] {
	return func(yield func(row) bool) {
		for i := range entries {
			e := &entries[i]
			view := func() (any, error) { return viewOf(*e, s.full, s.secrets), nil }
			if !yield(row{view: view, size: s.sizeOf(e), cursor: cursor(e)}) {
				return
			}
		}
	}
}

// sizeOf is the memory of what is shown of an entry.
func (s shown) sizeOf(e *journal.Entry) int64 {
	if s.full {
		return e.Size()
	}
	return 0
}

// namedPage pages a list in memory that is sorted by names, which are unique.
func namedPage[T any](c *control, a apiRequest, all []T, name func(T) string, compare func(a, b string) int, evicted int) (response, error) {
	if text := a.params["cursor"]; text != "" {
		last, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return response{}, a.params.bad("cursor", "want the `next` of a previous page")
		}
		i := slices.IndexFunc(all, func(one T) bool { return compare(name(one), string(last)) > 0 })
		if i < 0 {
			i = len(all)
		}
		all = all[i:]
	}
	rows := func(yield func(row) bool) {
		for _, one := range all {
			if !yield(row{view: func() (any, error) { return one, nil }, cursor: base64.RawURLEncoding.EncodeToString([]byte(name(one)))}) {
				return
			}
		}
	}
	return c.longPage(rows, "", evicted), nil
}

// byNumber compares IDs that end with a number: "run-2" is before "run-10".
func byNumber(a, b string) int { return cmp.Compare(numberOf(a), numberOf(b)) }

func numberOf(id string) uint64 {
	n, _ := strconv.ParseUint(id[strings.LastIndexByte(id, '-')+1:], 10, 64) // another text is 0
	return n
}
