"""Runs each client in turn, pinned to the first core, and prints a table of medians. Called by peers.sh."""

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys

URL, ROUNDS, SECONDS, WORK = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
PATH = "/api/consume/transaction"
BODY = '{"transactionNo":"20251223T205900Z-1a2b-123456","userId":4711,"areaId":"AREA01","deviceId":"POS001","amount":12.34}'
USERS = 100


def write(name, text):
    path = os.path.join(WORK, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


LUA = write("post.lua", f"wrk.method='POST'\nwrk.body='{BODY}'\nwrk.headers['Content-Type']='application/json'\n")
DATA = write("body.json", BODY)
K6 = write(
    "script.js",
    "import http from 'k6/http'; import { check } from 'k6';\n"
    f"export const options = {{ vus: {USERS}, duration: '{SECONDS}s' }};\n"
    f"export default function () {{ const r = http.post('{URL}{PATH}', '{BODY}',"
    " { headers: { 'Content-Type': 'application/json' } }); check(r, { ok: (r) => r.json('code') === 200 }); }\n",
)


def run(words, codes=(0,)):
    """Runs a command on the first core: its output, and the user and system seconds and peak memory it took."""
    child = subprocess.Popen(["taskset", "-c", "0", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) not in codes:
        sys.exit(f"{words[0]} ended with status {os.waitstatus_to_exitcode(status)}: {err[-500:]}")
    return out, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024


def found(pattern, text):
    match = re.search(pattern, text)
    if not match:
        sys.exit(f"cannot read the number of requests from: {text[-500:]}")
    return int(match.group(1))


def tollgate():
    out = os.path.join(WORK, "report")
    shutil.rmtree(out, ignore_errors=True)
    rules = ["--threshold", "tps>=1"]
    words = ["target/release/tollgate", "--host", URL, "--users", str(USERS), "--ramp-up", "0s", "--warm-up", "1s"]
    words += ["--run-time", f"{SECONDS}s", "--no-calibrate", "--quiet", "--out", out, *rules]
    # Its cost is the question here and not its verdict: on a busy machine the gate may fail, or prove nothing.
    _, user, system, memory = run(words, codes=(0, 98, 99))
    with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    cpu = summary["generator"]["cpu_us_per_request"]
    share = user / (user + system)
    return summary["totals"]["throughput"], cpu * share, cpu * (1 - share), memory


def peer(words, pattern):
    def measure():
        out, user, system, memory = run(words)
        requests = found(pattern, out)
        return requests / SECONDS, user / requests * 1e6, system / requests * 1e6, memory

    return measure


PEERS = {
    "tollgate": tollgate,
    "wrk": peer(["wrk", "-t1", f"-c{USERS}", f"-d{SECONDS}s", "-s", LUA, URL + PATH], r"(\d+) requests in"),
    "bare Goose": peer(["target/release/examples/bare_goose", URL, str(USERS), str(SECONDS)], r"(\d+)"),
}
ABSENT = [name for name in ("h2load", "oha", "k6") if not shutil.which(name)]
if shutil.which("h2load"):
    words = ["h2load", "--h1", "-c", str(USERS), "-t1", "-D", str(SECONDS), "-d", DATA]
    PEERS["h2load"] = peer([*words, "-H", "content-type: application/json", URL + PATH], r"requests: (\d+) total")
if shutil.which("oha"):
    words = ["oha", "--no-tui", "-c", str(USERS), "-z", f"{SECONDS}s", "-m", "POST", "-d", BODY, URL + PATH]
    PEERS["oha"] = peer(words, r"\[200\] (\d+)")
if shutil.which("k6"):
    PEERS["k6"] = peer(["k6", "run", "--quiet", K6], r"http_reqs\D+(\d+)")


def main():
    results = {name: [] for name in PEERS}
    for _ in range(ROUNDS):
        for name, measure in PEERS.items():
            results[name].append(measure())
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
    own = medians["tollgate"][1] + medians["tollgate"][2]
    print("| client | requests/s | CPU µs/request | user | system | peak memory MB | tollgate's CPU as a ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, (rate, user, system, memory) in medians.items():
        cpu = user + system
        spread = [row[1] + row[2] for row in results[name]]
        print(
            f"| {name} | {rate:,.0f} | {cpu:.1f} ({min(spread):.1f}–{max(spread):.1f}) | {user:.1f} | {system:.1f} "
            f"| {memory:.0f} | {own / cpu:.2f} |"
        )
    if ABSENT:
        print(f"\nNot installed and so not compared: {', '.join(ABSENT)}.")


main()
