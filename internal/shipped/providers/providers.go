// Package providers reads the providers that ship with Ringback, once in a process.
package providers

import (
	"io/fs"
	"sync"

	"github.com/ringback-dev/ringback/internal/schemas"
	data "github.com/ringback-dev/ringback/schemas"
)

var load = sync.OnceValues(func() (*schemas.Catalog, error) { return schemas.Load(schemas.Linted(data.Files())) })

// Catalog has the shipped providers, and those of the given trees. See [schemas.Load].
func Catalog(trees ...fs.FS) (*schemas.Catalog, error) {
	if len(trees) == 0 {
		return load()
	}
	return schemas.Load(append([]fs.FS{schemas.Linted(data.Files())}, trees...)...)
}
