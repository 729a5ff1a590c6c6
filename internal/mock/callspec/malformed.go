package callspec

import (
	"slices"
	"strconv"
)

// Malformed is the response to a call that can't be read, for example because its body is incomplete:
// the status, and the reason in the shape of the operation's error response, or in plain text
// without one. A status in the body becomes this status, too.
func (c *Call) Malformed(status int, header [][2]string, reason string) *Reply {
	shape := response{contentType: textType, plain: true, body: literal(reason)}
	if known := c.Operation.errorShape(); known != nil {
		known = known.chosen(c.scene)
		shape = *known
		shape.body = replaceLiteral(known.body, strconv.Itoa(known.status), strconv.Itoa(status))
	}
	shape.status = status
	shape.header = slices.Concat(shape.header, header)
	return c.replyOf(&shape, reason)
}

// errorShape is what the Operation responds to an invalid request; nil if its data has none.
func (a *Operation) errorShape() *response {
	for _, l := range a.errors {
		if l.When.word == requestInvalid {
			return l.Response
		}
	}
	return nil
}

// replaceLiteral is a node with each literal from replaced by to.
func replaceLiteral(p node, from, to string) node {
	switch p := p.(type) {
	case literal:
		if string(p) == from {
			return literal(to)
		}
	case object:
		all := make(object, len(p))
		for i, m := range p {
			all[i] = member{m.key, replaceLiteral(m.value, from, to)}
		}
		return all
	case array:
		all := make(array, len(p))
		for i, one := range p {
			all[i] = replaceLiteral(one, from, to)
		}
		return all
	}
	return p
}
