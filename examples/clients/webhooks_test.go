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

// An observation is what a library did otherwise than it was meant. The symptom has {}
// for what it did it to; the subject is that, or "".
type observation struct{ symptom, subject string }

// A documented body is an example of an event type of Gupshup's version 3.
type documented struct {
	event, name string
	body        []byte
}

func allDocumented(t *testing.T, route *schemas.Route) (all []documented) {
	t.Helper()
	for _, kind := range route.Types() {
		event, own := strings.CutPrefix(kind.Name, "gupshup/v3/")
		if !own {
			continue // billing comes in the form of version 2
		}
		examples, err := kind.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			all = append(all, documented{event, e.Name, e.Body})
		}
	}
	return all
}

// observeDocumented sends every documented body and looks for its values in what the
// library told.
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
			note(fmt.Sprintf("answers %d to {}: `%s`", status, views[i].Refused))
		case views[i].Refused != "":
			note(fmt.Sprintf("answers %d to {}, and tells nothing: `%s`", status, views[i].Refused))
		default:
			if l.name == secreto {
				require.JSONEq(t, string(e.body), string(views[i].Raw), "the library gives the whole body beside what it tells")
			}
			for _, place := range lost(t, e.body, views[i].Told) {
				note("loses `" + place + "` of {}")
			}
		}
	}
	return all
}

// lost lists the places of a body whose values are not in what was told. Texts may
// have moved under another key. What only says which webhook it is does not count.
func lost(t *testing.T, body, told []byte) (places []string) {
	t.Helper()
	there := map[string]bool{}
	leaves(t, told, func(_, leaf string) { there[leaf] = true })
	leaves(t, body, func(place, leaf string) {
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

// leaves visits the values of a body that hold no others, by the keys that lead there,
// and spelt so that they can be compared.
func leaves(t *testing.T, body []byte, visit func(place, leaf string)) {
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

// batched is a body of four happenings. The first has the key without which one of the
// libraries reads nothing.
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
	told := string(views[0].Told)
	var missing []string
	for item, value := range map[string]string{"status": `"sent"`, "second status": `"delivered"`, "message": "Where is my order?", "second message": "Are you there?"} {
		if !strings.Contains(told, value) {
			missing = append(missing, item)
		}
	}
	if missing == nil {
		return nil
	}
	slices.Sort(missing)
	return []observation{{symptom: "loses, of two statuses and two messages in one body, the " + strings.Join(missing, ", the ")}}
}
