package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/internal/wire/signature"
	"github.com/ringback-dev/ringback/webhook"
)

// EndpointOptions are the flags of the endpoint and of sending, the same for
// every command that sends.
type EndpointOptions struct {
	To, scheme, bearer, retry, ca, cert, key string
	template                                 string
	Secrets, header, allow, values           []string
	Concurrency                              int
	handshake, keepTrying, Strict            bool
	Timeout                                  time.Duration
}

func (o *EndpointOptions) Flags(c *cobra.Command) {
	o.ReachFlags(c)
	f := c.Flags()
	f.StringVar(&o.retry, "retry", "", "retry by this `PROFILE` instead of the provider's contract")
	f.IntVar(&o.Concurrency, "concurrency", 16, "make at most `N` attempts at the same time")
	f.DurationVar(&o.Timeout, "timeout", 0, "let a response take this `DURATION`, for example 5s (default: the provider's contract)")
	f.BoolVar(&o.handshake, "handshake", false, "do the provider's handshake with the endpoint first")
	f.BoolVar(&o.keepTrying, "keep-trying", false, "continue with the provider's retries at a URL that has not responded")
}

// ReachFlags adds the flags of the endpoint and of signing.
func (o *EndpointOptions) ReachFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.To, "to", "", "send to this `URL`, for example http://127.0.0.1:3000/webhooks")
	f.StringArrayVar(&o.Secrets, "secret", nil, "sign with this `SECRET`; give several to rotate them, the newest first (repeatable)")
	f.StringVar(&o.scheme, "signature", "", "sign by this `SCHEME` instead of the provider's: "+strings.Join(signature.Names(), ", "))
	f.StringVar(&o.bearer, "bearer", "", "send this `TOKEN` as a bearer token, where the provider sends one")
	f.StringArrayVar(&o.header, "header", nil, "add this header, `NAME: VALUE` (repeatable)")
	f.StringArrayVar(&o.allow, "allow", nil, "allow addresses: local, public, a network or a `HOST` (default: local) (repeatable)")
	f.StringVar(&o.ca, "ca", "", "trust the certificates in this `FILE` instead of the system's")
	f.StringVar(&o.cert, "cert", "", "use the client certificate in this `FILE`")
	f.StringVar(&o.key, "key", "", "use the key of the client certificate in this `FILE`")
	f.StringArrayVar(&o.values, "handshake-value", nil, "set a value of the handshake, `NAME=VALUE`, for example validation_key=abc (repeatable)")
	StrictFlag(f, &o.Strict)
	TemplateFlag(f, &o.template)
}

// StrictFlag adds the flag that rejects responses with a body.
func StrictFlag(f *pflag.FlagSet, strict *bool) {
	f.BoolVar(strict, "strict-responses", false, "reject a 2xx response with a body where the provider asks for an empty one, and retry")
}

// SendTarget makes the target of a command that sends: the run ends if it is not there.
func (o *EndpointOptions) SendTarget(catalog *schemas.Catalog, r *schemas.Route) (engine.Target, error) {
	if o.Timeout != 0 && (o.Timeout < time.Millisecond || o.Timeout > maxTimeout) {
		return engine.Target{}, fmt.Errorf("read --timeout: %s is not from 1ms to %s", o.Timeout, maxTimeout)
	}
	t, err := o.Target(catalog, r)
	t.MustRespond = !o.keepTrying
	if o.Timeout > 0 {
		t.Schedule.TimeAllowed = o.Timeout
	}
	return t, err
}

// maxTimeout bounds how long a response may take.
const maxTimeout = time.Hour

// Target makes the target of a route.
func (o *EndpointOptions) Target(catalog *schemas.Catalog, r *schemas.Route) (engine.Target, error) {
	if o.Concurrency < 1 || o.Concurrency > 4096 {
		return engine.Target{}, fmt.Errorf("read --concurrency: %d is not from 1 to 4096", o.Concurrency)
	}
	options := engine.TargetOptions{URL: o.To, Secrets: o.Secrets, Scheme: o.scheme, Bearer: o.bearer, Retry: o.retry, StrictResponses: o.Strict, Concurrency: o.Concurrency}
	for _, line := range o.header {
		name, value, found := strings.Cut(line, ":")
		if !found {
			return engine.Target{}, fmt.Errorf("read --header: want NAME: VALUE")
		}
		options.Header = append(options.Header, webhook.Header{Name: name, Value: strings.TrimSpace(value)})
	}
	var err error
	if options.Template, err = RequestTemplate(catalog, o.template); err != nil {
		return engine.Target{}, err
	}
	return engine.TargetOf(r, options)
}

// Client makes what dials. Close it.
func (o *EndpointOptions) Client() (*delivery.Client, error) {
	policy, err := delivery.ParsePolicy(o.allow...)
	if err != nil {
		return nil, err
	}
	config := delivery.Config{Policy: policy, IdlePerHost: o.Concurrency}
	for path, content := range map[string]*[]byte{o.ca: &config.CA, o.cert: &config.Certificate, o.key: &config.Key} {
		if path == "" {
			continue
		}
		if *content, err = os.ReadFile(path); err != nil {
			return nil, Exit(ExitEnvironment, fmt.Errorf("read %s: %w", path, Cause(err)))
		}
	}
	return delivery.New(config)
}

// TryHandshake tries the consumer's URL as the route's provider does.
func (o *EndpointOptions) TryHandshake(ctx context.Context, s Streams, h engine.Handshake, t *engine.Target, client *delivery.Client) error {
	if !o.handshake {
		return nil
	}
	var err error
	if h.Values, err = o.HandshakeValues(); err != nil {
		return err
	}
	if needed := h.Needed(); len(needed) > 0 {
		return fmt.Errorf("try the handshake of %s: it needs %s; set --handshake-value %s=…", h.Route.Name, strings.Join(needed, ", "), needed[0])
	}
	result, err := h.Handshake(ctx, t, client)
	last := webhook.Attempt{}
	if n := len(result.Attempts); n > 0 {
		last = result.Attempts[n-1]
	}
	dead, unreached := errors.AsType[*engine.Unreachable](err)
	if !unreached && delivery.IsUnreachable(last) {
		dead, unreached = &engine.Unreachable{Attempt: last}, true
	}
	switch {
	case unreached && ctx.Err() == nil:
		return Unreachable(t.URL, dead)
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case !result.OK:
		return Exit(ExitFindings, fmt.Errorf("try the handshake of %s: %s", h.Route.Name, report.Clean(result.Cause)))
	case len(result.Attempts) == 0:
		fmt.Fprintf(s.Err, "ringback: %s has no handshake\n", h.Route.Name)
		return nil
	}
	t.MustRespond = false // it has responded
	fmt.Fprintf(s.Err, "ringback: handshake with %s succeeded\n", h.Route.Name)
	return nil
}

// HandshakeValues are those that provider and consumer have agreed on.
func (o *EndpointOptions) HandshakeValues() (map[string]string, error) {
	values := map[string]string{}
	for _, text := range o.values {
		name, value, found := strings.Cut(text, "=")
		if !found {
			return nil, fmt.Errorf("read --handshake-value: want NAME=VALUE")
		}
		values[name] = value
	}
	return values, nil
}

// Unreachable is the error of a run at an unreachable endpoint.
func Unreachable(url string, dead *engine.Unreachable) error {
	why := strings.TrimPrefix(report.Clean(dead.Error()), "send request: ")
	return Exit(ExitEnvironment, fmt.Errorf("deliver to %s: the URL has not responded in this run: %s; start the consumer, correct --to, "+
		"or set --keep-trying to continue with the provider's retries", PublicURL(url), why))
}
