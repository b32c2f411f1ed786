//! Who hears whom: prompts, digits, queues, hold, hanging up.

use crate::ground::{Plan, Router, scratch};
use crate::phone::{HOST, Phone, Setup};
use crate::recording;

/// The voices: two callers, two agents, the prompt, the music.
const CALLER: u16 = 440;
const SECOND: u16 = 510;
const ANNA: u16 = 700;
const BRUNO: u16 = 900;
const PROMPT: u16 = 1200;
const MUSIC: u16 = 610;
const RING_BACK: u16 = 425;
const ALL: [u16; 7] = [CALLER, SECOND, ANNA, BRUNO, PROMPT, MUSIC, RING_BACK];

/// A menu at 100 that leads to Anna by 1 and to Bruno by 2, Anna's queue at 101, Anna's phone at 102.
fn router(anna: &Phone, bruno: Option<&Phone>) -> Router {
    let prompts = scratch("prompts");
    for (name, hz) in [("ask.wav", PROMPT), ("music.wav", MUSIC)] {
        recording::write_tone(&prompts.join(name), hz);
    }
    let (prompts, anna) = (prompts.display(), anna.sip);
    let bruno = bruno.map_or(anna, |bruno| bruno.sip);
    let rest = format!(
        "prompts: {{ ask: \"{prompts}/ask.wav\", music: \"{prompts}/music.wav\" }}\n\
         agents:\n  anna: {{ contact: \"sip:anna@{anna}\", skills: {{ sales: 5 }} }}\n  \
         bruno: {{ contact: \"sip:bruno@{bruno}\", skills: {{ support: 5 }} }}\n\
         queues:\n  sales: {{ steps: [{{ want: skill.sales >= 1 }}], ring: 10s, \
         while_waiting: {{ music: music }}, otherwise: sorry }}\n  \
         support: {{ steps: [{{ want: skill.support >= 1 }}], ring: 10s, otherwise: sorry }}\n\
         numbers:\n  \"100\": main\n  \"101\": direct\n  \"102\": {{ dial: \"sip:anna@{anna}\" }}\n\
         flows:\n  main:\n    \
         choose: {{ menu: {{ prompt: ask, wait: 10s, tries: 1, keys: {{ \"1\": sell, \"2\": help }} }}, \
         failed: sorry }}\n    \
         sell: {{ queue: sales }}\n    help: {{ queue: support }}\n    sorry: {{ hang_up: 480 }}\n  \
         direct:\n    sell: {{ queue: sales }}\n    sorry: {{ hang_up: 480 }}\n"
    );
    Router::start(&Plan { ip: HOST, workers: 1, trunk: "", rest })
}

fn dial(phone: &mut Phone, number: &str, router: &Router) {
    phone.command("dial", &format!("sip:{number}@{}", router.udp));
    phone.wait_for("CALL_ESTABLISHED");
}

/// MED-01, MED-06: the prompt, then 2 by RFC 4733, then Bruno and not Anna; 7 goes across to him.
#[test]
fn a_digit_chooses_the_agent_and_both_hear_each_other() {
    let (mut anna, mut bruno) =
        (Setup::agent("anna", ANNA).start(), Setup::agent("bruno", BRUNO).start());
    let mut caller = Setup::caller("caller", CALLER).start();
    let router = router(&anna, Some(&bruno));
    dial(&mut caller, "100", &router);
    caller.wait_to_hear(PROMPT);
    caller.command("sndcode", "2");
    caller.wait_to_hear(BRUNO);
    bruno.wait_to_hear(CALLER);
    caller.command("sndcode", "7");
    bruno.wait_for("CALL_DTMF_END");
    caller.command("hangup", "");
    bruno.wait_for("CALL_CLOSED");
    let cdr = router.cdrs(1).remove(0);
    for phone in [&mut caller, &mut anna, &mut bruno] {
        phone.switch_off();
    }
    assert_eq!(caller.heard(&ALL), [[PROMPT, BRUNO]], "{cdr:#}");
    assert_eq!(bruno.heard(&ALL), [[CALLER]], "{cdr:#}");
    assert!(anna.heard(&ALL).is_empty(), "nobody called Anna");
    assert!(bruno.log().contains("received event: '7' (end=1)"), "7 went across");
    assert!(!bruno.log().contains("received event: '2'"), "2 was for the menu");
    assert_eq!(cdr["agent"], "bruno", "{cdr:#}");
    assert_eq!((&cdr["cause"], &cdr["ended_by"]), (&"normal_clearing".into(), &"caller".into()));
    router.end();
}

