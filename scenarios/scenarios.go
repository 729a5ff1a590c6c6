// Package scenarios holds the scenarios that ship with Ringback, as data.
package scenarios

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml */*.yaml
var files embed.FS

// Files are the scenarios, those of one provider in a folder of its name.
func Files() fs.FS { return files }
