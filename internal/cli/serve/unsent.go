package serve

import (
	"fmt"
	"strconv"

	"github.com/ringback-dev/ringback/server"
)

// unsentText is a line about what a server did not send; "" if there is nothing.
func unsentText(u server.Unsent) string {
	if u.Events == 0 {
		return ""
	}
	text, verb := counted(u.Events, "event"), "were"
	if u.Runs > 0 {
		text += " of " + counted(u.Runs, "run")
	}
	if u.Events == 1 {
		verb = "was"
	}
	if u.AtLeast {
		text = "at least " + text
	}
	return fmt.Sprintf("ringback: stopped: %s %s not sent\n", text, verb)
}

// counted is a number with its noun: "1,234 events".
func counted(n int, noun string) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n != 1 {
		noun += "s"
	}
	return digits + " " + noun
}
