package schemas

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

// addBodies seeds a fuzz test with one example of each type and one invalid body.
func addBodies(f *testing.F, c *Catalog) {
	f.Helper()
	for _, t := range c.Types() {
		for _, bodies := range []func() ([]Example, error){t.Examples, t.Invalid} {
			list, err := bodies()
			require.NoError(f, err)
			f.Add(list[0].Body)
		}
	}
	f.Add([]byte(strings.Repeat("[", 200)))
	f.Add([]byte(`{"entry":[{"changes":[{"field":"messages","value":{"contacts":[{"profile":{"":""}}],"messages":[{"from":"","id":"","reaction":{"message_id":""},"timestamp":"","type":"reaction"}]}}]}],"object":"whatsapp_business_account"}`))
	f.Add([]byte("\xef\xbb\xbf{\"a\":\"\\ud800\",\"a\":1e999}"))
}

// Whatever a body is, it gets a verdict that holds together.
func FuzzValidator(f *testing.F) {
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(f, err)
	addBodies(f, catalog)
	validator, err := catalog.Validator(Scope{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte) {
		items := validator.Body(body, time.Time{})
		require.NotEmpty(t, items)
		lines := strings.Count(string(body), "\n") + 1
		for _, item := range items {
			v := item.Verdict
			require.NotNil(t, v.Candidates)
			require.Equal(t, v.Level == webhook.LevelOK, len(v.Findings) == 0, "ok has no findings, everything else has")
			require.True(t, v.Type == "" || len(v.Candidates) == 1 && v.Candidates[0] == v.Type)
			gravest := webhook.LevelOK
			for _, finding := range v.Findings {
				if finding.Level.Rank() > gravest.Rank() {
					gravest = finding.Level
				}
				require.True(t, document.IsPointer(finding.Pointer))
				require.NotEmpty(t, finding.Expected)
				require.True(t, finding.Line >= 1 && finding.Line <= lines && finding.Column >= 1 && finding.Column <= len(body)+1)
			}
			require.Equal(t, gravest.Rank(), v.Level.Rank(), "a verdict is as grave as its gravest finding")
		}
	})
}

// A body taken apart into items holds, in each part, that item alone, and the
// place of the item leads back to where it stood.
func FuzzItems(f *testing.F) {
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(f, err)
	addBodies(f, catalog)
	f.Add([]byte(`{"statuses":[{"id":"a"},{"id":"a","status":"x"},{"id":"b"},{"status":"y"}]}`))
	f.Add([]byte(`{"entry":[{"changes":[{"value":{"statuses":[1,2],"messages":[3]}},{"value":{}}]},{"changes":[{"value":{"messages":[4]}}]}]}`))
	f.Add([]byte(`{"a/b":{"~":[[1],[2]]},"statuses":[[1],[2]]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		root, _, err := document.JSON(body, document.BodyLimits())
		if err != nil {
			return
		}
		for _, p := range catalog.Providers {
			items := findItems(p.items, &root)
			if len(items) > 20 {
				continue
			}
			for _, target := range items {
				one := newItemSet(&root, items).isolate(target)
				if len(items) == 1 {
					require.Equal(t, root, *one.body)
					continue
				}
				require.True(t, root.At(target).Equal(one.body.At(one.path)), "the item is the same")
				require.Equal(t, target, one.original(one.path), "and leads back to where it stood")
				again := findItems(p.items, one.body)
				require.Equal(t, [][]string{one.path}, again, "it is the only one")
			}
		}
	})
}
