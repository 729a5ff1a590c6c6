package delivery

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// A Request is the request of one attempt.
type Request struct {
	Method, URL string
	// Header keeps the case of names and the order of values of a name; net/http sorts
	// the names. Host and Content-Length come from the URL and the body. The only other
	// added header is Authorization, if the URL has a user.
	Header []webhook.Header
	Body   []byte
	// Timeout bounds the whole attempt; 0 means 30 s.
	Timeout time.Duration
}

const defaultTimeout = 30 * time.Second

// Attempt sends a request once, without following redirects. A failure is part of the
// Attempt; a response that breaks off has both a Status and a Failure. The Error contains
// neither the URL nor a user nor the value of a header.
func (c *Client) Attempt(ctx context.Context, r Request) webhook.Attempt {
	a := webhook.Attempt{At: time.Now(), RequestHeaders: r.Header}
	if r.Timeout <= 0 {
		r.Timeout = defaultTimeout
	}
	inner, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	w := &watch{Context: inner, start: a.At}
	request, err := c.build(w.traced(), r)
	if err != nil {
		a.Error, a.Failure = err.Error(), webhook.FailureRequest
		return a
	}
	if user := request.URL.User; user != nil && request.Header.Get("Authorization") == "" {
		password, _ := user.Password()
		request.Header = request.Header.Clone() // other attempts may share it
		request.SetBasicAuth(user.Username(), password)
		a.RequestHeaders = append(slices.Clip(r.Header), webhook.Header{Name: "Authorization", Value: request.Header.Get("Authorization")})
	}
	response, err := c.transportFor(request, r.Body).RoundTrip(request)
	if err == nil {
		err = readResponse(&a, response)
	}
	a.Timing = w.timing()
	if err != nil {
		a.Failure, a.Error = failure(ctx, inner, err, r.Timeout)
		if a.Failure == webhook.FailureTimeout && !w.connected.Load() {
			a.Timing.Dial, a.Error = a.Timing.Total, "connect: timeout after "+a.Timing.Total.Round(time.Millisecond).String()
		}
	}
	return a
}

// transportFor chooses the transport so that nothing is sent twice. On a kept connection
// net/http silently repeats requests that it considers idempotent, even if they were sent.
// It repeats other requests only if it hasn't written a byte because the consumer had
// closed the connection, which GetBody allows.
func (c *Client) transportFor(request *http.Request, body []byte) *http.Transport {
	if request.Method != http.MethodPost && request.Method != http.MethodPut && request.Method != http.MethodPatch || len(body) == 0 ||
		request.Header["Idempotency-Key"] != nil || request.Header["X-Idempotency-Key"] != nil {
		return c.fresh
	}
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return c.pooled
}

// readResponse reads the response into the attempt.
func readResponse(a *webhook.Attempt, response *http.Response) error {
	defer response.Body.Close()
	a.Status, a.ResponseHeaders = response.StatusCode, Fields(response.Header)
	if response.ContentLength == 0 || response.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	size := int64(bytes.MinRead)
	if response.ContentLength > 0 {
		size += min(response.ContentLength, webhook.MaxResponseBody)
	}
	body := bytes.NewBuffer(make([]byte, 0, size))
	_, err := body.ReadFrom(io.LimitReader(response.Body, webhook.MaxResponseBody+1))
	if a.ResponseBody = body.Bytes(); len(a.ResponseBody) > webhook.MaxResponseBody {
		a.ResponseBody, a.Truncated = a.ResponseBody[:webhook.MaxResponseBody], true
	}
	if len(a.ResponseBody) == 0 {
		a.ResponseBody = nil
	}
	return err
}

