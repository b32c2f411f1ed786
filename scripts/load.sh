#!/usr/bin/env bash
# What a call costs under load, beside a bare loop that moves the same datagrams.
#
#   scripts/load.sh signalling [--rate 200] [--for 60] [--linger 33] [--no-floor] [--no-pin] [--json]
#
# A release router with a plan that dials one target, SIPp calling (uac) and answering (uas) on loopback:
# INVITE, 100, 180, 200, ACK, BYE, 200 on each side; no RTP. Then the same SIPp runs through
# `examples/floor.rs`. Checked: no call failed, one record a call. Exit 0: all held; 1: something did not.
# CPU and wakes are of all threads of the measured process, from before the first call until `linger`
# seconds after the last, so that timers that outlive a call are in the bill. docs/performance.md
# says how to read the figures.

# shellcheck source=scripts/measure.sh
source "$(dirname "$0")/measure.sh"

rate=200 seconds=60 linger=33 floor=1 pin=1 json=
what=${1:-}
[[ $what == signalling ]] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
shift
while (($# > 0)); do
    case $1 in
        --rate) rate=$2; shift ;;
        --for) seconds=$2; shift ;;
        --linger) linger=$2; shift ;;
        --no-floor) floor= ;;
        --no-pin) pin= ;;
        --json) json=1 ;;
        *) die "unknown option $1" ;;
    esac
    shift
done
calls=$((rate * seconds))

# sipp_run NAME SERVER_PORT TARGET_PORT PROCESS: one run; sets `cost`, what PROCESS used in it.
sipp_run() {
    local name=$1 to=$2 target=$3 process=$4 before after
    local at=(-i 127.0.0.1 -nostdin -trace_stat -fd 5)
    "${client_core[@]}" sipp -sn uas "${at[@]}" -p "$target" -mp "$((target + 2))" \
        -stf "$work/$name-uas.csv" >"$work/$name-uas.log" 2>&1 &
    local uas=$!
    pids+=("$uas")
    free_port
    sleep 0.5
    before=$(usage "$process")
    threads "$process" >"$work/$name-before"
    "${client_core[@]}" sipp -sn uac "${at[@]}" -p "$free_port" -mp "$((free_port + 2))" \
        -s 100 -r "$rate" -m "$calls" -l $((rate * 10)) -timeout $((seconds + 60)) \
        -trace_err -error_file "$work/$name-uac.err" \
        -stf "$work/$name-uac.csv" "127.0.0.1:$to" >"$work/$name-uac.log" 2>&1 || true
    local peak
    peak=$(resident "$process")
    sleep "$linger"
    after=$(usage "$process")
    threads "$process" >"$work/$name-after"
    cost="$before $after $peak"
    stop "$uas"
}

# report NAME COST: a row of the table; its numbers in `row_…`.
report() {
    local success failed repeats
    success=$(sipp_count "$work/$1-uac.csv" "SuccessfulCall(C)")
    failed=$(sipp_count "$work/$1-uac.csv" "FailedCall(C)")
    repeats=$(sipp_count "$work/$1-uac.csv" "Retransmissions(C)")
    awk -v name="$1" -v n="$calls" -v ok="$success" -v bad="$failed" -v again="$repeats" '{
        printf "%s %d %d %d %.1f %.2f %.2f %d %d %d\n", name, ok, bad, again,
            ($5 - $1) / n, ($6 - $2) / n, ($7 - $3) / n, $4, $9, $8 }' <<<"$2"
}

by_thread() {
    awk -v n="$calls" '
        NR == FNR { cpu[$1] += $2; wakes[$1] += $3; next }
        { c[$1] += $2; w[$1] += $3 }
        END { for (t in c) printf "%s %.1f %.2f\n", t, (c[t] - cpu[t]) / n, (w[t] - wakes[t]) / n }
    ' "$work/$1-before" "$work/$1-after" | sort -k2 -nr
}

need_sipp
build
if [[ -n $floor ]]; then build_floor; fi
if [[ -n $pin ]]; then pin_cores; fi
free_port; listen=$free_port
free_port; target=$free_port
cat >"$work/plan.yaml" <<PLAN
version: 1
sip: { listen: [udp://127.0.0.1:$listen] }
media: { ports: 20000-27999, address: 127.0.0.1, codecs: [pcmu, pcma] }
http: { listen: off }
trunks:
  load: { accept_from: [127.0.0.0/8] }
numbers:
  default: { dial: "sip:100@127.0.0.1:$target" }
PLAN

start_router "$work/plan.yaml"
sipp_run router "$listen" "$target" "$router"
ours=$(report router "$cost")
stop "$router"
written=$(records)
bare=
if [[ -n $floor ]]; then
    free_port; floor_at=$free_port
    "${server_core[@]}" "$bare_loop" "127.0.0.1:$floor_at" "127.0.0.1:$target" 2>"$work/floor.log" &
    loop=$!
    pids+=("$loop")
    await "$work/floor.log" listening 5
    sipp_run floor "$floor_at" "$target" "$loop"
    bare=$(report floor "$cost")
    stop "$loop"
fi

ratio=$(awk '{ cpu[$1] = $5 } END { if (cpu["floor"] > 0) printf "%.2f", cpu["router"] / cpu["floor"] }' \
    <<<"$ours"$'\n'"$bare")
failures=()
read -r _ success failed _ <<<"$ours"
[[ $success == "$calls" ]] || failures+=("$success of $calls calls succeeded")
[[ $failed == 0 ]] || failures+=("$failed calls failed")
[[ $written == "$calls" ]] || failures+=("$written records for $calls calls")

if [[ -n $json ]]; then
    { echo "$ours"; echo "$bare"; } | awk -v rate="$rate" -v s="$seconds" -v records="$written" -v ratio="${ratio:-null}" '
        NF { rows = rows (rows ? "," : "") sprintf("\"%s\":{\"ok\":%d,\"failed\":%d,\"retransmissions\":%d,\"cpu_us\":%s,\"wakes\":%s,\"preempted\":%s,\"rss_start_kb\":%d,\"rss_peak_kb\":%d,\"rss_end_kb\":%d}", $1,$2,$3,$4,$5,$6,$7,$8,$9,$10) }
        END { printf "{\"rate\":%d,\"seconds\":%d,\"records\":%d,\"ratio\":%s,%s}\n", rate, s, records, ratio, rows }'
else
    echo "$calls calls at $rate/s; a call:"
    { echo "- ok failed repeated CPU-us wakes preempted RSS-start-kB RSS-load-kB RSS-end-kB"
      echo "$ours"; echo "$bare"; } | column -t
    echo "records: $written"
    echo "the router's threads, a call:"
    { echo "thread CPU-us wakes"; by_thread router; } | column -t
    if [[ -n $ratio ]]; then echo "ratio: $ratio"; fi
fi
for failure in "${failures[@]}"; do echo "failed: $failure" >&2; done
((${#failures[@]} == 0))
