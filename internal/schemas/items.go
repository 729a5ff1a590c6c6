package schemas

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
)

// An itemRule says where the items of a body are.
type itemRule struct {
	document.Remarks
	Path itemPath `key:"path,required"`
	// Skip holds the only keys of an element that is not an item.
	Skip []string `key:"skip"`
}

// An itemPath is written as "/entry/*/value/{statuses,messages}/*".
type itemPath struct {
	text  string
	steps []itemStep
}

func (p *itemPath) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if !d.Decode(n, &p.text) {
		return
	}
	var err error
	if p.steps, err = parseItemPath(p.text); err != nil {
		d.Errorf(n, "%v", err)
	}
}

// itemsKey identifies a provider's rules for items.
func (p *Provider) itemsKey() string {
	var b strings.Builder
	for _, r := range p.items {
		fmt.Fprintf(&b, "%s %q\n", r.Path.text, r.Skip)
	}
	return b.String()
}

// An itemStep is "*", any element of an array, or one of several keys.
type itemStep struct {
	each bool
	keys []string
}

// parseItemPath reads "/entry/*/value/{statuses,messages}/*".
func parseItemPath(text string) ([]itemStep, error) {
	if text == "" || !document.IsPointer(text) {
		return nil, fmt.Errorf("a path of items begins with a slash, such as /statuses/*")
	}
	var steps []itemStep
	for _, token := range document.Tokens(text) {
		inner, opens := strings.CutPrefix(token, "{")
		inner, closes := strings.CutSuffix(inner, "}")
		switch {
		case token == "*":
			steps = append(steps, itemStep{each: true})
		case opens && closes:
			steps = append(steps, itemStep{keys: strings.Split(inner, ",")})
		case token == "" || strings.ContainsAny(token, "*{}"):
			return nil, fmt.Errorf("%q is no step of a path: write a key, * or {a,b}", token)
		default:
			steps = append(steps, itemStep{keys: []string{token}})
		}
	}
	return steps, nil
}

// mostItems bounds the items of one body; no provider is known to send more
// than a hundred. A body with more is not judged.
const maxItems = 1000

// note returns the paths of the items that the rule sees in a body, and stops
// after one more than mostItems.
func (r *itemRule) find(body *document.Node) [][]string {
	var found [][]string
	var descend func(n *document.Node, steps []itemStep, path []string)
	descend = func(n *document.Node, steps []itemStep, path []string) {
		switch {
		case n == nil || len(found) > maxItems:
		case len(steps) == 0:
			if !r.skips(n) {
				found = append(found, slices.Clone(path))
			}
		case steps[0].each:
			for i := range n.Items {
				descend(&n.Items[i], steps[1:], append(path, strconv.Itoa(i)))
			}
		default:
			for _, key := range steps[0].keys {
				descend(n.Get(key), steps[1:], append(path, key))
			}
		}
	}
	descend(body, r.Path.steps, nil)
	return found
}

func (r *itemRule) skips(n *document.Node) bool {
	return len(r.Skip) > 0 && n.Kind == document.Object && len(n.Members) > 0 &&
		!slices.ContainsFunc(n.Members, func(m document.Member) bool { return !slices.Contains(r.Skip, m.Key) })
}

// findItems returns the paths of a body's items by the provider's rules, in
// the order of the body. A place that holds items of an earlier rule is no
// item itself. A body in which the rules see nothing is one item: nil.
func findItems(rules []itemRule, body *document.Node) [][]string {
	var all [][]string
	holds := map[string]bool{} // the places around items of earlier rules
	for i := range rules {
		var found [][]string
		for _, path := range rules[i].find(body) {
			if !holds[document.Pointer(path...)] {
				found = append(found, path)
			}
		}
		for _, path := range found {
			for n := range path {
				holds[document.Pointer(path[:n]...)] = true
			}
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b []string) int { return body.At(a).Start - body.At(b).Start })
	return all
}

// Items returns the paths of a body's items by the provider's rules, in the
// order of the body; none if the body is the item.
func (p *Provider) Items(body *document.Node) [][]string { return findItems(p.items, body) }

// An isolated body holds one item of a body that may have had more.
type isolated struct {
	body document.Node
	// indexes gives, for each array on the way to the item, by the length of
	// its path, where its elements stood in the whole body.
	indexes map[int][]int
	// path is the item's path in the isolated body.
	path []string
}

// isolate returns the body with one item alone. Its siblings that are no items
// stay; other items go, and with them every place that held nothing else.
func isolate(body *document.Node, items [][]string, target []string) isolated {
	result := isolated{body: *body}
	if len(items) < 2 {
		return result
	}
	result.indexes = map[int][]int{}
	result.body = result.only(body, items, target)
	return result
}

func (r *isolated) only(n *document.Node, items [][]string, rest []string) document.Node {
	if len(rest) == 0 {
		return *n
	}
	below := map[string][][]string{}
	for _, path := range items {
		if len(path) > 0 {
			below[path[0]] = append(below[path[0]], path[1:])
		}
	}
	depth, token, kept := len(r.path), rest[0], *n
	kept.Items, kept.Members = nil, nil
	for i := range n.Items {
		name := strconv.Itoa(i)
		if len(below[name]) > 0 && name != token {
			continue
		}
		r.indexes[depth] = append(r.indexes[depth], i)
		if name == token {
			r.path = append(r.path, strconv.Itoa(len(kept.Items)))
			kept.Items = append(kept.Items, r.only(&n.Items[i], below[name], rest[1:]))
		} else {
			kept.Items = append(kept.Items, n.Items[i])
		}
	}
	for _, m := range n.Members {
		if m.Key == token {
			if len(r.path) == depth {
				r.path = append(r.path, token)
				m.Value = r.only(&m.Value, below[token], rest[1:])
			}
		} else if len(below[m.Key]) > 0 {
			continue
		}
		kept.Members = append(kept.Members, m)
	}
	return kept
}

// original turns the path of a place in the isolated body into its path in
// the whole body.
func (r *isolated) original(path []string) []string {
	mapped := slices.Clone(path)
	for depth, indexes := range r.indexes {
		if depth >= len(path) || !slices.Equal(path[:depth], r.path[:depth]) {
			continue
		}
		if i, ok := document.Index(path[depth]); ok && i < len(indexes) {
			mapped[depth] = strconv.Itoa(indexes[i])
		}
	}
	return mapped
}
