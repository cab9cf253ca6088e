#!/bin/sh
# Everything that must hold, in the order in which it fails fastest. Ends with a count of the tests.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}
export CGO_ENABLED=0
mkdir -p .cache

step() { printf '\n== %s\n' "$1"; }

step "format, vet, staticcheck"
sh .ci/lint.sh

step "go.mod and go.sum are tidy"
$go mod tidy -diff

step "generated files are current"
$go run -modfile=.ci/tools.mod .ci/protogen.go --check

step "size and linker check"
sh .ci/size.sh

step "make run, once"
make build
RUN_ONCE=1 RUN_PORT=19600 sh deploy/run.sh | tee .cache/run.out
grep -q '"decision":"Allow"' .cache/run.out && grep -q '"decision":"Deny"' .cache/run.out

step "a real Envoy"
envoy=$(sh .ci/envoy.sh)
"$envoy" --version

step "unit, house, scripts, differential, real Envoy"
status=0
ENVOY_BIN=$envoy $go test -json -tags grpcnotrace,envoy -timeout 20m ./... >.cache/test.json || status=$?
$go run .ci/report.go .cache/test.json || status=$?
exit $status
