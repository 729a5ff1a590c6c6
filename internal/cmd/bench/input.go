package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// knownType is the type of all bodies of the input whose type is known.
const knownType = "gupshup/v3/status.delivered"

// statusWeight is how often an example of a status is repeated for each other example, as in
// traffic: each message that is sent has several statuses, and few are replied to.
const statusWeight = 20

// An example is a body on one line, and its type.
type example struct {
	typeName string
	body     []byte
}

// writeInput writes two inputs of a size in MiB into a folder, each with the type of every body:
// mixed.ndjson and mixed.types have all shipped examples, known.ndjson and known.types those of
// one type. schemas/ has the schemas.
func writeInput(folder, mib string) error {
	size, err := strconv.ParseFloat(mib, 64)
	if err != nil {
		return err
	}
	catalog, err := shipped.Catalog()
	if err != nil {
		return err
	}
	var mixed, known []example
	for _, t := range catalog.Types() {
		examples, err := examplesOf(t)
		if err != nil {
			return err
		}
		if err := writeSchema(filepath.Join(folder, "schemas"), t); err != nil {
			return err
		}
		weight := 1
		if t.Direction() == "outbound" {
			weight = statusWeight
		}
		for range weight {
			mixed = append(mixed, examples...)
		}
		if t.Name == knownType {
			known = examples
		}
	}
	shuffle(mixed)
	bytesEach := int(size * (1 << 20))
	return errors.Join(
		writeExamples(filepath.Join(folder, "mixed"), mixed, bytesEach),
		writeExamples(filepath.Join(folder, "known"), known, bytesEach))
}

func examplesOf(t *schemas.EventType) ([]example, error) {
	examples, err := t.Examples()
	if err != nil {
		return nil, err
	}
	var all []example
	for _, e := range examples {
		var line bytes.Buffer
		if err := json.Compact(&line, e.Body); err != nil {
			return nil, err
		}
		all = append(all, example{t.Name, line.Bytes()})
	}
	return all, nil
}

func writeSchema(folder string, t *schemas.EventType) error {
	path := schemaFile(folder, t.Name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, t.Schema(), 0o644)
}

// shuffle mixes the examples, the same way in every run.
func shuffle(all []example) {
	random := prng.New(1)
	for i := len(all) - 1; i > 0; i-- {
		j := random.IntN(i + 1)
		all[i], all[j] = all[j], all[i]
	}
}

// writeExamples repeats the examples until they have the size.
func writeExamples(path string, examples []example, size int) error {
	if len(examples) == 0 {
		return errors.New("write the input: the catalog has no examples")
	}
	bodies, err := os.Create(path + ".ndjson")
	if err != nil {
		return err
	}
	defer bodies.Close()
	types, err := os.Create(path + ".types")
	if err != nil {
		return err
	}
	defer types.Close()
	lines, names := bufio.NewWriter(bodies), bufio.NewWriter(types)
	for written, i := 0, 0; written < size; i++ {
		e := examples[i%len(examples)]
		n, _ := lines.Write(append(e.body, '\n')) // Flush reports the error
		written += n
		_, _ = names.WriteString(e.typeName + "\n")
	}
	return errors.Join(lines.Flush(), names.Flush())
}
