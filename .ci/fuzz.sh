#!/bin/sh
# Runs every fuzz target for the given time each, one after the other.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}
time=${1:-60s}
export CGO_ENABLED=0
grep -rl --include='*_test.go' '^func Fuzz' . | grep -v '^./bench/' | sort | while read -r file; do
	sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | while read -r target; do
		echo "== $(dirname "$file") $target"
		$go test -tags grpcnotrace -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$(dirname "$file")"
	done
done
