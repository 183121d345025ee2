#!/usr/bin/env bash
# Tollgate and its peers on the same work, in turn: one core for the client, the other for the server.
#
# Usage: benches/peers.sh [ROUNDS] [SECONDS]     (3 rounds of 8 s)
# Needs two cores, nginx, wrk and python3; h2load, oha and k6 join in where they are installed (in PATH or in
# target/peers/bin, for example by "cargo install oha --root target/peers"). Prints a Markdown table of medians. CPU is user + system of the client process per request, from the system's own accounting; for tollgate it
# is that of the measured window, which leaves the rendering of its report out.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3} seconds=${2:-8}
export PATH=$PWD/target/peers/bin:$PATH
for tool in nginx wrk python3 taskset; do
    command -v "$tool" >/dev/null || { echo "peers.sh needs $tool; on Debian: apt-get install nginx-light wrk python3 util-linux" >&2; exit 2; }
done
[ "$(nproc)" -ge 2 ] || { echo "peers.sh needs two cores: one for the server, one for the client" >&2; exit 2; }

cargo build --release --locked --bin tollgate --example bare_goose
work=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/nginx.conf" <<CONF
worker_processes 1;
worker_cpu_affinity 10;
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen 127.0.0.1:$port;
        location / {
            default_type application/json;
            return 200 '{"code":200,"message":"success","data":{"transactionNo":"T1","status":"SUCCESS"},"timestamp":1700000000000}';
        }
    }
}
CONF
nginx -c "$work/nginx.conf" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 - "$port" <<'WAIT'
import socket, sys, time
deadline = time.monotonic() + 10
while True:
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()
        break
    except OSError:
        if time.monotonic() > deadline:
            sys.exit("nginx did not start; its log is in the work folder")
        time.sleep(0.05)
WAIT
python3 benches/peers.py "http://127.0.0.1:$port" "$rounds" "$seconds" "$work"
