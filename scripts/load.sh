#!/usr/bin/env bash
# What a call costs under load, and whether anything is lost.
#
#   scripts/load.sh signalling [--rate 200] [--for 60] [--linger 33] [--no-floor] [--no-pin] [--json]
#   scripts/load.sh calls      [--rate 30]  [--for 60] [--agents 50] [--talk 5] [--seed N] [--json]
#
# signalling: a release router with a plan that dials one target, SIPp calling (uac) and answering (uas)
# on loopback: INVITE, 100, 180, 200, ACK, BYE, 200 on each side; no RTP. Then the same SIPp runs through
# `examples/floor.rs`, a bare loop that moves the same datagrams. Checked: no call failed, one record a
# call. CPU and wakes are of all threads of the measured process, from before the first call until
# `linger` seconds after the last, so that timers that outlive a call are in the bill.
#
# calls: the phones of `examples/calls.rs`: a prompt, one digit, a decision among the agents, two-way RTP
# for `talk` seconds, BYE from a random side. Checked: none failed, no packet of a relayed stream lost by
# the router, no rule broken, one record a call.
#
# Exit 0: all held; 1: something did not. docs/performance.md says how to read the figures.

# shellcheck source=scripts/measure.sh
source "$(dirname "$0")/measure.sh"

usage() {
    sed -n '4,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

rate='' seconds=60 linger=33 floor=1 pin=1 json='' agents=50 talk=5 seed=$RANDOM
what=${1:-}
case $what in
    signalling) rate=200 ;;
    calls) rate=30 pin='' ;;
    *) usage ;;
esac
shift
while (($# > 0)); do
    case $1 in
        --rate) rate=$2; shift ;;
        --for) seconds=$2; shift ;;
        --linger) linger=$2; shift ;;
        --agents) agents=$2; shift ;;
        --talk) talk=$2; shift ;;
        --seed) seed=$2; shift ;;
        --no-floor) floor='' ;;
        --no-pin) pin='' ;;
        --json) json=1 ;;
        *) usage ;;
    esac
    shift
done
calls=$((rate * seconds))
failures=()

# expect FOUND WANTED WHAT: notes a failure.
expect() { [[ $1 == "$2" ]] || failures+=("$3: $1, not $2"); }

# sipp_run NAME SERVER_PORT TARGET_PORT PROCESS: one run; sets `cost`, what PROCESS used in it.
sipp_run() {
    local name=$1 to=$2 target=$3 process=$4 before after peak
    local at=(-i 127.0.0.1 -nostdin -trace_stat -fd 5)
    "${client_core[@]}" sipp -sn uas "${at[@]}" -p "$target" -mp "$((target + 2))" \
        -stf "$work/$name-uas.csv" >"$work/$name-uas.log" 2>&1 &
    local uas=$!
    pids+=("$uas")
    free_port
    sleep 0.5
    before=$(usage_of "$process")
    threads "$process" >"$work/$name-before"
    "${client_core[@]}" sipp -sn uac "${at[@]}" -p "$free_port" -mp "$((free_port + 2))" \
        -s 100 -r "$rate" -m "$calls" -l $((rate * 10)) -timeout $((seconds + 60)) \
        -trace_err -error_file "$work/$name-uac.err" \
        -stf "$work/$name-uac.csv" "127.0.0.1:$to" >"$work/$name-uac.log" 2>&1 || true
    peak=$(resident "$process")
    sleep "$linger"
    after=$(usage_of "$process")
    threads "$process" >"$work/$name-after"
    cost="$before $after $peak"
    stop "$uas"
}

# report NAME COST: a row of the table.
report() {
    local success failed repeats
    success=$(sipp_count "$work/$1-uac.csv" "SuccessfulCall(C)")
    failed=$(sipp_count "$work/$1-uac.csv" "FailedCall(C)")
    repeats=$(sipp_count "$work/$1-uac.csv" "Retransmissions(C)")
    awk -v name="$1" -v n="$calls" -v ok="$success" -v bad="$failed" -v again="$repeats" '{
        printf "%s %d %d %d %.1f %.2f %.2f %d %d %d\n", name, ok, bad, again,
            ($5 - $1) / n, ($6 - $2) / n, ($7 - $3) / n, $4, $9, $8 }' <<<"$2"
}

