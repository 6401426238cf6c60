# The two commands: `make run` and `make test`. The rest helps while working.
.PHONY: run test bench lint format demo-reset build release browser help
.DEFAULT_GOAL := help

run: ## from a fresh machine to a logged-in demo at http://localhost:8080
	@scripts/run.sh

test: ## installs, builds, lints, runs every test, then the browser tests
	@scripts/test.sh

bench: ## prints speed and size figures, each beside its baseline of the same run
	@scripts/bench.sh

lint: ## formatting and house rules
	@scripts/lint.sh

format: ## puts formatting right
	@git ls-files -co --exclude-standard '*.swift' | xargs swift format --in-place --parallel

demo-reset: ## removes and rebuilds the demo organization of the database under .data
	@scripts/demo-reset.sh

browser: ## only the browser tests, on the debug build
	@scripts/browser-test.sh

build: ## a debug build
	@scripts/build.sh debug

release: ## a release build
	@scripts/build.sh release

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
