package callspec

import (
	"maps"
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// Refusals are all answers to calls that are refused.
func (c *Call) Rejections() []*Reply {
	var all []*Reply
	for _, l := range c.Operation.errors {
		all = append(all, c.replyOf(l.Response, "/to: expected a text"))
	}
	return all
}

// Failures are the reasons for which the data has an answer.
func (a *Operation) Failures() []string { return slices.Sorted(maps.Keys(a.failures)) }

// Starts counts the lines of plays.
func (a *Operation) Plays() int { return len(a.starts) }

// Chosen is the operation that a call to this one is of.
func (a *Operation) Chosen(r Request) *Operation { return a.Read(r, nil).Operation }

// Asks reports whether the call needs a key.
func (a *Operation) Asks() bool { return a.auth.asks() }

// Body reports whether the call is held to a schema.
func (a *Operation) Body() bool { return a.checker != nil }

// InOrder are the words and facts of the refusals, in their order.
func (a *Operation) InOrder() []string {
	var all []string
	for _, l := range a.errors {
		word := l.When.word
		for _, c := range l.When.conditions {
			word += c.name
		}
		all = append(all, word)
	}
	return all
}

// Words are all words of the closed lists.
func Words() []string {
	all := slices.Concat(commands(), failures(), facts(), whenNames(), codecs(), []string{"none", "bearer", "raw-authorization", "header", "query", "any"}, elements(), document.Keys(declaredDirective{}), lists(), document.Keys(document.Remarks{}), methods())
	return append(all, otherFailure, none, allRoutes, routeName)
}
