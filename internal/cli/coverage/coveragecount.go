package coverage

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/pipeline"
	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/webhook"
)

// A counting adds the contents of files to a coverage.
type counting struct {
	catalog *schemas.Catalog
	all     *coverage.Coverage
	// shown are the routes of which something was shown, accepted or not.
	shown map[coverage.Direction]map[string]bool
	// unread are why files of folders were not counted.
	unread []error
}

func (k *counting) note(d coverage.Direction, route string) {
	if k.shown[d] == nil {
		k.shown[d] = map[string]bool{}
	}
	k.shown[d][route] = true
}

// tapes counts what a consumer accepted: what was sent as the provider would send it
// and accepted in the end by its contract.
func (k *counting) tapes(paths []string) error {
	for _, path := range paths {
		for d, err := range cli.ReadTape(path) {
			if err != nil {
				return err
			}
			if err := k.delivery(d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *counting) delivery(d webhook.Delivery) error {
	if sent := (engine.Result{Delivery: d}); sent.Faulty() || len(d.Attempts) == 0 {
		return nil
	}
	route, err := k.catalog.Route(d.Event.Route)
	if err != nil {
		return nil //nolint:nilerr // deliveries of unknown routes do not count
	}
	k.note(coverage.Accepted, route.Name)
	c := route.Contract
	contract := contract.Schedule{Success: c.Success, TimeAllowed: c.TimeAllowed, EmptyBody: c.EmptyBody}
	if ok, _ := contract.Accepted(d.Attempts[len(d.Attempts)-1]); !ok {
		return nil
	}
	scope := schemas.Scope{Route: route.Name} // of a batch, the items may be of several types
	validator, err := k.catalog.Validator(scope)
	if err != nil {
		return err
	}
	items := validator.Body(d.Event.Body, d.Event.At)
	if len(items) == 1 && items[0].Verdict.Type == "" && k.catalog.HasType(d.Event.Type) { // it looks like its namesake
		if validator, err = k.catalog.Validator(schemas.Scope{Type: d.Event.Type}); err != nil {
			return err
		}
		items = validator.Body(d.Event.Body, d.Event.At)
	}
	_, err = k.all.Add(coverage.Accepted, route.Name, d.Event.Body, items)
	return err
}

// captures counts what was seen, as far as it is known.
func (k *counting) captures(ctx context.Context, s cli.Streams, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	validator, err := k.catalog.Validator(schemas.Scope{})
	if err != nil {
		return err
	}
	progress := cli.NewProgress(s.Err, paths)
	defer progress.Clear()
	bodies := capture.Read(paths, capture.Options{
		Open:  func(path string) (io.ReadCloser, error) { return cli.OpenInterruptible(ctx, path) },
		Limit: document.BodyLimits().Bytes, IsBody: validator.Recognizes, Progress: progress.Read,
	})
	counted := 0
	for b, err := range bodies {
		if unsupported, ok := errors.AsType[*capture.UnsupportedError](err); ok && unsupported.Found {
			k.unread = append(k.unread, err)
			continue
		}
		if err != nil {
			return cli.Exit(cli.ExitEnvironment, err)
		}
		items, err := pipeline.Validate(k.catalog, schemas.Scope{}, time.Time{}, b)
		if err != nil {
			return err
		}
		for _, item := range items {
			if t, err := k.catalog.Type(item.Verdict.Type); err == nil {
				for _, r := range t.Routes() {
					k.note(coverage.Seen, r.Name)
				}
			}
		}
		n, err := k.all.Add(coverage.Seen, "", b.Bytes, items)
		if err != nil {
			return err
		}
		counted += n
		progress.Validated(len(items))
	}
	if counted == 0 {
		return errors.New("count what was seen: the files have no known event")
	}
	return nil
}
