package request

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

// Content returns what a received request says, to be validated: its body without a compression, or the
// query of a request without a body. The parts of a multipart form are returned as the fields of a form.
// The error says why the body can't be decoded.
func Content(e webhook.Event) ([]byte, error) {
	if _, query, ok := strings.Cut(e.URL, "?"); ok && len(e.Body) == 0 {
		return []byte(query), nil
	}
	body, err := decompress(e.Body, strings.ToLower(valueOf(e.Headers, "Content-Encoding")))
	if err != nil {
		return nil, err
	}
	mediaType, parameters, err := mime.ParseMediaType(valueOf(e.Headers, "Content-Type"))
	if err == nil && mediaType == "multipart/form-data" {
		return fieldsOf(body, parameters["boundary"])
	}
	return body, nil
}

func valueOf(headers []webhook.Header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return strings.TrimSpace(h.Value)
		}
	}
	return ""
}

// decompress removes one layer of compression. A result beyond the limit of a body, or a hundred times
// as large as the body and more than 1 MiB, is an error.
func decompress(body []byte, encoding string) ([]byte, error) {
	const most, small = 100, 1 << 20
	var in io.Reader
	var err error
	switch encoding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		in, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate": // zlib by the standard, and without its header from some senders
		if in, err = zlib.NewReader(bytes.NewReader(body)); err != nil {
			in, err = flate.NewReader(bytes.NewReader(body)), nil
		}
	default:
		return nil, fmt.Errorf("decode body: the content encoding %s isn't supported; known: gzip, deflate", document.Quote(document.Shorten(encoding, 40)))
	}
	if err != nil {
		return nil, fmt.Errorf("decode body: it isn't %s, as its Content-Encoding says", encoding)
	}
	limit := min(document.BodyLimits().Bytes, max(small, most*len(body)))
	out, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	switch {
	case len(out) > limit:
		return nil, fmt.Errorf("decode body: more than %d bytes from %d bytes of %s", limit, len(body), encoding)
	case err != nil:
		return nil, fmt.Errorf("decode body: invalid %s after %d bytes", encoding, len(out))
	}
	return out, nil
}

// maxParts limits the parts of a multipart form.
const maxParts = 1000

// fieldsOf returns the parts of a multipart form as the fields of a form.
func fieldsOf(body []byte, boundary string) ([]byte, error) {
	if boundary == "" {
		return nil, errors.New("decode body: multipart/form-data has no boundary in its Content-Type")
	}
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	var fields []byte
	for n := 0; ; n++ {
		part, err := reader.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			return fields, nil
		case err != nil:
			return nil, fmt.Errorf("decode body: part %d of the multipart form is invalid or has no end", n+1)
		case n == maxParts:
			return nil, fmt.Errorf("decode body: the multipart form has more than %d parts", maxParts)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, fmt.Errorf("decode body: part %d of the multipart form has no end", n+1)
		}
		if n > 0 {
			fields = append(fields, '&')
		}
		fields = append(document.AppendEscaped(fields, part.FormName()), '=')
		fields = document.AppendEscaped(fields, string(text))
	}
}
