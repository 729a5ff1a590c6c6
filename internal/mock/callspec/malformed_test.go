package callspec_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/callspec"
)

func TestMalformed_HasShapeOfProviderErrors(t *testing.T) {
	t.Parallel()
	const reason = "read body: it is incomplete"
	for _, a := range embedded(t).APIs {
		name := a.Provider.Name + " " + a.Name
		call := a.Read(callspec.Request{}, nil)
		for _, status := range []int{400, 408, 503} {
			reply := call.Malformed(status, [][2]string{{"Connection", "close"}}, reason)
			require.Equal(t, status, reply.Status, name)
			require.Contains(t, reply.Header, [2]string{"Connection", "close"})
			contentType, body, err := reply.Render(two, anything)
			require.NoError(t, err, name)
			require.Contains(t, string(body), reason, name)
			if strings.HasPrefix(name, "netcore sms.") || strings.HasPrefix(name, "gupshup gateway.") { // whose errors are XML or plain text
				require.Regexp(t, "^text/(xml|plain)", contentType, name)
				continue
			}
			require.True(t, strings.HasPrefix(contentType, "application/json"), "%s: %s", name, contentType)
			var shape map[string]any
			require.NoError(t, json.Unmarshal(body, &shape), "%s: %s", name, body)
			for key, value := range shape {
				if number, ok := value.(float64); ok {
					require.Equal(t, float64(status), number, "%s: %s of %s", name, key, body)
				}
			}
		}
	}
}

func TestMalformed_OtherProviderShape(t *testing.T) {
	t.Parallel()
	read := func(name string) *callspec.Call { return acmeCall(t, name).Read(callspec.Request{}, nil) }
	require.Equal(t, `408 application/json {"error":"late"}`, render(t, read("send").Malformed(408, nil, "late")))
	require.Equal(t, "408", render(t, read("file").Malformed(408, nil, "late")), "its errors have no body")
	require.Equal(t, 400, read("send").Instead(400, nil, nil).Status, "what the data has stays as it is")
	none := &callspec.Call{Operation: &callspec.Operation{Provider: acmeCall(t, "send").Provider}}
	require.Equal(t, "408 text/plain; charset=utf-8 late", render(t, none.Malformed(408, nil, "late")))
}
