package contract_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/webhook"
)

// Each shipped handshake responds to its own request, and to no other.
func TestRespond_OwnRequest(t *testing.T) {
	t.Parallel()
	values := map[string]string{"challenge": "1158201444", "token": `vibe&"coding`, "validation_key": `key&"1`}
	names := []string{"meta", "rbm", "validation-key", "head"}
	for _, name := range names {
		h, err := contract.NamedHandshake(name)
		require.NoError(t, err)
		to, body := h.Request("http://127.0.0.1/hook?a=1", values)
		asked, err := url.Parse(to)
		require.NoError(t, err)
		for _, other := range names {
			one, err := contract.NamedHandshake(other)
			require.NoError(t, err)
			method := map[bool]string{true: "POST", false: h.Method}[h.Method == ""]
			response, ok := one.Respond(method, asked.Query(), body, values["token"])
			require.Equal(t, name == other, ok, "%s responds to %s", other, name)
			if ok {
				require.Empty(t, h.CheckResponse(webhook.Attempt{Status: 200, ResponseBody: []byte(response)}, values))
			}
		}
	}
}

func TestRespond_Rejects(t *testing.T) {
	t.Parallel()
	meta, err := contract.NamedHandshake("meta")
	require.NoError(t, err)
	key, err := contract.NamedHandshake("validation-key")
	require.NoError(t, err)
	query := func(challenge, token string) url.Values {
		return url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {token}}
	}
	for name, c := range map[string]struct {
		handshake contract.Handshake
		method    string
		query     url.Values
		body      string
		token     string
		ok        bool
	}{
		"meta":                   {meta, "GET", query("a-1", "t"), "", "t", true},
		"another token":          {meta, "GET", query("a-1", "u"), "", "t", false},
		"no token is known":      {meta, "GET", query("a-1", ""), "", "", false},
		"another method":         {meta, "POST", query("a-1", "t"), "", "t", false},
		"markup":                 {meta, "GET", query("<script>", "t"), "", "t", false},
		"another mode":           {meta, "GET", url.Values{"hub.mode": {"un"}, "hub.challenge": {"a"}, "hub.verify_token": {"t"}}, "", "t", false},
		"validation key":         {key, "POST", url.Values{"token": {"k"}}, `{"challenge":"a","validation_key":"k"}`, "", true},
		"a key that differs":     {key, "POST", url.Values{"token": {"k"}}, `{"challenge":"a","validation_key":"l"}`, "", false},
		"no token in the query":  {key, "POST", nil, `{"challenge":"a","validation_key":"k"}`, "", false},
		"a webhook":              {key, "POST", url.Values{"token": {"k"}}, `{"event":"a","payload":{}}`, "", false},
		"one member more":        {key, "POST", url.Values{"token": {"k"}}, `{"challenge":"a","validation_key":"k","c":"d"}`, "", false},
		"a number":               {key, "POST", url.Values{"token": {"k"}}, `{"challenge":1,"validation_key":"k"}`, "", false},
		"not JSON":               {key, "POST", url.Values{"token": {"k"}}, `{`, "", false},
		"a challenge with a tag": {key, "POST", url.Values{"token": {"k"}}, `{"challenge":"<b>","validation_key":"k"}`, "", false},
	} {
		_, ok := c.handshake.Respond(c.method, c.query, []byte(c.body), c.token)
		require.Equal(t, c.ok, ok, name)
	}
}

func TestProblem_ShippedHaveNone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"meta", "rbm", "validation-key", "head"} {
		h, err := contract.NamedHandshake(name)
		require.NoError(t, err)
		_, why := h.Problem()
		require.Empty(t, why, name)
		h.Expect, h.Guard = "", "key"
		_, why = h.Problem()
		require.NotEmpty(t, why, name)
	}
}
