package deadline

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// An InFlight bounds the bytes of the bodies that a server holds at once: what has been read of
// all requests that haven't ended.
type InFlight struct {
	max  int64
	held atomic.Int64
}

// NewInFlight returns an InFlight for a number of bytes.
func NewInFlight(max int64) *InFlight { return &InFlight{max: max} }

// Take counts bytes of other things than bodies until they are released. It reports false if they would
// exceed the limit; so many that they always would are counted alone.
func (f *InFlight) Take(n int64) (release func(), ok bool) {
	if held := f.held.Add(n); held > f.max && held > n {
		f.held.Add(-n)
		return nil, false
	}
	return func() { f.held.Add(-n) }, true
}

// errBusy is the error of a body that would exceed an [InFlight]; see [Unread].
var errBusy = errors.New("too many bytes in flight")

// maxDiscarded is how much of a body is read, and not held, before its request is rejected.
const maxDiscarded = 16 << 20

// Handler returns a handler in whose requests a body can't be read beyond the limit. The response
// then has a Retry-After.
func (f *InFlight) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		held := &heldBody{ReadCloser: r.Body, of: f, header: w.Header()}
		defer func() { f.held.Add(-held.bytes) }()
		r.Body = held
		next.ServeHTTP(w, r)
	})
}

// A heldBody counts what was read of it until its request ends.
type heldBody struct {
	io.ReadCloser
	of     *InFlight
	header http.Header
	bytes  int64
}

func (b *heldBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes += int64(n)
	if n > 0 && b.of.held.Add(int64(n)) > b.of.max {
		b.header.Set("Retry-After", "1")
		_, _ = io.CopyN(io.Discard, b.ReadCloser, maxDiscarded) // many clients read no response before they have sent all
		return n, errBusy
	}
	return n, err
}
