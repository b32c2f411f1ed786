#!/usr/bin/env bash
# Seeds each fault of tests/faults into a scratch copy, runs the tests there and says who caught it.
#   scripts/faults.sh [NAME…]     only the patches whose names begin so
# The copy is a git worktree in $FAULTS_DIR (a temporary folder if not set); it is kept if it was
# named, so that the next run builds less. Exit 1 if a fault was caught by nothing.
set -u
cd "$(dirname "$0")/.."
top=$PWD
copy=${FAULTS_DIR:-$(mktemp -d)/faults}
if [ ! -e "$copy/.git" ]; then
    git worktree add --detach --quiet "$copy" HEAD || exit 2
fi
if [ -z "${FAULTS_DIR:-}" ]; then
    trap 'git -C "$top" worktree remove --force "$copy"' EXIT
fi
git -C "$copy" checkout --quiet --force --detach "$(git rev-parse HEAD)" || exit 2

# The first run that fails has caught it.
caught_by() {
    if ! cargo test --quiet --no-run --test simulation >"$log" 2>&1; then echo "does not build"; return; fi
    if ! SIM_RUNS="${SIM_RUNS:-20}" timeout 600 cargo test --quiet --test simulation >"$log" 2>&1; then
        echo "simulation: $(grep -m1 '^- ' "$log")"; return
    fi
    if ! timeout 600 cargo test --quiet --test ladders >"$log" 2>&1; then
        echo "ladders: $(grep -m1 -A1 '^failures:' "$log" | tail -1)$(grep -m1 -- '^---- ' "$log")"; return
    fi
    if ! timeout 900 cargo test --quiet --lib >"$log" 2>&1; then
        echo "unit: $(grep -m1 -- '^---- ' "$log")"; return
    fi
    echo "NOT CAUGHT"
}

missed=0
log=$(mktemp)
for patch in tests/faults/*.patch; do
    name=$(basename "$patch" .patch)
    if [ $# -gt 0 ]; then
        wanted=no
        for w in "$@"; do case $name in "$w"*) wanted=yes ;; esac; done
        [ $wanted = yes ] || continue
    fi
    git -C "$copy" checkout --quiet --force .
    if ! git -C "$copy" apply -C1 "$top/$patch"; then
        printf '%-40s %s\n' "$name" "does not apply"
        missed=1
        continue
    fi
    result=$(cd "$copy" && caught_by)
    printf '%-40s %s\n' "$name" "$result"
    case $result in simulation:* | ladders:* | unit:*) ;; *) missed=1 ;; esac
done
git -C "$copy" checkout --quiet --force .
rm -f "$log"
exit $missed