/// The same over TCP; here the agent hangs up.
#[test]
fn a_caller_over_tcp_and_an_agent_who_hangs_up() {
    let mut anna = Setup::agent("anna", ANNA).start();
    let mut caller = Setup::caller("caller", CALLER).start();
    let router = router(&anna, None);
    caller.command("dial", &format!("sip:100@{};transport=tcp", router.tcp));
    caller.wait_for("CALL_ESTABLISHED");
    caller.wait_to_hear(PROMPT);
    caller.command("sndcode", "1");
    caller.wait_to_hear(ANNA);
    anna.wait_to_hear(CALLER);
    anna.command("hangup", "");
    caller.wait_for("CALL_CLOSED");
    let cdr = router.cdrs(1).remove(0);
    caller.switch_off();
    anna.switch_off();
    assert_eq!(caller.heard(&ALL), [[PROMPT, ANNA]], "{cdr:#}");
    assert_eq!(anna.heard(&ALL), [[CALLER]], "{cdr:#}");
    assert_eq!((&cdr["cause"], &cdr["ended_by"]), (&"normal_clearing".into(), &"agent".into()));
    router.end();
}

/// The second caller hears music until the first hangs up, then the agent; nobody hears a stranger.
#[test]
fn a_caller_who_waits_hears_music_and_then_the_agent() {
    let mut anna = Setup::agent("anna", ANNA).start();
    let mut first = Setup::caller("first", CALLER).start();
    let mut second = Setup::caller("second", SECOND).start();
    let router = router(&anna, None);
    dial(&mut first, "101", &router);
    first.wait_to_hear(ANNA);
    dial(&mut second, "101", &router);
    second.wait_to_hear(MUSIC);
    anna.wait_to_hear(CALLER);
    first.command("hangup", "");
    second.wait_to_hear(ANNA);
    anna.wait_to_hear(SECOND);
    second.command("hangup", "");
    let cdrs = router.cdrs(2);
    for phone in [&mut first, &mut second, &mut anna] {
        phone.switch_off();
    }
    assert_eq!(first.heard(&ALL).concat().last(), Some(&ANNA));
    assert!(!first.heard(&ALL).concat().contains(&SECOND));
    assert_eq!(second.heard(&ALL), [[MUSIC, ANNA]]);
    assert_eq!(anna.heard(&ALL), [[CALLER], [SECOND]]);
    assert!(cdrs.iter().all(|cdr| cdr["agent"] == "anna"), "{cdrs:#?}");
    router.end();
}

/// SDP-05: who holds is sent nothing until the resume, then both are sent what the other says.
#[test]
fn an_agent_holds_and_resumes_then_the_caller_does() {
    let mut anna = Setup::agent("anna", ANNA).start();
    let mut caller = Setup::caller("caller", CALLER).start();
    let router = router(&anna, None);
    dial(&mut caller, "102", &router);
    anna.wait_to_hear(CALLER);
    caller.wait_to_hear(ANNA);
    anna.command("hold", "");
    anna.wait_for_silence();
    anna.command("resume", "");
    anna.wait_to_receive(20);
    caller.wait_to_receive(20);
    caller.command("hold", "");
    caller.wait_for_silence();
    caller.command("resume", "");
    caller.wait_to_receive(20);
    anna.wait_to_receive(20);
    caller.command("hangup", "");
    let cdr = router.cdrs(1).remove(0);
    assert_ne!(cdr["durations"]["hold_ms"], 0, "{cdr:#}");
    assert_eq!((&cdr["cause"], &cdr["ended_by"]), (&"normal_clearing".into(), &"caller".into()));
    router.end();
}
