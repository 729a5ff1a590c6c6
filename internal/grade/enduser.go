package grade

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/mock"
)

// An endUser has the values that identify an end user in calls: a phone number, a user ID or both,
// by the name of the value.
type endUser map[string]string

// isOf reports whether a call is about the end user.
func (u endUser) isOf(c *Call) bool {
	return slices.ContainsFunc(mock.Recipients(), func(name string) bool {
		text := strings.TrimPrefix(c.Values[name], "+")
		return text != "" && text == strings.TrimPrefix(u[name], "+")
	})
}

// keys are the end user's known identifiers.
func (u endUser) keys() []string {
	var all []string
	for _, name := range mock.Recipients() {
		if text := u[name]; text != "" {
			all = append(all, text)
		}
	}
	return all
}
