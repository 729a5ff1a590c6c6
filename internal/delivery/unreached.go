package delivery

import "github.com/ringback-dev/ringback/webhook"

// IsUnreachable reports whether an attempt did not reach the consumer: no connection was
// made, or none that may be used, so that no request went out.
func IsUnreachable(a webhook.Attempt) bool {
	switch a.Failure {
	case webhook.ErrorDenied, webhook.ErrorDNS, webhook.ErrorRejected, webhook.ErrorTLS:
		return true
	case webhook.ErrorTimeout: // all of it went by before there was a connection
		return a.Timing.Dial > 0 && a.Timing.Dial == a.Timing.Total
	}
	return false
}
