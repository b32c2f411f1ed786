#!/usr/bin/env bash
# Runs all tests: `scripts/test.sh`, or `scripts/test.sh NAME` for those with NAME in theirs.
#
# The wire tests call with real phones: SIPp (Debian: sip-tester) and baresip (baresip-core). What
# is missing is installed with apt-get, which needs root or sudo. Everything stays on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."

need=()
command -v sipp >/dev/null || need+=(sip-tester)
command -v baresip >/dev/null || need+=(baresip-core)
if ((${#need[@]})); then
    echo "Installing for the wire tests: ${need[*]}"
    sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    if ! command -v apt-get >/dev/null; then
        echo "No apt-get here: install SIPp and baresip by hand, then run this again." >&2
        exit 1
    fi
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends \
        "${need[@]}" >/dev/null
fi
echo "Wire tests with: $(command -v sipp), $(command -v baresip)"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --locked --no-fail-fast "$@" 2>&1 | tee "$log" || status=$?

# `test result: ok. 12 passed; 0 failed; 1 ignored; …`, once for each test binary.
awk '
    /^test result:/ {
        for (i = 2; i <= NF; i++) {
            if ($i == "passed;") passed += $(i - 1)
            if ($i == "failed;") failed += $(i - 1)
            if ($i == "ignored;") skipped += $(i - 1)
        }
    }
    END {
        print ""
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    }
' "$log"
exit "$status"
