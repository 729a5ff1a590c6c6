package api

import (
	"cmp"
	"maps"
	"slices"
)

// Instead is an answer that somebody wants in the place of the usual one: with
// its own body, or with what the API says under this status, if it says
// something.
func (c *Call) Instead(status int, header [][2]string, body []byte) *Reply {
	reply := &Reply{Status: status, call: c, answer: &answer{status: status, contentType: jsonType}}
	if body != nil {
		reply.answer.body = literal(body)
	} else if usual := c.API.under(status); usual != nil {
		reply = c.replyOf(usual, cmp.Or(c.Problem, "the request was refused"))
	}
	reply.Header = append(append([][2]string{}, reply.Header...), header...)
	return reply
}

// under is what the API answers with a status.
func (a *API) under(status int) *answer {
	for _, l := range a.refuse {
		if l.Reply.status == status {
			return l.Reply
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(a.failures)) {
		if a.failures[reason].status == status {
			return a.failures[reason]
		}
	}
	if a.reply != nil && a.reply.status == status {
		return a.reply
	}
	return nil
}
