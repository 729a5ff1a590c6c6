// Package schemas holds the providers that ship with Ringback, as data.
package schemas

import (
	"embed"
	"io/fs"
)

//go:embed */*
var files embed.FS

// Files are the providers, a folder each.
func Files() fs.FS { return files }
