package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// validateMemory is what ringback validate may take at most, in MiB, whatever its input.
const validateMemory = 64

// nodeReference does in Node.js what reference-validate does in Go.
//
//go:embed reference.cjs
var nodeReference string

// validateWorks compare ringback validate with loops of JSON Schema libraries, which know the type
// of each body. Those in process compare the validators alone, without reading and printing.
func (b *bench) validateWorks() []work {
	loop := func(input string) program {
		return b.own("reference-validate", b.input(input+".ndjson"), b.input(input+".types"), b.input("schemas"))
	}
	all := []work{
		b.validateWork("validate, known type", "known", loop("known"), "--type", knownType),
		b.validateWork("validate, among all types", "mixed", loop("mixed")),
		b.testingWork("validator alone, known type", testingBenchmark{"internal/schemas", "Validate/known-type", "v5", "cpu-ns/body", false}),
		b.testingWork("validator alone, all types", testingBenchmark{"internal/schemas", "Validate/among-all/all", "v5", "cpu-ns/body", false}),
	}
	all[1].memory, all[1].limit = "validate, peak memory", validateMemory
	for _, library := range []string{"ajv", "schemasafe"} {
		name := "validate, against " + library
		node, why := b.node(library)
		if why != "" {
			all = append(all, work{name: name, skipped: why})
			continue
		}
		all = append(all, b.validateWork(name, "mixed", node))
	}
	return all
}

func (b *bench) input(name string) string { return filepath.Join(b.folder, name) }

func (b *bench) validateWork(name, input string, reference program, flags ...string) work {
	path := b.input(input + ".ndjson")
	ours := b.command(append(append([]string{"validate"}, flags...), path)...)
	return work{name: name, unit: "µs", once: func(ctx context.Context) (measured, error) {
		bodies, err := lines(path)
		if err != nil {
			return measured{}, err
		}
		return both(ctx, microseconds/float64(bodies), ours.run, reference.run)
	}}
}

// lines counts the lines of a file without holding it: see costOf.
func lines(path string) (n int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	buffer := make([]byte, 64<<10)
	for {
		size, err := file.Read(buffer)
		n += bytes.Count(buffer[:size], []byte{'\n'})
		if size == 0 {
			if n == 0 {
				return 0, fmt.Errorf("count the bodies of %s: %w", path, err)
			}
			return n, nil
		}
	}
}

// node is the loop in Node.js with a library of the folder in BENCH_NODE_MODULES.
func (b *bench) node(library string) (p program, skipped string) {
	modules := os.Getenv("BENCH_NODE_MODULES")
	if modules == "" {
		return p, "BENCH_NODE_MODULES isn't set to a node_modules folder"
	}
	path, why := find("node")
	if why != "" {
		return p, why
	}
	module := map[string]string{"ajv": "ajv", "schemasafe": "@exodus/schemasafe"}[library]
	folder := filepath.Join(modules, filepath.FromSlash(module))
	if _, err := os.Stat(folder); err != nil {
		return p, folder + " doesn't exist"
	}
	args := []string{"-", library, folder, b.input("mixed.ndjson"), b.input("mixed.types"), b.input("schemas")}
	return program{path: path, args: args, dir: b.folder, input: strings.TrimSpace(nodeReference)}, ""
}
