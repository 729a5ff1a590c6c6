package clients_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// An observation is a different behavior of a library than intended. The symptom has {} for its
// subject, which is "" if there is none.
type observation struct{ symptom, subject string }

// A documented is an example of an event type of Gupshup's version 3.
type documented struct {
	event, name string
	body        []byte
}

func allDocumented(t *testing.T, route *schemas.Route) (all []documented) {
	t.Helper()
	for _, kind := range route.Types() {
		event, own := strings.CutPrefix(kind.Name, "gupshup/v3/")
		if !own {
			continue // a billing event may have the format of version 2
		}
		examples, err := kind.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			all = append(all, documented{event, e.Name, e.Body})
		}
	}
	return all
}

// observeDocumented sends every documented body and looks for its values in what the library
// passed on.
func observeDocumented(t *testing.T, l library) (all []observation) {
	t.Helper()
	url := l.start(t)
	route := v3(t)
	examples := allDocumented(t, route)
	var sendings []sending
	for _, e := range examples {
		sendings = append(sendings, sending{body: e.body})
	}
	results := deliver(t, route, engine.TargetOptions{URL: url + "/webhooks"}, sendings...)
	views := state(t, url)
	require.Len(t, views, len(examples))
	for i, e := range examples {
		note := func(symptom string) { all = append(all, observation{symptom, e.event + "/" + e.name}) }
		switch status := results[i].Attempts[0].Status; {
		case !results[i].Accepted:
			note(fmt.Sprintf("responds with %d to {}: `%s`", status, views[i].Rejected))
		case views[i].Rejected != "":
			note(fmt.Sprintf("responds with %d to {}, and passes nothing on: `%s`", status, views[i].Rejected))
		default:
			if l.name == secreto {
				require.JSONEq(t, string(e.body), string(views[i].Raw), "the library passes the whole body too")
			}
			for _, place := range lost(t, e.body, views[i].Result) {
				note("loses `" + place + "` of {}")
			}
		}
	}
	return all
}

// lost lists the JSON Pointers of a body whose values the library didn't pass on. A string can be
// under another key. Values that only identify the kind of webhook don't count.
func lost(t *testing.T, body, result []byte) (places []string) {
	t.Helper()
	there := map[string]bool{}
	scalars(t, result, func(_, leaf string) { there[leaf] = true })
	scalars(t, body, func(place, leaf string) {
		place = strings.TrimPrefix(place, "/entry/changes/value")
		switch place {
		case "/object", "/entry/changes/field", "/messaging_product":
			return
		}
		if !there[leaf] && !slices.Contains(places, place) {
			places = append(places, place)
		}
	})
	return places
}

// scalars visits the scalar values of a body by JSON Pointer, in a comparable format.
func scalars(t *testing.T, body []byte, visit func(place, leaf string)) {
	t.Helper()
	var root any
	require.NoError(t, json.Unmarshal(body, &root))
	var walk func(place, key string, value any)
	walk = func(place, key string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for k, v := range value {
				walk(place+"/"+k, k, v)
			}
		case []any:
			for _, v := range value {
				walk(place, key, v)
			}
		case string:
			visit(place, value)
		default:
			visit(place, fmt.Sprint(strings.ToLower(strings.ReplaceAll(key, "_", "")), "=", value))
		}
	}
	walk("", "", root)
}

// batched is a body of four items. The first has the key that one of the libraries requires.
const batched = `
name: batch
provider: gupshup
steps:
  - batch:
      - {send: message.sent, set: {/entry/0/changes/0/value/metadata/phone_number_id: "118264093750217"}}
      - {send: message.delivered}
      - {send: inbound.text, message: first, with: {message.text: Where is my order?}}
      - {send: inbound.text, message: second, with: {message.text: Are you there?}}
`

func observeBatch(t *testing.T, l library) []observation {
	t.Helper()
	url := l.start(t)
	contracttest.Test(t, nil, batched, contracttest.To(url+"/webhooks"), contracttest.Route("gupshup/v3"))
	views := state(t, url)
	require.Len(t, views, 1)
	result := string(views[0].Result)
	var missing []string
	for item, value := range map[string]string{"status": `"sent"`, "second status": `"delivered"`, "message": "Where is my order?", "second message": "Are you there?"} {
		if !strings.Contains(result, value) {
			missing = append(missing, item)
		}
	}
	if missing == nil {
		return nil
	}
	slices.Sort(missing)
	return []observation{{symptom: "loses, of two statuses and two messages in one body, the " + strings.Join(missing, ", the ")}}
}
