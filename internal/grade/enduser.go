package grade

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/mock"
)

// An endUser is by what the calls about one end user are found: a phone number, a user
// id or both, by the name of the value.
type endUser map[string]string

// isOf reports whether a call is about the end user.
func (u endUser) isOf(c *Call) bool {
	return slices.ContainsFunc(mock.Recipients(), func(name string) bool {
		text := strings.TrimPrefix(c.Values[name], "+")
		return text != "" && text == strings.TrimPrefix(u[name], "+")
	})
}

// keys are the texts by which the end user is known; what is not known has none.
func (u endUser) keys() []string {
	var all []string
	for _, name := range mock.Recipients() {
		if text := u[name]; text != "" {
			all = append(all, text)
		}
	}
	return all
}