// Fields are the headers of an http.Header, sorted by name.
func Fields(header http.Header) []webhook.Header {
	fields := make([]webhook.Header, 0, len(header))
	for name, values := range header {
		for _, value := range values {
			fields = append(fields, webhook.Header{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(fields, func(a, b webhook.Header) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

var (
	errURL         = errors.New("read URL: want http:// or https:// and a host, for example http://127.0.0.1:3000/webhooks")
	errMethod      = errors.New("make request: the method must be uppercase letters, for example POST")
	errInformation = errors.New("read response: got more than 5 informational responses (1xx) and no final response")
)

func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	if r.Method == "" || strings.ContainsFunc(r.Method, func(c rune) bool { return c < 'A' || c > 'Z' }) {
		return nil, errMethod
	}
	u, err := c.parse(r.URL)
	if err != nil {
		return nil, err
	}
	request := (&http.Request{Method: r.Method, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody}).WithContext(ctx)
	if request.Header, err = c.header(r.Header); err != nil {
		return nil, err
	}
	if len(r.Body) > 0 {
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(r.Body)), int64(len(r.Body))
	}
	return request, nil
}

type (
	// A parsedURL is the cached URL of the last attempt. It must not change.
	parsedURL struct {
		text string
		url  *url.URL
	}
	// A parsedHeader is the cached header of the last attempt. It must not change.
	parsedHeader struct {
		fields []webhook.Header
		header http.Header
	}
)

func (c *Client) parse(text string) (*url.URL, error) {
	if last := c.lastURL.Load(); last != nil && last.text == text {
		return last.url, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || !isPort(u.Port()) {
		return nil, errURL // the cause would quote parts of the URL
	}
	c.lastURL.Store(&parsedURL{text, u})
	return u, nil
}

func (c *Client) header(fields []webhook.Header) (http.Header, error) {
	if last := c.lastHeader.Load(); last != nil && slices.Equal(last.fields, fields) {
		return last.header, nil
	}
	header, err := headerOf(fields)
	if err != nil {
		return nil, err
	}
	c.lastHeader.Store(&parsedHeader{slices.Clone(fields), header})
	return header, nil
}

func isPort(text string) bool {
	if text == "" {
		return true
	}
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0
}

// headerOf keeps the case of names, except for User-Agent, which net/http would otherwise
// send a second time.
func headerOf(fields []webhook.Header) (http.Header, error) {
	header := make(http.Header, len(fields)+1)
	values := make([]string, len(fields)+1) // the values of each name are a slice of it
	header["User-Agent"] = values[:1:1]     // empty: no User-Agent of net/http
	for i, f := range fields {
		name := f.Name
		switch textproto.CanonicalMIMEHeaderKey(name) {
		case "User-Agent":
			name = "User-Agent"
			header[name] = nil
		case "Host", "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade":
			return nil, errors.New("make request: header " + name + " belongs to the connection; remove it")
		}
		if !validHeader(f) {
			return nil, errors.New("make request: header " + strconv.QuoteToASCII(name) + " has an invalid name or value; remove control characters")
		}
		if before := header[name]; before != nil {
			header[name] = append(before, f.Value)
			continue
		}
		values[i+1] = f.Value
		header[name] = values[i+1 : i+2 : i+2]
	}
	return header, nil
}

func validHeader(f webhook.Header) bool {
	for _, c := range []byte(f.Name) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return false
		}
	}
	for _, c := range []byte(f.Value) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return f.Name != ""
}

// failure returns the failure of an attempt and its text.
func failure(outer, inner context.Context, err error, allowed time.Duration) (webhook.Failure, string) {
	switch kind := classify(err); {
	case kind == webhook.FailureDenied:
		var denied *DeniedError
		errors.As(err, &denied)
		return kind, denied.Error()
	case errors.Is(outer.Err(), context.Canceled):
		return webhook.FailureCanceled, "send request: canceled"
	case inner.Err() != nil || kind == webhook.FailureTimeout:
		return webhook.FailureTimeout, "await response: timeout after " + allowed.String()
	default:
		return kind, plain("send request: " + err.Error())
	}
}

func isReset(err error) bool {
	for _, kind := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return err.Error() == "http: server closed idle connection"
}

// plain makes a text that may quote the consumer safe for a log: one short line without
// control characters.
func plain(text string) string {
	const maxCount = 240
	text = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	if len(text) > maxCount {
		text = strings.ToValidUTF8(text[:maxCount], "") + "…"
	}
	return text
}

// A watch measures an attempt. It has atomics because the hooks of net/http run in other
// goroutines, even after the attempt. It is also the context of the attempt, where the
// dialer finds it.
type watch struct {
	context.Context
	trace                          httptrace.ClientTrace
	start                          time.Time
	dial, tlsStart, tlsTime, first atomic.Int64
	information                    atomic.Int32
	connected                      atomic.Bool
}

type watchKey struct{}

// Value returns the watch to the dialer.
func (w *watch) Value(key any) any {
	if key == (watchKey{}) {
		return w
	}
	return w.Context.Value(key)
}

// setDial records the duration of the dial of an attempt.
func setDial(ctx context.Context, duration time.Duration) {
	if w, ok := ctx.Value(watchKey{}).(*watch); ok {
		w.dial.Store(int64(duration))
	}
}

// traced returns the context with the hooks.
func (w *watch) traced() context.Context {
	w.trace.GotConn = func(httptrace.GotConnInfo) { w.connected.Store(true) }
	w.trace.TLSHandshakeStart = func() { w.tlsStart.Store(int64(time.Since(w.start))) }
	w.trace.TLSHandshakeDone = func(tls.ConnectionState, error) { w.tlsTime.Store(int64(time.Since(w.start)) - w.tlsStart.Load()) }
	w.trace.GotFirstResponseByte = func() { w.first.Store(int64(time.Since(w.start))) }
	w.trace.Got1xxResponse = func(int, textproto.MIMEHeader) error {
		if w.information.Add(1) > maxInformation {
			return errInformation
		}
		return nil
	}
	return httptrace.WithClientTrace(w, &w.trace)
}

func (w *watch) timing() webhook.Timing {
	return webhook.Timing{
		Dial:      time.Duration(w.dial.Load()),
		TLS:       time.Duration(w.tlsTime.Load()),
		FirstByte: time.Duration(w.first.Load()),
		Total:     time.Since(w.start),
	}
}
