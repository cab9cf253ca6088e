#!/bin/sh
# Formatting, vet, staticcheck. Tools come from .ci/tools.mod, so that go.mod stays the product's own.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}

unformatted=$(git ls-files --cached --others --exclude-standard '*.go' | grep -v '\.pb\.go$' | while read -r f; do [ -f "$f" ] && gofmt -l "$f"; done || true)
if [ -n "$unformatted" ]; then
	echo "gofmt would change:"
	echo "$unformatted"
	exit 1
fi
$go vet -tags grpcnotrace,envoy ./...
$go tool -modfile=.ci/tools.mod staticcheck -tags grpcnotrace,envoy ./...