# by_thread NAME: each thread's share of a call.
by_thread() {
    awk -v n="$calls" '
        NR == FNR { cpu[$1] += $2; wakes[$1] += $3; next }
        { c[$1] += $2; w[$1] += $3 }
        END { for (t in c) printf "%s %.1f %.2f\n", t, (c[t] - cpu[t]) / n, (w[t] - wakes[t]) / n }
    ' "$work/$1-before" "$work/$1-after" | sort -k2 -nr
}

signalling() {
    local listen target ours bare='' written floor_at loop ratio success failed
    if [[ -n $floor ]]; then build_floor; fi
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
    ratio=$(awk '{ cpu[$1] = $5 } END {
        if (cpu["floor"] > 0) printf "%.2f", cpu["router"] / cpu["floor"] }' <<<"$ours"$'\n'"$bare")
    read -r _ success failed _ <<<"$ours"
    expect "$success" "$calls" "calls that succeeded"
    expect "$failed" 0 "calls that failed"
    expect "$written" "$calls" "records"
    if [[ -n $json ]]; then
        { echo "$ours"; echo "$bare"; } | awk -v rate="$rate" -v s="$seconds" \
            -v records="$written" -v ratio="${ratio:-null}" '
            NF { rows = rows sprintf(",\"%s\":{\"ok\":%d,\"failed\":%d,\"retransmissions\":%d," \
                "\"cpu_us\":%s,\"wakes\":%s,\"preempted\":%s,\"rss_start_kb\":%d," \
                "\"rss_peak_kb\":%d,\"rss_end_kb\":%d}", $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) }
            END { printf "{\"rate\":%d,\"seconds\":%d,\"records\":%d,\"ratio\":%s%s}\n",
                rate, s, records, ratio, rows }'
        return
    fi
    echo "$calls calls at $rate/s; a call:"
    { echo "- ok failed repeated CPU-us wakes preempted RSS-start-kB RSS-load-kB RSS-end-kB"
      echo "$ours"; echo "$bare"; } | column -t
    echo "records: $written"
    echo "the router's threads, a call:"
    { echo "thread CPU-us wakes"; by_thread router; } | column -t
    if [[ -n $ratio ]]; then echo "ratio: $ratio"; fi
}

