#!/bin/sh
# The stripped binary stays small, and nothing in it makes the linker keep every exported method.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}
export CGO_ENABLED=0
limit=16000000
mkdir -p .cache
$go build -tags grpcnotrace -trimpath -ldflags='-s -w' -o .cache/mayi-size ./cmd/mayi
size=$(wc -c <.cache/mayi-size)
# Without -trimpath: or the build cache would tell the linker's long answer again in later builds.
kept=$($go build -tags grpcnotrace -ldflags=-dumpdep -o /dev/null ./cmd/mayi 2>&1 | grep -c '<ReflectMethod>' || true)
echo "stripped binary: $size bytes (limit $limit); calls that keep every method: $kept (limit 0)"
[ "$size" -le "$limit" ] && [ "$kept" -eq 0 ]
