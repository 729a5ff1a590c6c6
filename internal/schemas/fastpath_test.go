package schemas

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/document"
)

// checkers are those of all requests, by the file of the schema.
func checkers(t testing.TB) map[string]*Checker {
	t.Helper()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	all := map[string]*Checker{}
	for _, p := range catalog.Providers {
		_, folder := p.APIs()
		if folder == nil {
			continue
		}
		names, err := fs.Glob(folder, "*.json")
		require.NoError(t, err)
		for _, name := range names {
			all[p.Name+"/"+name], err = p.Checker(name)
			require.NoError(t, err)
		}
	}
	require.Greater(t, len(all), 20)
	return all
}

// agree wants the quick way to say yes only to what v5 accepts.
func agree(t testing.TB, name string, c *Checker, body []byte) fastResult {
	t.Helper()
	n, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return unsure
	}
	said := c.fast.check(&n)
	rejected := len(c.explain(&n)) > 0
	require.False(t, said == yes && rejected, "%s: the quick way takes what v5 refuses: %s", name, body)
	require.False(t, said == no && !rejected, "%s: the quick way would refuse what v5 takes: %s", name, body)
	return said
}

// seedsOfRequests are bodies around which others are made.
func seedsOfRequests() []string {
	return []string{
		`{"channel":"whatsapp","source":"919000000001","destination":"919000000002","src.name":"DemoApp","message":{"type":"text","text":"hi"}}`,
		`{"messaging_product":"whatsapp","recipient_type":"individual","to":"+919000000002","type":"text","text":{"body":"hi"}}`,
		`{"messaging_product":"whatsapp","to":"919000000002","type":"template","template":{"name":"a","language":{"code":"en"}}}`,
		`{"channels":[{"name":"whatsapp","from":"919000000001","meta":{"foreign_id":"o","tags":["a"]}}],"recipient":{"to":["919000000002"]},"message":{"type":"text","payload":{"text":"hi"}}}`,
		`{"messages":[{"to":"919000000002","type":"Text","text":"hi","callbackdata":"o"}]}`,
		`{"to":"919000000002","type":"text","source":"external","text":{"body":"hi"},"metaData":{"custom_callback_data":"o"}}`,
		`{"name":"demo","uri":"http://127.0.0.1:3000/"}`, `{}`, `[]`, `null`, `{"":1,"a":1,"a":2}`, `{"to":1.0,"to":1e2}`,
	}
}

// Each seed, and each with something taken away, put in or changed in kind.
func TestFastPath_AgreesWithV5(t *testing.T) {
	t.Parallel()
	quickly := 0
	for name, c := range checkers(t) {
		for _, seed := range seedsOfRequests() {
			for _, body := range variations(t, seed) {
				if agree(t, name, c, body) == yes {
					quickly++
				}
			}
		}
	}
	require.Greater(t, quickly, 100, "it does say yes")
}

// variations are a body and what it is with each of its values replaced or left out.
func variations(t testing.TB, seed string) [][]byte {
	t.Helper()
	all := [][]byte{[]byte(seed)}
	var root any
	if json.Unmarshal([]byte(seed), &root) != nil {
		return all
	}
	keep := func() {
		text, err := json.Marshal(root)
		require.NoError(t, err)
		all = append(all, text)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, was := range v {
				for _, other := range []any{nil, "", 1, 1.5, true, []any{}, map[string]any{}, "text", strings.Repeat("x", 50)} {
					v[key] = other
					keep()
				}
				delete(v, key)
				keep()
				v[key] = was
				walk(was)
			}
			v["more"] = 1
			keep()
			delete(v, "more")
		case []any:
			for i, was := range v {
				v[i] = nil
				keep()
				v[i] = was
				walk(was)
			}
		}
	}
	walk(root)
	return all
}

func FuzzQuick(f *testing.F) {
	all := checkers(f)
	few := []string{"gupshup/v3-message.json", "mobtexting/send.json", "netcore/send.json", "tata-omni/send.json"} // they have all the keywords
	for _, seed := range seedsOfRequests() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, name := range few {
			agree(t, name, all[name], body)
		}
	})
}
