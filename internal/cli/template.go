package cli

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/request"
)

// TemplateFlag adds the flag for a request that the customer composes.
func TemplateFlag(flags *pflag.FlagSet, path *string) {
	flags.StringVar(path, "request-template", "", "the requests are composed as in this `FILE`; docs/requests.md describes it")
}

// RequestTemplate reads the file of the flag; nil without one.
func RequestTemplate(catalog *schemas.Catalog, path string) (*request.Template, error) {
	if path == "" {
		return nil, nil
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, Exit(ExitEnvironment, fmt.Errorf("read --request-template %s: %w", path, Cause(err)))
	}
	file, err := document.ReadYAML(path, source)
	if err != nil {
		return nil, err
	}
	return request.ReadTemplate(file, func(name string) (request.Variables, func([][]string) error, error) {
		t, err := catalog.Type(name)
		if err != nil {
			return nil, nil, err
		}
		return t.URLVariables(), t.CheckVariables, nil
	})
}
