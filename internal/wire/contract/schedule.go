// Package contract describes a provider's contract for deliveries: which responses it accepts and
// when it retries ([Schedule], [Profile]), and how it checks an endpoint before its first use
// ([Handshake]). Everything here is pure; package delivery sends the requests.
package contract

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/webhook"
)

// A Schedule describes which responses a provider accepts, and when it retries. The zero Schedule
// accepts 2xx and never retries.
type Schedule struct {
	// Attempts limits the attempts, the first included; 0 means one more than Delays, or as many
	// as the Limit allows if there is one.
	Attempts int `key:"attempts" max:"1000"`
	// Delays are between the attempts, from the end of one to the start of the next; the last one
	// repeats. The default is 10 s.
	Delays []time.Duration `key:"delays"`
	// Limit is the time after the first attempt in which others can start; 0 is no limit.
	Limit time.Duration `key:"limit"`
	// Success are the accepted status codes, for example "200" or "2xx"; the default is 2xx.
	Success StatusCodes `key:"success"`
	// Stop are status codes after which there are no more attempts.
	Stop StatusCodes `key:"stop"`
	// TimeAllowed limits the time of a response; 0 is no limit.
	TimeAllowed time.Duration `key:"time_allowed"`
	// EmptyBody requires a response with an empty body. A body is a warning; if the schedule is
	// Strict, the provider rejects the response.
	EmptyBody bool `key:"empty_body"`
	Strict    bool
	// Jitter changes each delay by up to this many thousandths in both directions.
	Jitter int `key:"jitter" max:"1000"`
	// SlowDown is the minimum delay after a timeout or a 429; 0 is none.
	SlowDown time.Duration `key:"slow_down"`
	// RetryAfter is the maximum factor by which Retry-After lengthens a delay; it never shortens
	// one. With 0 the header is ignored.
	RetryAfter int `key:"retry_after" max:"1000"`
}

const (
	assumedDelay = 10 * time.Second
	// tooManyRequests is the status of RFC 6585. Package net/http, which defines it, is too large
	// for users who only validate.
	tooManyRequests = 429
)

// Accepted reports whether the provider accepts the response, and if not, why.
func (s Schedule) Accepted(a webhook.Attempt) (ok bool, reason string) {
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
		return false, fmt.Sprintf("response took %s; want at most %s", a.Timing.Total.Round(time.Millisecond), s.TimeAllowed)
	case s.EmptyBody && s.Strict && len(a.ResponseBody) > 0:
		return false, hasBody
	}
	return true, ""
}

// Warning returns what the provider's documentation requires and an accepted response lacks, or
// "".
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

// Next returns the time of the next attempt, if there is one. The same attempts and seed give the
// same time. There is no retry after a canceled attempt, a denied address or an invalid request.
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

// delay returns the delay after some attempts.
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

// Jittered changes a delay evenly by up to some thousandths in both directions: random 0 gives
// the shortest, the maximum the longest.
func Jittered(d time.Duration, thousandths int, random uint64) time.Duration {
	spread := uint64(d) / 1000 * uint64(thousandths)
	within, _ := bits.Mul64(2*spread+1, random)
	return d - time.Duration(spread) + time.Duration(within)
}

var seconds = regexp.MustCompile(`^[0-9]{1,20}(\.[0-9]{1,20})?([eE]\+?[0-9]{1,3})?$`)

// RetryAfter reads the value of a Retry-After header: seconds, also as a decimal number, or a
// date, which it converts to the time from now. A past date is 0.
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
