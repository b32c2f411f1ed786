#!/usr/bin/env bash
# What a call and a packet cost, measured beside others in one interleaved run.
#
#   scripts/bench.sh PART [--against kamailio|rtpengine|floor] [--json] [--rounds 5] [--quick] [--children 1] [--sleeps]
#   scripts/bench.sh plot FILE.json…
#
# PART:
#   signalling  CPU of a B2BUA call with its record, at 200/s and 800/s: kamailio, bare loop
#   relay       CPU of a relayed packet, 300 two-way calls: rtpengine in user space, bare loops
#   ivr         CPU of a call with a prompt, a digit and a second leg: our plain call and 50 bare sends
#   memory      a held call without and with media, and the kernel's memory for its sockets
#   latency     INVITE in to INVITE out at half of capacity: kamailio, bare loop
#   capacity    the highest rate of a quarter of a core: kamailio
#   scaling     cost a call with 100 and 4,000 held calls, 10 and 10,000 agents, 10 and 10,000 numbers
#
# --against   only beside this one      --json      JSON on stdout in place of the table
# --rounds    rounds that count         --quick     two short rounds, none repeated: does it work?
# --children  children of kamailio      --sleeps    the generator of calls sleeps when idle, and is woken
#
# plot draws docs/performance-PART.svg from what --json gave. Progress goes to stderr.
# Exit 0: all held; 1: a call or a packet was lost, or too many runs were thrown away; 2: used wrongly;
# 3: the machine lacks something, and what to do is said. docs/performance.md says how it measures.

set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; }

die() {
    echo "error: $1" >&2
    exit "${2:-1}"
}

# need COMMAND PACKAGE: installs what is missing. Debian starts a daemon with its package: policy-rc.d
# says no to that while we install, and one that ran before is not touched.
need() {
    local found
    for found in /usr/sbin /usr/bin /usr/local/sbin /usr/local/bin; do
        [[ -x $found/$1 ]] && return
    done
    command -v apt-get >/dev/null || die "$1 is missing, and this is no Debian: install it first" 3
    local as_root=() policy=/usr/sbin/policy-rc.d made='' status=0
    [[ $(id -u) == 0 ]] || as_root=(sudo)
    echo "$1 is missing; installing $2" >&2
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
        made=1
    fi
    "${as_root[@]}" apt-get install -y --no-install-recommends "$2" >&2 || status=$?
    if [[ -n $made ]]; then "${as_root[@]}" rm -f "$policy"; fi
    [[ $status == 0 ]] || die "install $1 (package $2) first" 3
}

build() {
    # BENCH_BUILT=1: all is built already.
    [[ -n ${BENCH_BUILT:-} ]] || cargo build --release --bin centralino --example bench --example floor >&2
    bench=${CARGO_TARGET_DIR:-target}/release/examples/bench
}

part=${1:-}
case $part in
    -h | --help) usage; exit 0 ;;
    plot)
        shift
        (($# > 0)) || { usage >&2; exit 2; }
        build
        exec "$bench" plot --into docs "$@"
        ;;
    signalling | relay | ivr | memory | latency | capacity | scaling) ;;
    *) usage >&2; exit 2 ;;
esac
for option in "$@"; do
    if [[ $option == -h || $option == --help ]]; then usage; exit 0; fi
done

(($(nproc) > 1)) || die "two cores are needed: one for servers, one for the generator" 3
need setpriv util-linux
need taskset util-linux
case $part in
    signalling | latency | capacity)
        [[ " $* " == *' --against floor '* ]] || need kamailio kamailio ;;
    relay) [[ " $* " == *' --against floor '* ]] || need rtpengine rtpengine-daemon ;;
esac
build
ulimit -n "$(ulimit -Hn)"

work=$(mktemp -d "${TMPDIR:-/tmp}/centralino-bench.XXXXXX")
child=
finish() {
    local status=$?
    # Its servers end with it.
    if [[ -n $child ]]; then kill "$child" 2>/dev/null || true; wait "$child" 2>/dev/null || true; fi
    if ((status == 0)); then rm -rf "$work"; else echo "logs are kept in $work" >&2; fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

taskset -c 1 "$bench" run "$@" --work "$work" &
child=$!
status=0
wait "$child" || status=$?
child=
exit "$status"
