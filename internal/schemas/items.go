package schemas

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// An itemRule locates the items of a body.
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
		return nil, fmt.Errorf("path must start with a slash (for example /statuses/*)")
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
			return nil, fmt.Errorf("%q is not a step of a path: write a key, * or {a,b}", token)
		default:
			steps = append(steps, itemStep{keys: []string{token}})
		}
	}
	return steps, nil
}

// maxItems limits the items of one body; no provider is known to send more than a hundred. A body
// with more is inconclusive.
const maxItems = 1000

// find returns the paths of the items that the rule finds in a body, and stops after one more than
// maxItems.
func (r *itemRule) find(body *document.Node) [][]string {
	f := itemFinder{rule: r}
	var path [usualDepth]string
	f.descend(body, r.Path.steps, path[:0])
	return f.found
}

// usualDepth is how long most paths of items are at most.
const usualDepth = 12

// An itemFinder collects the paths of the items of a rule.
type itemFinder struct {
	rule  *itemRule
	found [][]string
}

func (f *itemFinder) descend(n *document.Node, steps []itemStep, path []string) {
	switch {
	case n == nil || len(f.found) > maxItems:
	case len(steps) == 0:
		if !f.rule.skips(n) {
			f.found = append(f.found, slices.Clone(path))
		}
	case steps[0].each:
		for i := range n.Items {
			f.descend(&n.Items[i], steps[1:], append(path, strconv.Itoa(i)))
		}
	default:
		for _, key := range steps[0].keys {
			f.descend(n.Get(key), steps[1:], append(path, key))
		}
	}
}

func (r *itemRule) skips(n *document.Node) bool {
	return len(r.Skip) > 0 && n.Kind == document.Object && len(n.Members) > 0 &&
		!slices.ContainsFunc(n.Members, func(m document.Member) bool { return !slices.Contains(r.Skip, m.Key) })
}

// findItems returns the paths of a body's items by the provider's rules, in the order of the body.
// A value that contains items of an earlier rule is not an item. It returns nil for a body without
// items: then the body is the item.
func findItems(rules []itemRule, body *document.Node) [][]string {
	var all [][]string
	var around map[*document.Node]bool // values that contain items of earlier rules
	for i := range rules {
		found := rules[i].find(body)
		if len(all) > 0 {
			found = slices.DeleteFunc(found, func(path []string) bool { return around[body.At(path)] })
		}
		all = append(all, found...)
		if len(found) == 0 || i+1 == len(rules) {
			continue
		}
		if around == nil {
			around = map[*document.Node]bool{}
		}
		for _, path := range found {
			addAround(around, body, path[:len(path)-1])
		}
	}
	if len(all) > 1 {
		slices.SortStableFunc(all, func(a, b []string) int { return body.At(a).Start - body.At(b).Start })
	}
	return all
}

// addAround adds the values on a path, without those already added.
func addAround(around map[*document.Node]bool, body *document.Node, path []string) {
	around[body] = true
	for n, i := body, 0; i < len(path); i++ {
		if n = n.At(path[i : i+1]); n == nil {
			return
		}
		around[n] = true
	}
}

// Items returns the paths of a body's items by the provider's rules, in the order of the body; nil
// if the body is the item.
func (p *Provider) Items(body *document.Node) [][]string { return findItems(p.items, body) }
