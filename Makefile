# Bare `make` prints the targets. Everything that is fetched goes into .cache.
GO       ?= go
TAGS     := grpcnotrace
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 60s
export CGO_ENABLED ?= 0

.PHONY: help run build test lint fuzz bench load benchtest micro soak generate pgo clean

help: ## show the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/mayi, one static binary
	$(GO) build -tags $(TAGS) -trimpath -ldflags '$(LDFLAGS)' -o bin/mayi ./cmd/mayi

run: build ## serve the sample bundle, send it a request, show the decision; stays up until Ctrl-C
	@sh deploy/run.sh

test: ## everything that must hold; ends with a count (a real Envoy is fetched into .cache)
	@sh .ci/test.sh

lint: ## formatting, vet and staticcheck only
	@sh .ci/lint.sh

generate: ## regenerate what is generated
	$(GO) run -modfile=.ci/tools.mod .ci/protogen.go
	$(GO) test -tags $(TAGS) -run '^TestDocsAreCurrent$$' ./conditions -update
	$(GO) test -tags $(TAGS) -run '^TestSeedPageIsCurrent$$' ./pdp/policytest -update

fuzz: ## run every fuzz target for FUZZTIME (60s) each
	@sh .ci/fuzz.sh $(FUZZTIME)

bench: ## measure beside other engines and rewrite bench/README.md (BENCHFLAGS=-quick: in minutes)
	cd bench && $(GO) run -tags $(TAGS) ./cmd/compare -revision $(VERSION) $(BENCHFLAGS)
	cd bench && $(GO) run -tags $(TAGS) ./cmd/tables
	$(MAKE) load LOADFLAGS='$(filter -quick,$(BENCHFLAGS))'

load: ## measure under load, also through Envoy, and rewrite bench/README.md (LOADFLAGS=-quick: shown only)
	mkdir -p .cache && cd bench && $(GO) build -o ../.cache/load ./cmd/load && ../.cache/load $(LOADFLAGS) all

benchtest: ## test that the engines of bench decide alike (downloads about 200 modules)
	cd bench && $(GO) vet -tags $(TAGS) ./... && $(GO) test -tags $(TAGS) ./...

micro: ## run the micro benchmarks
	$(GO) test -tags $(TAGS) -run '^$$' -bench . -benchmem ./arn/... ./conditions ./pdp/...

soak: ## the long ones: a million differential cases, reloads under load
	MAYI_SOAK=1 $(GO) test -tags $(TAGS) -timeout 60m -count=1 -run 'Differential|Soak' ./pdp/... ./policystore/...

pgo: ## see what a profile for the compiler brings; leaves it in .cache
	@sh .ci/pgo.sh

clean: ## remove what was built and fetched
	rm -rf bin .cache
