#!/bin/sh
# Makes a profile for the compiler of decisions and Checks, builds with it and without, and lets both take turns:
# rounds (6 if not given) of every workload. The profile is left in .cache/default.pgo; as cmd/mayi/default.pgo every
# build takes it. That is worth it from 3 % on: a build with a profile compiles every dependency again.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}
rounds=${1:-6}
export CGO_ENABLED=0
mkdir -p .cache
flags="-tags grpcnotrace -trimpath -ldflags=-s\ -w"

echo "profiles: decisions, Checks"
$go test -tags grpcnotrace -run '^$' -bench 'Decide/(W1|W2|W3|W5|W6)$' -benchtime 5s -cpuprofile .cache/decide.prof -o .cache/decide.test ./pdp/policytest/workload >/dev/null
$go test -tags grpcnotrace -run '^$' -bench Check -benchtime 5s -cpuprofile .cache/check.prof -o .cache/check.test ./pdp/extauthz >/dev/null
$go tool pprof -proto .cache/decide.prof .cache/check.prof >.cache/default.pgo 2>/dev/null

rm -f .cache/decide.test .cache/check.test

echo "builds: without, with"
eval $go build "$flags" -pgo=off -o .cache/mayi-plain ./cmd/mayi
eval $go build "$flags" -pgo=.cache/default.pgo -o .cache/mayi-guided ./cmd/mayi
wc -c .cache/mayi-plain .cache/mayi-guided | head -2

# p50 NAME WORKLOAD: nanoseconds of a decision by .cache/mayi-NAME. The median does not care what else runs meanwhile.
p50() {
	".cache/mayi-$1" bench --workload "$2" --workers 1 --duration 2s --format json | sed 's/.*"p50":\([0-9]*\).*/\1/'
}

for workload in W1 W2 W3 W4/1000 W6; do
	for round in $(seq "$rounds"); do
		plain=$(p50 plain $workload)
		guided=$(p50 guided $workload)
		echo "$plain $guided"
	done | awk -v name="$workload" '
		{ plain += $1; guided += $2; r = $2 / $1; if (NR == 1 || r < least) least = r; if (r > most) most = r }
		END { printf "%-8s p50 without %5d ns  with %5d ns  with/without %.3f (%.3f to %.3f)\n", name, plain / NR, guided / NR, guided / plain, least, most }'
done
