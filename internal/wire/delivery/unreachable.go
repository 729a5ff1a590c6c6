package delivery

import "github.com/ringback-dev/ringback/webhook"

// IsUnreachable reports whether an attempt didn't reach the consumer, so that no request was
// sent.
func IsUnreachable(a webhook.Attempt) bool {
	switch a.Failure {
	case webhook.FailureDenied, webhook.FailureDNS, webhook.FailureUnreachable, webhook.FailureTLS:
		return true
	case webhook.FailureTimeout: // before there was a connection
		return a.Timing.Dial > 0 && a.Timing.Dial == a.Timing.Total
	}
	return false
}
