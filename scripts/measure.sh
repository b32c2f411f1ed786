# Shared by load.sh and memory.sh; to be sourced. Starts the router and SIPp on free ports of loopback,
# reads what the kernel says of a process, and cleans up.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d "${TMPDIR:-/tmp}/centralino-load.XXXXXX")
pids=()
# The router and the floor on one core, SIPp on another, if there are two: steadier figures.
server_core=(env)
client_core=(env)

finish() {
    local status=$? pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    if ((status == 0)); then rm -rf "$work"; else echo "logs are kept in $work" >&2; fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

die() {
    echo "error: $*" >&2
    exit 1
}

need_sipp() {
    command -v sipp >/dev/null && return
    echo "SIPp is missing; installing sip-tester" >&2
    local as_root=()
    [[ $(id -u) == 0 ]] || as_root=(sudo)
    "${as_root[@]}" apt-get install -y sip-tester >&2 || die "install SIPp (package sip-tester) first"
}

pin_cores() {
    if (($(nproc) > 1)) && command -v taskset >/dev/null; then
        server_core=(taskset -c 0)
        client_core=(taskset -c 1)
    fi
}

# build: sets `centralino`, the release binary. CENTRALINO=… names one that is built already.
build() {
    if [[ -z ${CENTRALINO:-} ]]; then cargo build --release --bin centralino >&2; fi
    centralino=${CENTRALINO:-${CARGO_TARGET_DIR:-target}/release/centralino}
}

# build_floor: sets `bare_loop`. By rustc alone: it needs nothing of ours, and no dev-dependencies.
build_floor() {
    bare_loop=$work/floor
    rustc --edition 2024 -O examples/floor.rs -o "$bare_loop" >&2
}

# A UDP port of loopback that nobody has, with free neighbours for what SIPp binds for media: sets `free_port`.
free_port() {
    local port hex n busy
    while :; do
        port=$((30000 + (RANDOM % 1000) * 10))
        busy=
        for n in 0 1 2 3 4 5 6; do
            printf -v hex '%04X' $((port + n))
            if grep -qi ":$hex " /proc/net/udp /proc/net/tcp 2>/dev/null; then busy=1; fi
        done
        if [[ -z $busy && " ${given_ports:-} " != *" $port "* ]]; then
            given_ports="${given_ports:-} $port"
            free_port=$port
            return
        fi
    done
}

# await FILE TEXT SECONDS: until the text stands in the file.
await() {
    local tenths=$(($3 * 10))
    until grep -q "$2" "$1" 2>/dev/null; do
        ((tenths-- > 0)) || die "no '$2' in $1 within $3 s: $(tail -3 "$1" 2>/dev/null)"
        sleep 0.1
    done
}

# start_router PLAN [OPTION…]: sets `router` (its process) and `database`.
start_router() {
    local plan=$1
    shift
    database=$work/records.db
    "${server_core[@]}" "$centralino" run "$plan" --db "$database" --http 127.0.0.1:0 "$@" \
        >"$work/router.log" 2>&1 &
    router=$!
    pids+=("$router")
    await "$work/router.log" ready 20
}

# stop PID…: ends processes of ours and waits for them.
stop() {
    local pid
    for pid in "$@"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

# usage_of PID: CPU of all threads in µs (schedstat, exact), voluntary and involuntary context switches,
# resident kB. A voluntary switch is a sleep, so one for each wake.
usage_of() {
    local cpu
    cpu=$(cat /proc/"$1"/task/*/schedstat | awk '{ s += $1 } END { printf "%d", s / 1000 }')
    cat /proc/"$1"/task/*/status | awk -v cpu="$cpu" -v rss="$(resident "$1")" '
        /^voluntary_ctxt/ { v += $2 } /^nonvoluntary_ctxt/ { n += $2 } END { print cpu, v, n, rss }'
}

resident() { awk '/^VmRSS/ { print $2 }' /proc/"$1"/status; }

# threads PID: a line a thread: name, CPU µs, voluntary switches.
threads() {
    local task
    for task in /proc/"$1"/task/*; do
        echo "$(tr ' ' '-' <"$task/comm") $(awk '{ printf "%d", $1 / 1000 }' "$task/schedstat") \
            $(awk '/^voluntary_ctxt/ { print $2 }' "$task/status")"
    done
}

# The last line of a SIPp statistics file, column by name.
sipp_count() {
    awk -F';' -v name="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
        END { if (column) print $column + 0; else print "?" }' "$1"
}

# Finished calls in the database, as `cdr export` gives them.
records() {
    local lines
    lines=$("$centralino" cdr --db "$database" export | wc -l)
    echo $((lines - 1))
}
