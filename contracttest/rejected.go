package contracttest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ringback-dev/ringback/webhook"
)

// Rejected is the error of a consumer that doesn't accept a webhook without faults, so
// that nothing else can be told of it.
type Rejected struct {
	// Why says how it responded, Advice what to do about it.
	Cause, Advice string
}

func (r *Rejected) Error() string {
	return fmt.Sprintf("the endpoint doesn't accept a webhook without faults: %s; %s", r.Cause, r.Advice)
}

// precheck tries a webhook without faults once more where the first one was not accepted.
func (g *grader) precheck(ctx context.Context, first *Observation) error {
	if found, bad := judgeResponses(first, "accepted"); !bad || found.outcome != webhook.OutcomeFailed {
		return nil
	}
	found, err := g.plainRun(ctx, nil)
	if err != nil {
		return err
	}
	if found.outcome == webhook.OutcomeFailed {
		g.rejected = &found
	}
	return nil
}

// rejection words why the consumer was tried no further.
func (g *grader) rejection() *Rejected {
	d := g.rejected.wrong.delivery
	if d == nil {
		return &Rejected{g.rejected.reason, "respond with 2xx"}
	}
	return &Rejected{g.provider.invented.mask(spokenResponse(d.last(), d.Failure)), g.advice(d.last())}
}

// advice says what to do about the response to a webhook without faults.
func (g *grader) advice(a webhook.Attempt) string {
	switch {
	case a.Failure == webhook.FailureTimeout:
		return "respond first, and do the work afterwards"
	case a.Failure != "":
		return "see what the application logs"
	case a.Status == http.StatusNotFound, a.Status == http.StatusGone, a.Status == http.StatusMethodNotAllowed:
		return fmt.Sprintf("check the path of its URL, and that it takes %s", g.target.Method)
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		if g.target.Sign == nil && g.route.Contract.Signature.Signs() {
			return "the webhooks are unsigned: give the secret that the application verifies"
		}
		return "check the secret, and the headers that the application asks for"
	case a.Status/100 == 3:
		return "use the URL to which it redirects"
	case a.Status/100 == 4:
		return fmt.Sprintf("check that the application expects webhooks of %s", g.route.Name)
	case a.Status/100 == 5:
		return "see what the application logs"
	}
	return "respond with 2xx"
}
