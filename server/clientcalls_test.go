package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A clientCall is a call as the code of real clients makes it, and what the response must have.
type clientCall struct {
	Name, Method, Path string
	Header             map[string]string
	Body               string
	Status             int
	// Want are values of a JSON response by JSON Pointer: "*" is any value, null none, and # between two
	// pointers a text that is JSON itself. Text is a pattern of the whole body.
	Want map[string]any
	Text string
	// Keep are values of the response that later calls name, as {name}.
	Keep map[string]string
}

// Each provider accepts the forms of calls that its clients make, remembers what they say, and rejects
// what is wrong in its own shape. The calls are in order: later ones read what earlier ones made.
func TestProvider_CallsOfClients(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/client-calls.ndjson")
	require.NoError(t, err)
	w := newWorld(t, nil)
	kept := map[string]string{"consumer": w.consumer.URL + "/hook"}
	fill := func(text string) string {
		for name, value := range kept {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	lines := bufio.NewScanner(bytes.NewReader(source))
	for lines.Scan() {
		var c clientCall
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c), "%s", lines.Bytes())
		s := sending{method: c.Method, path: fill(c.Path), json: fill(c.Body)}
		for name, value := range c.Header {
			s.header = append(s.header, name, value)
		}
		got := w.call(s)
		status, body := got.status, got.body
		if !assert.Equal(t, c.Status, status, "%s: %s", c.Name, body) {
			continue
		}
		if c.Text != "" {
			assert.Regexp(t, regexp.MustCompile(c.Text), body, c.Name)
		}
		for pointer, want := range c.Want {
			got := valueAt(t, body, pointer)
			switch want {
			case "*":
				require.NotNil(t, got, "%s: %s of %s", c.Name, pointer, body)
			case nil:
				require.Nil(t, got, "%s: %s of %s", c.Name, pointer, body)
			default:
				if text, ok := want.(string); ok {
					want = fill(text)
				}
				assert.Equal(t, want, got, "%s: %s of %s", c.Name, pointer, body)
			}
		}
		for name, pointer := range c.Keep {
			got := valueAt(t, body, pointer)
			require.NotNil(t, got, "%s: %s of %s", c.Name, pointer, body)
			kept[name] = fmt.Sprint(got)
		}
	}
	require.NoError(t, lines.Err())
}

// valueAt is the value at a JSON Pointer, nil if there is none.
func valueAt(t *testing.T, body, pointer string) any {
	t.Helper()
	first, inner, nested := strings.Cut(pointer, "#")
	var at any
	require.NoError(t, json.Unmarshal([]byte(body), &at), body)
	for _, token := range strings.Split(first, "/")[1:] {
		switch node := at.(type) {
		case map[string]any:
			at = node[token]
		case []any:
			i, err := strconv.Atoi(token)
			if require.NoError(t, err); i >= len(node) {
				return nil
			}
			at = node[i]
		default:
			return nil
		}
	}
	if nested {
		text, ok := at.(string)
		require.True(t, ok, "%s of %s is no text", first, body)
		return valueAt(t, text, inner)
	}
	return at
}
