// Package contract holds what a provider's contract says of deliveries: which responses
// it accepts and when it retries ([Schedule], [Profile]), and how it checks a URL before it
// uses it ([Handshake]). Everything here is pure; package delivery does it.
package contract

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/webhook"
)

// A Schedule says which answers a provider accepts, and when it tries again
// after another. The zero Schedule accepts 2xx and tries once.
type Schedule struct {
	// Attempts is how many there are at most, the first included; 0 means as many
	// as there are Delays and one, or as fit into the Limit if there is one.
	Attempts int `key:"attempts" max:"1000"`
	// Delays stand between the attempts, from the end of one to the start of the
	// next; the last one is repeated. Without any, 10 s is assumed.
	Delays []time.Duration `key:"delays"`
	// Limit is the time from the first attempt after which none begins; 0 is none.
	Limit time.Duration `key:"limit"`
	// Success are the accepted status codes, such as "200" or "2xx"; none means 2xx.
	Success StatusCodes `key:"success"`
	// Stop are status codes after which no more attempts are made.
	Stop StatusCodes `key:"stop"`
	// TimeAllowed is how long an answer may take; 0 means as long as it likes.
	TimeAllowed time.Duration `key:"time_allowed"`
	// EmptyBody wants the response's body to be empty. One that isn't is a warning, and
	// not accepted only where the schedule is Strict.
	EmptyBody bool `key:"empty_body"`
	Strict    bool
	// Jitter spreads each delay by so many thousandths to both sides.
	Jitter int `key:"jitter" max:"1000"`
	// SlowDown is the least delay after a timeout or a 429; 0 is none.
	SlowDown time.Duration `key:"slow_down"`
	// RetryAfter is by how many times a Retry-After may lengthen a delay; it never
	// shortens one. With 0 the header is ignored.
	RetryAfter int `key:"retry_after" max:"1000"`
}

const (
	assumedDelay = 10 * time.Second
	// tooManyRequests is the status of RFC 6585; net/http, which has it too, is too heavy
	// for those who only validate.
	tooManyRequests = 429
)

// Accepted reports whether the provider takes the answer for a success, and
// else why not.
func (s Schedule) Accepted(a webhook.Attempt) (ok bool, why string) {
	success := s.Success
	if len(success) == 0 {
		success = []string{"2xx"}
	}
	switch {
	case a.Failure != "":
		return false, a.Error
	case !matches(success, a.Status) && a.Status/100 == 3:
		return false, fmt.Sprintf("status %d; redirects are not followed", a.Status)
	case !matches(success, a.Status):
		return false, fmt.Sprintf("status %d; want %s", a.Status, strings.Join(success, " or "))
	case s.TimeAllowed > 0 && a.Timing.Total > s.TimeAllowed:
		return false, fmt.Sprintf("answer took %s; allowed are %s", a.Timing.Total.Round(time.Millisecond), s.TimeAllowed)
	case s.EmptyBody && s.Strict && len(a.ResponseBody) > 0:
		return false, hasBody
	}
	return true, ""
}

// Warning says what the provider's documentation asks for and an accepted response
// lacks; "" if it lacks nothing.
func (s Schedule) Warning(a webhook.Attempt) string {
	if !s.EmptyBody || len(a.ResponseBody) == 0 {
		return ""
	}
	if ok, _ := s.Accepted(a); !ok {
		return ""
	}
	return hasBody
}

const hasBody = "response has a body; want it empty"

func matches(codes []string, status int) bool {
	text := strconv.Itoa(status)
	return slices.Contains(codes, text) || len(text) == 3 && slices.Contains(codes, text[:1]+"xx")
}

// Next says when to try again after these attempts, if at all. The same
// attempts and seed give the same time. What we stopped ourselves, what may not
// be dialled and what is no request is not tried again.
func (s Schedule) Next(attempts []webhook.Attempt, seed uint64) (at time.Time, again bool) {
	if len(attempts) == 0 {
		return time.Time{}, false
	}
	last := attempts[len(attempts)-1]
	if ok, _ := s.Accepted(last); ok || len(attempts) >= s.maxCount() || matches(s.Stop, last.Status) {
		return time.Time{}, false
	}
	switch last.Failure {
	case webhook.FailureCanceled, webhook.FailureDenied, webhook.FailureRequest:
		return time.Time{}, false
	}
	end := last.At.Add(last.Timing.Total)
	source := prng.From(seed, uint64(len(attempts)))
	at = end.Add(s.delay(len(attempts), last, end, source.Uint64()))
	if s.Limit > 0 && at.Sub(attempts[0].At) > s.Limit {
		return time.Time{}, false
	}
	return at, true
}

func (s Schedule) maxCount() int {
	const endless = 1 << 30
	switch {
	case s.Attempts > 0:
		return s.Attempts
	case s.Limit > 0 && len(s.Delays) > 0:
		return endless
	}
	return len(s.Delays) + 1
}

// delay is the time to wait after so many attempts.
func (s Schedule) delay(made int, last webhook.Attempt, end time.Time, random uint64) time.Duration {
	d := assumedDelay
	if len(s.Delays) > 0 {
		d = s.Delays[min(made, len(s.Delays))-1]
	}
	if last.Failure == webhook.FailureTimeout || last.Status == tooManyRequests {
		d = max(d, s.SlowDown)
	}
	if s.RetryAfter > 0 {
		for _, f := range last.ResponseHeaders {
			if !strings.EqualFold(f.Name, "Retry-After") {
				continue
			}
			if wanted, ok := RetryAfter(f.Value, end); ok {
				return min(max(wanted, d), time.Duration(s.RetryAfter)*d)
			}
		}
	}
	return Jittered(d, s.Jitter, random)
}

// Jittered spreads a delay evenly by so many thousandths to both sides: luck 0
// gives the shortest, the greatest luck the longest.
func Jittered(d time.Duration, thousandths int, random uint64) time.Duration {
	spread := uint64(d) / 1000 * uint64(thousandths)
	within, _ := bits.Mul64(2*spread+1, random)
	return d - time.Duration(spread) + time.Duration(within)
}

var seconds = regexp.MustCompile(`^[0-9]{1,20}(\.[0-9]{1,20})?([eE]\+?[0-9]{1,3})?$`)

// RetryAfter reads the header of that name: seconds, also as a decimal number,
// or a date, of which it gives the time from now. A date gone by is 0.
func RetryAfter(text string, now time.Time) (time.Duration, bool) {
	const longest = 365 * 24 * time.Hour
	text = strings.TrimSpace(text)
	if seconds.MatchString(text) {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n >= longest.Seconds() { // out of range is too long as well
			return longest, true
		}
		return time.Duration(n * float64(time.Second)), true
	}
	for _, format := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC} { // RFC 9110, 5.6.7
		if at, err := time.Parse(format, text); err == nil {
			return min(max(0, at.Sub(now)), longest), true
		}
	}
	return 0, false
}
