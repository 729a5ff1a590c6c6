package callspec

import (
	"cmp"
	"maps"
	"slices"
)

// Instead is a response that replaces the operation's: with the given body, or with the operation's
// own body for this status, if it has one.
func (c *Call) Instead(status int, header [][2]string, body []byte) *Reply {
	reply := &Reply{Status: status, call: c, response: &response{status: status, contentType: jsonType}}
	if body != nil {
		reply.response.body = literal(body)
	} else if fallback := c.Operation.under(status); fallback != nil {
		reply = c.replyOf(fallback, cmp.Or(c.Problem, "the request was rejected"))
	}
	reply.Header = append(append([][2]string{}, reply.Header...), header...)
	return reply
}

// under is the operation's response with a status; nil without one.
func (a *Operation) under(status int) *response {
	for _, l := range a.errors {
		if l.Response.status == status {
			return l.Response
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(a.failures)) {
		if a.failures[reason].status == status {
			return a.failures[reason]
		}
	}
	if a.response != nil && a.response.status == status {
		return a.response
	}
	return nil
}
