#!/bin/sh
# Serves the sample bundle, sends it requests, shows the decisions, and stays up
# until Ctrl-C. RUN_ONCE=1 stops after the decisions; RUN_PORT is the first of its three ports.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .cache
port=${RUN_PORT:-9600}
grpc=127.0.0.1:$port http=127.0.0.1:$((port + 1)) admin=127.0.0.1:$((port + 2))

bin/mayi serve --bundle deploy/policies --grpc-listen $grpc --http-listen $http --admin-listen $admin --log-format text 2>.cache/run.log &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null' EXIT
trap 'exit 0' INT TERM

tries=0
until bin/mayi health --admin $admin >/dev/null 2>&1; do
	tries=$((tries + 1))
	if [ $tries -gt 100 ] || ! kill -0 $server 2>/dev/null; then
		echo "MayI did not start:" >&2
		cat .cache/run.log >&2
		exit 1
	fi
	sleep 0.1
done

echo "MayI serves deploy/policies: gRPC (ext_authz, Decide) on $grpc, JSON on $http, probes and metrics on $admin."
head -n 4 deploy/requests.jsonl | while IFS= read -r request; do
	printf '\nrequest   %s\ndecision  ' "$request"
	bin/mayi decide --server $http "$request"
done
if [ -n "${RUN_ONCE:-}" ]; then
	exit 0
fi
cat <<EOF

Change a file in deploy/policies and ask again, from another terminal:
  bin/mayi decide --server $http < deploy/requests.jsonl
Ctrl-C ends it; its log is .cache/run.log.
EOF
wait $server
