// Package floors lists the packages by floors. A package imports only packages of lower floors, never one on its own.
package floors

// A Floor has packages that import only packages of lower floors.
type Floor struct {
	Caption  string
	Packages []string
}

// All returns the floors, from the bottom up.
func All() []Floor {
	return []Floor{
		{"the bottom", []string{"internal/control", "internal/base/deadline", "internal/base/authority", "internal/cmd/floors", "internal/base/suggest", "internal/base/process", "internal/base/testconsumer"}},
		{"the nouns, and files", []string{"webhook", "internal/base/document", "internal/base/value", "internal/base/canonical"}},
		{"randomness from seeds", []string{"internal/base/prng"}},
		{"what providers expect, and rules over captures", []string{"internal/wire/contract", "internal/wire/request", "internal/sequence"}},
		{"the tools", []string{"internal/report", "internal/wire/signature", "internal/wire/delivery", "internal/wire/proxy", "internal/wire/fault", "internal/journal", "internal/wire/inbox", "internal/jsonschema"}},
		{"the data, and what reads it", []string{"internal/schemas", "internal/scenarios", "internal/grade/acceptance"}},
		{"events out, calls and captures in", []string{"internal/generator", "internal/mock/callspec", "internal/wire/capture", "internal/coverage"}},
		{"jobs of a plan, and what the provider remembers", []string{"internal/engine/script", "internal/mock/state", "internal/mock"}},
		{"the public package that validates", []string{"schemas"}},
		{"the shipped providers, read once", []string{"internal/shipped/providers"}},
		{"the public package that plans", []string{"scenarios"}},
		{"all shipped data, read once", []string{"internal/shipped"}},
		{"the engine, and the public generator", []string{"internal/engine", "generator"}},
		{"the model of the engine, for tests", []string{"internal/engine/enginetest"}},
		{"probes, effects, results", []string{"internal/grade"}},
		{"tests in Go, and the mock over HTTP", []string{"contracttest", "server"}},
		{"searches and pipelines", []string{"internal/cli/pipeline", "internal/coverage/search"}},
		{"applications under test", []string{"examples/consumers/app"}},
		{"what commands share", []string{"internal/cli"}},
		{"settings", []string{"internal/cli/settings"}},
		{"the commands", []string{
			"internal/cli/catalog", "internal/cli/config", "internal/cli/coverage", "internal/cli/demo", "internal/cli/grade", "internal/cli/healthcheck", "internal/cli/magic",
			"internal/cli/play", "internal/cli/provider", "internal/cli/scenario", "internal/cli/serve", "internal/cli/validate",
		}},
		{"the tree of the commands", []string{"internal/cli/root"}},
		{"main", []string{"cmd/ringback", "internal/cmd/gendocs", "internal/cmd/bench", "examples/consumers", "examples/consumers/go", "examples/consumers/careless", "examples/clients"}},
	}
}
