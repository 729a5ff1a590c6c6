package capture_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

func TestNotTape_NamesTheFormat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{\"a\":1}\n{\"b\":2}":           "NDJSON, one JSON value on each line",
		"\ufeff{\"a\":1}\r\n{\"b\":2}\r": "NDJSON, one JSON value on each line",
		"[{\"a\":1}]\n[]":                "NDJSON, one JSON value on each line",
		"{\"a\":1}":                      "a JSON document",
		"{\n  \"log\": {":                "a JSON document",
		`{"log":{"version":"1.2","entries":[{"request":{"method":"POST","postData":{"text":"{}"}}}]}}`: "HAR",
		"{\"a\": [\n1]}":        "a JSON document",
		"[{\"a\":1}]":           "a JSON array",
		"[\n{":                  "a JSON array",
		"time,body\n1,\"{}\"\n": "CSV",
		"POST / HTTP/1.1\r\n":   "HTTP requests as text",
		"hello":                 "text that is not JSON",
		"\x1f\x8b\x08\x00":      "gzip",
		"PK\x03\x04\x00":        "zip",
		"\xff\xfe{\x00":         "UTF-16 text",
		"\x00\x01\x02":          "a binary file",
		" \n":                   "empty",
	} {
		require.False(t, capture.IsRecord([]byte(text)), "%q", text)
		require.Equal(t, want, capture.NotTape([]byte(text)), "%q", text)
	}
	require.Equal(t, "empty", capture.NotTape(nil))
}

func TestIsRecord_WrittenDelivery(t *testing.T) {
	t.Parallel()
	var tape bytes.Buffer
	require.NoError(t, capture.WriteDelivery(&tape, webhook.Delivery{ID: "a"}))
	require.True(t, capture.IsRecord(tape.Bytes()))
}
