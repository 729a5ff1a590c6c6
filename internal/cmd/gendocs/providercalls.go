package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// callNames are the names of the calls in apis.yaml.
func (p providerPage) callNames() []string {
	return slices.DeleteFunc(entries(p.calls), func(key string) bool { return key == "modes" || key == "groups" })
}

// callsOfConsumers tells which calls the provider answers, by their groups.
func (p providerPage) callsOfConsumers() string {
	if p.calls == nil {
		return ""
	}
	fallback := at(p.calls)
	var text strings.Builder
	text.WriteString("## Calls\n\nWhat an application calls, and what it sets going: [the words](../apis.md). " + usually(fallback.source) + "\n\n")
	if note := fallback.note(); note != "" {
		text.WriteString(note + "\n\n")
	}
	for _, group := range append(entries(p.calls.Get("groups")), "") {
		var rows [][]string
		for _, name := range p.callNames() {
			if d := at(p.calls, name); textOf(d.node.Get("group")) == group {
				rows = append(rows, callRow(name, d, fallback.source))
			}
		}
		if group != "" {
			fmt.Fprintf(&text, "### Group `%s`\n\n%s", group, groupText(at(p.calls, "groups", group)))
		}
		text.WriteString(mdTable([]string{"call", "is", "key", "routes", "body", "does", "known from", "source"}, rows))
	}
	return text.String() + p.plays()
}

// groupText is what the calls of a group have in common.
func groupText(d datum) string {
	text := "Their key comes as " + keyText(d.node.Get("auth")) + "."
	if routes := d.node.Get("routes"); routes != nil {
		text += " They are about " + spelled(routes) + "."
	}
	return strings.TrimSpace(text+" "+d.note()) + "\n\n"
}

// callRow tells of one call; what it shares with its group stands above the table.
func callRow(name string, d datum, fallback string) []string {
	does := "is only answered"
	switch {
	case d.node.Get("command") != nil:
		does = spelled(d.node.Get("command"))
	case d.node.Get("starts") != nil:
		does = "sends a message"
	}
	body := d.node.Get("request").Get("codec")
	return []string{
		code(name), inLines(routeLines(d.node)...), keyText(d.node.Get("auth")), spelled(d.node.Get("routes")),
		strings.ReplaceAll(spelled(body), "`", ""), inLines(does, d.note()), evidenceOf(d), unless(fallback, d.source),
	}
}

// evidenceOf says how a call is known: from the provider's documents, from the code of clients, or not at all. Its
// response may be known less well.
func evidenceOf(d datum) string {
	var kinds []string
	if strings.Contains(d.source, "docs:") || strings.Contains(d.source, ".md") {
		kinds = append(kinds, "documented")
	}
	if strings.Contains(d.source, "consumer code") {
		kinds = append(kinds, "seen in client code")
	}
	if d.source == assumed {
		return assumed
	}
	if d.node.Get("response").Get("assumed") != nil {
		kinds = append(kinds, "response "+assumed)
	}
	return strings.Join(kinds, ", ")
}

// routeLines are the methods and paths of a call, and what may stand in its path.
func routeLines(call *document.Node) []string {
	var lines []string
	if routes := call.Get("http"); routes.Kind == document.Array {
		for _, one := range routes.Items {
			lines = append(lines, code(one.Text))
		}
	} else {
		lines = append(lines, code(routes.Text))
	}
	for _, place := range entries(call.Get("match")) {
		lines = append(lines, "if "+code(place)+" is "+spelled(call.Get("match").Get(place)))
	}
	for _, name := range entries(call.Get("path")) {
		lines = append(lines, code("{"+name+"}")+": "+spelled(call.Get("path").Get(name)))
	}
	return lines
}

// keyText says where a call carries its key.
func keyText(auth *document.Node) string {
	switch {
	case auth == nil:
		return ""
	case auth.Get("header") != nil:
		return "header " + spelled(auth.Get("header"))
	case auth.Get("query") != nil:
		return "parameter " + spelled(auth.Get("query"))
	case auth.Get("body") != nil:
		return spelled(auth.Get("body")) + " of the body"
	case auth.Get("any") != nil:
		var all []string
		for i := range auth.Get("any").Items {
			all = append(all, keyText(&auth.Get("any").Items[i]))
		}
		return strings.Join(all, " or ")
	}
	return map[string]string{"bearer": "a bearer token", "raw-authorization": "header `Authorization` without a scheme", "none": "none"}[auth.Text]
}

// plays tells what becomes of a message that is sent, by which calls.
func (p providerPage) plays() string {
	var tables []string
	callsOf := map[string][]string{}
	for _, name := range p.callNames() {
		if p.calls.Get(name).Get("starts") == nil {
			continue
		}
		table := playTable(at(p.calls, name, "starts"))
		if callsOf[table] == nil {
			tables = append(tables, table)
		}
		callsOf[table] = append(callsOf[table], name)
	}
	if tables == nil {
		return ""
	}
	var text strings.Builder
	for _, table := range tables {
		text.WriteString("Of " + codes(callsOf[table]) + ":\n\n" + table)
	}
	return "### What becomes of a message\n\nThe first line that fits decides which [scenario](../scenarios.md) is played. `{{recipient.magic}}` is the one that the last digits of the\n" +
		"recipient choose; `ringback magic` lists them.\n\n" + text.String()
}

// playTable is a table of which scenario is played when.
func playTable(list datum) string {
	var rows [][]string
	for i := range list.node.Items {
		d := at(list.node, strconv.Itoa(i))
		rows = append(rows, []string{whenText(d.node.Get("when")), spelled(d.node.Get("scenario")), spelled(d.node.Get("with")), d.note(), d.source})
	}
	return mdTable([]string{"when", "scenario", "with", "note", "source"}, rows)
}

// whenText says when a line of plays fits.
func whenText(when *document.Node) string {
	if when == nil {
		return "else"
	}
	var parts []string
	for _, key := range entries(when) {
		parts = append(parts, fmt.Sprintf("`%s` is %s", key, strings.ReplaceAll(plain(when.Get(key)), "`, `", "` or `")))
	}
	return strings.Join(parts, " and ")
}

// plain words a value as it is written.
func plain(n *document.Node) string {
	if n.Kind == document.Bool {
		return code(n.Text)
	}
	return spelled(n)
}

// textOf is the text of a node; none of none.
func textOf(n *document.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}
