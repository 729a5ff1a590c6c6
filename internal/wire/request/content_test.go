package request_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/webhook"
)

func packed(t *testing.T, writer func(io.Writer) io.WriteCloser, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := writer(&b)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

func deflated(w io.Writer) io.WriteCloser {
	d, _ := flate.NewWriter(w, flate.BestSpeed)
	return d
}

func header(values ...string) []webhook.Header {
	var all []webhook.Header
	for i := 0; i < len(values); i += 2 {
		all = append(all, webhook.Header{Name: values[i], Value: values[i+1]})
	}
	return all
}

func TestContent(t *testing.T) {
	t.Parallel()
	const parts = "--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n4-1\r\n--b\r\nContent-Disposition: form-data; name=\"a&b\"\r\n\r\nx y\r\n--b--\r\n"
	for name, c := range map[string]struct {
		event webhook.Event
		want  string
	}{
		"a body":                        {webhook.Event{URL: "/x?a=1", Body: []byte("{}")}, "{}"},
		"a query":                       {webhook.Event{Method: "GET", URL: "/x?a=1"}, "a=1"},
		"neither":                       {webhook.Event{URL: "/x"}, ""},
		"gzip":                          {webhook.Event{Headers: header("content-encoding", "GZIP"), Body: packed(t, gzipped, "{}")}, "{}"},
		"deflate":                       {webhook.Event{Headers: header("Content-Encoding", "deflate"), Body: packed(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, "{}")}, "{}"},
		"deflate without a header":      {webhook.Event{Headers: header("Content-Encoding", "deflate"), Body: packed(t, deflated, "{}")}, "{}"},
		"a multipart form":              {webhook.Event{Headers: header("Content-Type", "multipart/form-data; boundary=b"), Body: []byte(parts)}, "id=4-1&a%26b=x+y"},
		"another type is left as it is": {webhook.Event{Headers: header("Content-Type", "text/plain"), Body: []byte("--b")}, "--b"},
	} {
		got, err := request.Content(c.event)
		require.NoError(t, err, name)
		require.Equal(t, c.want, string(got), name)
	}
}

func TestContent_Rejects(t *testing.T) {
	t.Parallel()
	limit := document.BodyLimits().Bytes
	part := "--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n4-1\r\n"
	for name, c := range map[string]struct {
		event webhook.Event
		want  string
	}{
		"another encoding": {webhook.Event{Headers: header("Content-Encoding", "br"), Body: []byte("x")}, `the content encoding "br" isn't supported`},
		"not gzip":         {webhook.Event{Headers: header("Content-Encoding", "gzip"), Body: []byte("{}")}, "it isn't gzip, as its Content-Encoding says"},
		"gzip without end": {webhook.Event{Headers: header("Content-Encoding", "gzip"), Body: packed(t, gzipped, "{}")[:12]}, "invalid gzip"},
		"a bomb":           {webhook.Event{Headers: header("Content-Encoding", "gzip"), Body: packed(t, gzipped, strings.Repeat("a", limit+1))}, "decode body: more than "},
		"no boundary":      {webhook.Event{Headers: header("Content-Type", "multipart/form-data"), Body: []byte("x")}, "has no boundary"},
		"no end":           {webhook.Event{Headers: header("Content-Type", "multipart/form-data; boundary=b"), Body: []byte(part)}, "has no end"},
		"many parts":       {webhook.Event{Headers: header("Content-Type", "multipart/form-data; boundary=b"), Body: []byte(strings.Repeat(part, 1001) + "--b--")}, "more than 1000 parts"},
	} {
		_, err := request.Content(c.event)
		require.ErrorContains(t, err, c.want, name)
	}
}

func FuzzContent(f *testing.F) {
	f.Add("gzip", "", []byte("\x1f\x8b\x08"))
	f.Add("deflate", "", []byte("x\x9c"))
	f.Add("", "multipart/form-data; boundary=b", []byte("--b\r\n\r\n1\r\n--b--"))
	f.Fuzz(func(t *testing.T, encoding, mediaType string, body []byte) {
		got, err := request.Content(webhook.Event{Headers: header("Content-Encoding", encoding, "Content-Type", mediaType), Body: body})
		require.True(t, err == nil || got == nil)
		if encoding != "" {
			require.LessOrEqual(t, len(got), document.BodyLimits().Bytes)
		}
	})
}