# The plan of `calls`: a menu, one queue of all agents in two steps.
calls_plan() {
    local listen=$1 first=$2 number
    cat <<PLAN
version: 1
sip: { listen: [udp://127.0.0.1:$listen] }
media: { ports: 20000-27999, address: 127.0.0.1, codecs: [pcma, pcmu] }
http: { listen: off }
defaults: { ring: 6s, wrap_up: 0s }
trunks:
  load: { accept_from: [127.0.0.0/8] }
agents:
PLAN
    for ((number = 0; number < agents; number++)); do
        echo "  agent$number: { contact: \"sip:agent$number@127.0.0.1:$((first + 2 * number))\"," \
            "capacity: 10, skills: { sales: $((1 + number % 9)), support: $((1 + number % 5)) } }"
    done
    cat <<'PLAN'
queues:
  sales:
    steps:
      - { want: skill.sales >= 5 && skill.support >= 2, best: longest-idle, for: 4s }
      - { want: skill.sales >= 1 }
    max_wait: 30s
    while_waiting: { music: hold-music }
    otherwise: sorry
numbers:
  default: main
flows:
  main:
    choose:
      menu: { prompt: main-menu, wait: 5s, tries: 2, keys: { "1": sell } }
      failed: sorry
    sell: { queue: sales, reason: sales }
    sorry: { play: sorry, next: { hang_up: 480 } }
PLAN
}

# Datagrams that found a socket of the router's full, by port range.
router_drops() {
    local ports="20000 27999 $1 $1"
    awk -v ports="$ports" '
        function hex(text, i, n) {
            n = 0
            for (i = 1; i <= length(text); i++)
                n = n * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
            return n
        }
        BEGIN { split(ports, p, " ") }
        NR > 1 { split($2, at, ":"); port = hex(at[2])
            if ((port >= p[1] && port <= p[2]) || port == p[3]) dropped += $NF }
        END { print dropped + 0 }' /proc/net/udp
}

calls() {
    local listen first before after dropped written with_agent
    if [[ -z ${CALLS:-} ]]; then cargo build --release --example calls >&2; fi
    local phones=${CALLS:-${CARGO_TARGET_DIR:-target}/release/examples/calls}
    ulimit -n "$(ulimit -Hn)"
    free_port; listen=$free_port
    # Below the ports that the system gives out, so that no media port of a phone sits there.
    first=$((28000 + RANDOM % 900 * 2))
    ln -s "$PWD/dialplans/prompts" "$work/prompts"
    calls_plan "$listen" "$first" >"$work/plan.yaml"
    start_router "$work/plan.yaml"
    before=$(usage_of "$router")
    threads "$router" >"$work/router-before"
    "${client_core[@]}" "$phones" "127.0.0.1:$listen" "$first" "$agents" "$rate" "$seconds" "$talk" \
        "$seed" >"$work/account" || failures+=("the phones ended with $?")
    sleep 1
    after=$(usage_of "$router")
    threads "$router" >"$work/router-after"
    dropped=$(router_drops "$listen")
    stop "$router"
    written=$(records)
    with_agent=$("$centralino" cdr --db "$database" export --format json | grep -c '"agent":"agent')
    account() { awk -v side="$1" -v what="$2" '$1 == side && $2 == what { print $3 }' "$work/account"; }
    expect "$(account callers calls)" "$calls" "calls"
    expect "$(account agents calls)" "$calls" "calls that an agent had"
    expect "$written" "$calls" "records"
    expect "$with_agent" "$calls" "records with an agent"
    expect "$(account callers lost)" 0 "packets that callers missed"
    expect "$(account agents lost)" 0 "packets that agents missed"
    expect "$(account callers misplaced)" 0 "packets out of order for callers"
    expect "$(account agents misplaced)" 0 "packets out of order for agents"
    expect "$dropped" 0 "datagrams dropped at the router's sockets"
    expect "$(account phones dropped)" 0 "datagrams dropped at the phones' sockets"
    expect "$(grep -c wrong "$work/account" || true)" 0 "kinds of things that went wrong"
    if [[ -n $json ]]; then
        awk -v rate="$rate" -v s="$seconds" -v records="$written" -v dropped="$dropped" \
            -v cost="$before $after" -v n="$calls" '
            $2 != "wrong" { rows = rows sprintf(",\"%s_%s\":%s", $1, $2, $3) }
            END { split(cost, c, " ")
                printf "{\"rate\":%d,\"seconds\":%d,\"records\":%d,\"dropped_at_router\":%d," \
                    "\"cpu_us\":%.1f,\"wakes\":%.2f,\"rss_kb\":%d%s}\n", rate, s, records, dropped,
                    (c[5] - c[1]) / n, (c[6] - c[2]) / n, c[8], rows }' "$work/account"
        return
    fi
    echo "$calls calls at $rate/s, $agents agents, $talk s of talk; seed $seed"
    column -t "$work/account"
    awk -v n="$calls" -v packets="$(($(account callers received) + $(account agents received)))" \
        -v records="$written" -v dropped="$dropped" '{
        printf "records: %d; dropped at the router: %d\n", records, dropped
        printf "CPU: %.0f us a call, %.2f us a packet that came out; wakes: %.1f a call\n",
            ($5 - $1) / n, ($5 - $1) / packets, ($6 - $2) / n }' <<<"$before $after"
    { echo "thread CPU-us wakes"; by_thread router; } | column -t
}

need_sipp
build
if [[ -n $pin ]]; then pin_cores; fi
"$what"
for failure in "${failures[@]}"; do echo "failed: $failure" >&2; done
((${#failures[@]} == 0))
