// Package shipped reads the data that ships with Ringback, once in a process.
package shipped

import (
	"fmt"
	"io/fs"
	"sync"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped/providers"
	scenariodata "github.com/ringback-dev/ringback/scenarios"
)

var (
	loadLibrary = sync.OnceValues(func() (*scenarios.Library, error) { return scenarios.Load(scenariodata.Files()) })
	loadMagic   = sync.OnceValues(readMagic)
)

// Catalog has the shipped providers, and those of the given trees. See [schemas.Load].
func Catalog(trees ...fs.FS) (*schemas.Catalog, error) { return providers.Catalog(trees...) }

// Library has the shipped scenarios, and those of the given trees. See [scenarios.Load].
func Library(trees ...fs.FS) (*scenarios.Library, error) {
	if len(trees) == 0 {
		return loadLibrary()
	}
	return scenarios.Load(append([]fs.FS{scenariodata.Files()}, trees...)...)
}

// Magic is the shipped table of magic recipients.
func Magic() (*scenarios.Magic, error) { return loadMagic() }

func readMagic() (*scenarios.Magic, error) {
	library, err := Library()
	if err != nil {
		return nil, err
	}
	source, err := fs.ReadFile(scenariodata.Files(), scenarios.MagicFile)
	if err != nil {
		return nil, fmt.Errorf("load magic recipients: %w", err)
	}
	return scenarios.ReadMagic(scenarios.MagicFile, source, library)
}
