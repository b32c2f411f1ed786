#!/usr/bin/env bash
# What a held call costs in memory, and whether anything grows.
#
#   scripts/memory.sh held  [--calls 4000] [--rate 200] [--settle 35] [--limit 24] [--json]
#   scripts/memory.sh growth [--calls 100000] [--rate 400] [--settle 35] [--limit 1024] [--json]
#
# held: (resident with that many calls up, `settle` seconds after the last was answered − resident before
# the first) / calls; both legs answered, ports bound, no RTP. `limit` is in kB a call.
# growth: short calls one after the other; resident `settle` seconds after a first 150,000, which bring all
# that lives 32 s after a call to its height, and fill the list of the last 65,536 ended calls twice (as
# those are replaced the allocator's gaps still widen), against the same after `calls` more. `limit` is in
# kB altogether.
# Exit 0: within the limit; 1: not.

# shellcheck source=scripts/measure.sh
source "$(dirname "$0")/measure.sh"

calls= rate= settle=35 limit= json=
what=${1:-}
case $what in
    held) calls=4000 rate=200 limit=24 ;;
    growth) calls=100000 rate=400 limit=1024 ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
shift
while (($# > 0)); do
    case $1 in
        --calls) calls=$2; shift ;;
        --rate) rate=$2; shift ;;
        --settle) settle=$2; shift ;;
        --limit) limit=$2; shift ;;
        --json) json=1 ;;
        *) die "unknown option $1" ;;
    esac
    shift
done

need_sipp
build
pin_cores
free_port; listen=$free_port
free_port; target=$free_port
# Two legs of two sockets each a call; short calls also leave ports that rest.
ports=$((calls < 4200 ? 4 * calls + 800 : 17000))
cat >"$work/plan.yaml" <<PLAN
version: 1
sip: { listen: [udp://127.0.0.1:$listen] }
media: { ports: 10000-$((10000 + ports - 1)), address: 127.0.0.1, codecs: [pcmu, pcma] }
http: { listen: off }
trunks:
  load: { accept_from: [127.0.0.0/8] }
numbers:
  default: { dial: "sip:100@127.0.0.1:$target" }
PLAN
start_router "$work/plan.yaml"
at=(-i 127.0.0.1 -nostdin -trace_stat -fd 5)
"${client_core[@]}" sipp -sn uas "${at[@]}" -p "$target" -mp $((target + 2)) -stf "$work/uas.csv" \
    >"$work/uas.log" 2>&1 &
pids+=($!)
sleep 1

# caller NAME CALLS [OPTION…]: SIPp calling, in the foreground.
caller() {
    local name=$1 many=$2
    shift 2
    free_port
    "${client_core[@]}" sipp -sn uac "${at[@]}" -p "$free_port" -mp $((free_port + 2)) -s 100 -r "$rate" -m "$many" \
        -trace_err -error_file "$work/$name.err" -stf "$work/$name.csv" "$@" \
        "127.0.0.1:$listen" >"$work/$name.log" 2>&1 || true
}

held() {
    local before after descriptors up
    before=$(resident "$router")
    # Held until well after the reading.
    caller held "$calls" -l "$calls" -d $(((calls / rate + settle + 15) * 1000)) &
    local sipp=$!
    pids+=("$sipp")
    sleep $((calls / rate + 2 + settle))
    after=$(resident "$router")
    descriptors=$(ls /proc/"$router"/fd | wc -l)
    wait "$sipp" || true
    up=$(sipp_count "$work/held.csv" "SuccessfulCall(C)")
    awk -v n="$calls" -v up="$up" -v a="$before" -v b="$after" -v d="$descriptors" -v limit="$limit" -v json="$json" '
        BEGIN {
            slope = (b - a) / n
            if (json) printf "{\"calls\":%d,\"ok\":%d,\"rss_0_kb\":%d,\"rss_kb\":%d,\"kb_per_call\":%.2f,\"descriptors\":%d}\n", n, up, a, b, slope, d
            else printf "resident with 0 calls: %d kB, with %d held: %d kB; descriptors: %d; calls that ended well: %d\nslope: %.2f kB a call (limit %s)\n", a, n, b, d, up, slope, limit
            exit !(slope <= limit && up == n)
        }'
}

growth() {
    local first=150000 before after failed
    caller warm "$first" -l $((rate * 10))
    sleep "$settle"
    before=$(resident "$router")
    caller rest "$calls" -l $((rate * 10))
    sleep "$settle"
    after=$(resident "$router")
    failed=$(($(sipp_count "$work/warm.csv" "FailedCall(C)") + $(sipp_count "$work/rest.csv" "FailedCall(C)")))
    awk -v n="$calls" -v first="$first" -v a="$before" -v b="$after" -v bad="$failed" -v limit="$limit" -v json="$json" '
        BEGIN {
            if (json) printf "{\"calls\":%d,\"failed\":%d,\"rss_first_kb\":%d,\"rss_end_kb\":%d,\"growth_kb\":%d}\n", n, bad, a, b, b - a
            else printf "resident after %d calls: %d kB, after %d more: %d kB; failed: %d\ngrowth: %d kB (limit %s)\n", first, a, n, b, bad, b - a, limit
            exit !(b - a <= limit && bad == 0)
        }'
}

"$what"
