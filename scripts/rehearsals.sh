#!/usr/bin/env bash
# How many tests of a small plan `centralino test` runs in a second: a call with a menu, a digit, music,
# a busy agent and one who answers, 4,000 times. Prints the wall time by the program, and the CPU.
#
#   scripts/rehearsals.sh [--jobs N]
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$PWD/dialplans/prompts" "$folder/prompts"
cat > "$folder/plan.yaml" <<'YAML'
version: 1
sip: { listen: [udp://0.0.0.0:5060] }
trunks: { pbx: { accept_from: [192.0.2.0/24] } }
agents:
  anna: { contact: "sip:anna@10.0.0.1", skills: { sales: 9 } }
  bob: { contact: "sip:bob@10.0.0.2", skills: { sales: 9 } }
queues:
  sales:
    steps: [{ want: skill.sales >= 5 }]
    while_waiting: { music: hold-music }
    otherwise: { hang_up: 480 }
numbers: { "1000": main }
flows:
  main:
    hello: { play: welcome, next: choose }
    choose: { menu: { prompt: main-menu, keys: { "1": sell } }, failed: { hang_up: 480 } }
    sell: { queue: sales }
tests:
YAML
for n in $(seq 4000); do
    echo "  t$n: { call: \"1000\", press: \"1\", agents: { anna: busy }," \
        "expect: { offers: [anna, bob], agent: bob, cause: 16 } }"
done >> "$folder/plan.yaml"
time target/release/centralino test "$folder/plan.yaml" "$@" | tail -1
