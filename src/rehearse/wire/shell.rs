//! The script that plays a test: one SIPp for each side, and what is looked at in the end.

use super::super::Outcome;
use super::order;
use super::place::Places;
use super::scenario::LEAD;
use super::sides::Side;
use crate::base::Mono;
use crate::dialplan::Case;
use std::fmt::Write as _;
use std::time::Duration;

/// The script's name.
pub(super) const NAME: &str = "run.sh";
/// SIPp gives up so long after the test should be over.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn run(case: &Case, sides: &[Side], places: &Places, outcome: &Outcome) -> String {
    let (us, lasts) = (places.us, outcome.lasted());
    let limit = (lasts + PATIENCE).as_secs();
    let mut text = format!(
        "#!/bin/sh\n\
         # The test {name} with SIPp 3.6 (Debian: sip-tester); it lasts {seconds:.1} s.\n\
         #   run.sh --router   starts the router on plan.yaml beside it, plays the test, ends the router\n\
         #   run.sh            only plays it: a router that has just been started on plan.yaml is there\n\
         # CENTRALINO, SIPP: the programs. ROUTER: where calls go, if not {us}. HTTP, TOKEN: the\n\
         # router's web server and the file with its token, for agents who say ready or not (needs curl).\n\
         # Checked: what each phone is sent, status by status, who hangs up, who is rung in which order.\n\
         # Not checked by SIPp: states, prompts, queues, decisions, times. The record of each call has\n\
         # them; expected.json says what it was on virtual time.\n",
        name = case.name,
        seconds = lasts.as_secs_f64(),
    );
    text.push_str(
        "cd \"$(dirname \"$0\")\" || exit 2\n\
         sipp=${SIPP:-sipp}\n",
    );
    let _ = writeln!(text, "to=${{ROUTER:-{us}}}");
    text.push_str(START);
    let _ = writeln!(text, "rm -f ./*.messages\nphones=");
    ready(&mut text, outcome, places);
    let _ = writeln!(
        text,
        "phone() {{\n    name=$1 ip=$2 port=$3 calls=$4\n    shift 4\n    \
         \"$sipp\" \"$@\" -sf \"$name.xml\" -i \"$ip\" -p \"$port\" -mi \"$ip\" -mp $((port + 2)) \
         -m \"$calls\" \\\n        -nostdin -default_behaviors all,-bye -timeout {limit} -timeout_error \\\n        \
         -trace_err -error_file \"$name.errors\" -trace_shortmsg -shortmessage_file \"$name.messages\" \\\n        \
         > \"$name.screen\" 2>&1 &\n    \
         phones=\"$phones $name:$!\"\n}}"
    );
    for side in sides.iter().filter(|side| !side.calls_us) {
        phone(&mut text, side, places, "");
    }
    for side in sides.iter().filter(|side| side.calls_us) {
        phone(&mut text, side, places, " \"$to\"");
    }
    text.push_str(END);
    if let Some(order) = order(sides) {
        let called = sides.iter().filter(|side| !side.calls_us);
        let files: Vec<String> = called.map(|side| format!("{}.messages", side.name)).collect();
        let (wanted, files) = (order.join(" "), files.join(" "));
        let _ = writeln!(
            text,
            "rung=$(awk -F '\\t' '{FIRST}' {files} | sort -n | cut -d ' ' -f 2 | tr '\\n' ' ')\n\
             if [ \"${{rung% }}\" != \"{wanted}\" ]; then\n    \
             echo \"rung: ${{rung% }}; expected: {wanted}\"\n    failed=1\nfi"
        );
    }
    text.push_str("[ $failed = 0 ] && echo \"as on virtual time\"\nexit $failed\n");
    text
}

/// Agents who say ready or not: at the beginning, or when their time comes.
fn ready(text: &mut String, outcome: &Outcome, places: &Places) {
    if outcome.said_ready.is_empty() {
        return;
    }
    let _ = writeln!(text, "http=${{HTTP:-{}}}", places.http());
    text.push_str(AGENT);
    for (at, agent, ready) in &outcome.said_ready {
        let state = if *ready { "ready" } else { "not_ready" };
        let agent = in_path(agent);
        let after = (LEAD + at.since(Mono(0))).as_secs_f64();
        let _ = match at.0 {
            0 => writeln!(text, "agent {agent} {state}"),
            _ => writeln!(text, "(sleep {after:.3}; agent {agent} {state}) &"),
        };
    }
}

/// A name as a part of a URL.
fn in_path(name: &str) -> String {
    let escaped = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() || b"-_.".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    name.bytes().map(escaped).collect()
}

fn phone(text: &mut String, side: &Side, places: &Places, to: &str) {
    let Some(place) = places.phones.get(&side.home) else { return };
    let (name, calls) = (&side.name, side.calls.len());
    let _ = writeln!(text, "phone {name} {} {} {calls}{to}", place.ip(), place.port());
}

/// The time of the first INVITE of each call in SIPp's short messages, and whose file it is.
const FIRST: &str = r#"$4 == "R" && $7 ~ /^INVITE / && !seen[FILENAME, $5]++ {
    name = FILENAME; sub(/[.]messages$/, "", name); print $3, name }"#;

/// Starts the router where that is asked for.
const START: &str = r#"router=
if [ "$1" = --router ]; then
    rm -f centralino.db*
    "${CENTRALINO:-centralino}" run plan.yaml > router.log 2>&1 &
    router=$!
    trap 'kill $router 2> /dev/null' EXIT
    tries=0
    until grep -q ' ready: ' router.log; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ] || ! kill -0 $router 2> /dev/null; then
            cat router.log
            exit 2
        fi
        sleep 0.1
    done
fi
"#;

/// Says ready or not for an agent.
const AGENT: &str = r#"agent() {
    case $2 in
        ready) body='{"state": "ready"}' ;;
        *) body='{"state": "not_ready", "reason": "break"}' ;;
    esac
    curl -sSf -o /dev/null -X PUT -H 'Content-Type: application/json' \
        -H "Authorization: Bearer $(cat "${TOKEN:-centralino.token}")" \
        -d "$body" "http://$http/api/v1/agents/$1/state" || echo "$1: could not say $2"
}
"#;

/// Waits for all phones.
const END: &str = r#"failed=0
for phone in $phones; do
    if ! wait "${phone##*:}"; then
        name=${phone%:*}
        echo "$name failed:"
        cat "$name.errors" 2> /dev/null || tail -n 30 "$name.screen"
        failed=1
    fi
done
if [ -n "$router" ]; then
    kill "$router"
    wait "$router" || failed=1
    trap - EXIT
fi
"#;
