.PHONY: test builds grades mutations lint bench clients run

linter := $(shell sed -n 's/^linter=//p' .ci/run)

test: ## as in the README
	go test ./...

builds: ## the tests that build programs: the pages in a shell, the installation, programs that use the packages
	TEST_BUILDS=1 go test . ./internal/cli/root

grades: ## all planted bugs and both styles, on all routes, with five seeds; .ci/run uses one
	GRADE_SEEDS=5 go test -timeout 1h -run 'TestBugs_FailTheirProbes|TestStyles' ./examples/consumers

mutations: ## a million changed bodies, and 40,000 random schemas: the evaluator agrees with jsonschema v5
	go test ./internal/jsonschema -v -run AgreeWithV5 -timeout 2h -mutations 1000000

lint:
	go run $(linter) run ./...
	go run ./cmd/ringback provider lint
	go run ./cmd/ringback scenario lint

bench: ## the commands beside references, compared with docs/benchmarks.json; then the benchmarks in Go, where v5, evaluate/v5, naive/ours and all that begins with x/ are ratios of one run
	go run ./internal/cmd/bench
	go test -run '^$$' -bench . -benchmem ./internal/schemas ./internal/jsonschema ./internal/base/document ./internal/cli/root ./internal/generator ./internal/journal ./internal/engine ./server ./examples/consumers

clients: ## generated clients of the control API compile: ogen, openapi-typescript, openapi-generator (needs Java and Maven)
	.ci/clients all

run: ## the first quick start of the README
	go run ./cmd/ringback demo
