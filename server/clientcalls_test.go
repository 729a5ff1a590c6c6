package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
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
			assert.Regexp(t, c.Text, body, c.Name)
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

// HEAD of a file has its type and size. It isn't a GET that sends a message.
func TestProvider_HeadOfFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	made := w.call(sending{
		method: "POST", path: "/wa/app-1/wa/media", header: []string{"apikey", "k", "Content-Type", "multipart/form-data; boundary=b"},
		json: "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--b--\r\n",
	})
	head := w.call(sending{method: "HEAD", path: "/wa/app-1/wa/media/" + made.field(t, "mediaId")})
	require.Equal(t, 200, head.status)
	require.Equal(t, []string{"image/png", "3", ""}, []string{head.header.Get("Content-Type"), head.header.Get("Content-Length"), head.body})
	sms := w.call(sending{method: "HEAD", path: "/api/v2/sms/send?access_token=t&message=Hi&sender=LOTUSS&to=919000000002&service=T"})
	require.Equal(t, 405, sms.status)
}

// The statuses of a message of Netcore WhatsApp have the ID of the response.
func TestSend_NetcoreWhatsApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, err := w.server.Session("").Subscribe(t.Context(), "netcore/whatsapp", w.consumer.URL+"/hook")
	require.NoError(t, err)
	sent := w.call(sending{
		method: "POST", path: "/api/v2/message/nc/priority", header: []string{"Authorization", "Bearer t"},
		json: `{"message":[{"recipient_whatsapp":"919000000002","message_type":"text","x-apiheader":"order-77","type_text":[{"content":"Hi"}]}]}`,
	})
	require.Equal(t, 200, sent.status, sent.body)
	types, bodies := w.validated("/hook", 3)
	require.Equal(t, "netcore/whatsapp/delivery-status", types[0])
	for _, body := range bodies {
		assert.Contains(t, body, sent.field(t, "data", "id"))
		assert.Contains(t, body, "order-77")
	}
}

// A URL for events that was set by the older call gets the events of a message.
func TestSend_ToCallbackURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	set := w.call(sending{method: "PUT", path: "/partner/app/123/callbackUrl", header: []string{"Authorization", "t"}, form: url.Values{"callbackUrl": {w.consumer.URL + "/hook"}}})
	require.Equal(t, 200, set.status, set.body)
	sent := w.call(text(userPhone))
	types, bodies := w.validated("/hook", 4)
	require.Contains(t, types, "gupshup/v2/message-event.delivered")
	require.Contains(t, bodies[len(bodies)-1], sent.field(t, "messageId"))
}
