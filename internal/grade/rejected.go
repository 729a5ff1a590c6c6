package grade

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ringback-dev/ringback/webhook"
)

// Rejected is the error of a consumer that rejects a webhook without faults, so it can't be
// graded.
type Rejected struct {
	// Cause describes the response, Advice what to do about it.
	Cause, Advice string
}

func (r *Rejected) Error() string {
	return fmt.Sprintf("the endpoint rejects a webhook without faults: %s; %s", r.Cause, r.Advice)
}

func (r *Rejected) Unwrap() error { return ErrRejected }

// precheck sends a webhook without faults once more if the first one was not accepted.
func (g *grader) precheck(ctx context.Context, first *Observation) error {
	if found, bad := checkResponses(first, "accepted"); !bad || found.outcome != webhook.OutcomeFailed {
		return nil
	}
	found, err := g.baselineAccepted(ctx, nil)
	if err != nil {
		return err
	}
	if found.outcome == webhook.OutcomeFailed {
		g.rejected = &found
	}
	return nil
}

// rejection is the error of a rejected grade.
func (g *grader) rejection() *Rejected {
	d := g.rejected.highlights.delivery
	if d == nil {
		return &Rejected{g.rejected.reason, "respond with 2xx"}
	}
	return &Rejected{g.provider.invented.mask(describeResponse(d.last(), d.Failure)), g.advice(d.last())}
}

// advice says what to do about the response to a webhook without faults.
func (g *grader) advice(a webhook.Attempt) string {
	switch {
	case a.Failure == webhook.FailureTimeout:
		return "respond first, and do the work afterwards"
	case a.Failure != "":
		return "read the application's logs"
	case a.Status == http.StatusNotFound, a.Status == http.StatusGone, a.Status == http.StatusMethodNotAllowed:
		return fmt.Sprintf("check the path of the URL, and that the application accepts %s", g.target.Method)
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		if g.target.Sign == nil && g.route.Contract.Signature.Signs() {
			return "the webhooks are unsigned: set the secret that the application uses"
		}
		return "check the secret, and the headers that the application requires"
	case a.Status/100 == 3:
		return "use the URL of the redirect"
	case a.Status/100 == 4:
		return fmt.Sprintf("check that the application expects webhooks of %s", g.route.Name)
	case a.Status/100 == 5:
		return "read the application's logs"
	}
	return "respond with 2xx"
}
