//! What is written for SIPp: scenarios for each behaviour, the plan beside them, the script; and what
//! is told of what cannot be written. That SIPp takes it, and that a router does the same with it,
//! is for `tests/wire`.

use super::super::tests::{Paper, Set, set};
use super::*;
use crate::dialplan;
use crate::plan::Names;
use std::collections::BTreeMap;

fn written(set: &Set, by_info: bool) -> Result<BTreeMap<String, String>, String> {
    let options = WireOptions {
        at: SocketAddr::from(([127, 0, 0, 1], 7000)),
        by_info,
        folder: "/plans".to_owned(),
        plan: "plan.yaml".to_owned(),
    };
    let outcome = set.rehearsal.run(&set.cases[0]);
    let written =
        scenarios(&set.rehearsal, &set.cases[0], &outcome, &set.sources, &Paper, &options)?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(written.files.into_iter().map(|(name, bytes)| (name, text(bytes))).collect())
}

/// The files of one test, `{ … }`.
fn files(test: &str) -> BTreeMap<String, String> {
    written(&set(&format!("  t: {}\n", test.replace('\n', " "))), false).unwrap()
}

/// The commands of a scenario, one a line: `pause 2000`, `send 200`, `recv INVITE`.
fn commands(xml: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut sending = false;
    for line in xml.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let value = |name: &str| {
            let (_, rest) = line.split_once(&format!("{name}=\""))?;
            rest.split('"').next()
        };
        if sending && !line.starts_with("<![CDATA[") {
            let mut words = line.split(' ');
            let first = words.next().unwrap_or_default();
            let what = if first == "SIP/2.0" { words.next().unwrap_or_default() } else { first };
            commands.push(format!("send {what}"));
            sending = false;
        } else if line.starts_with("<send") {
            sending = true;
        } else if line.starts_with("<recv") && value("optional").is_none() {
            let what = value("request").or(value("response")).unwrap_or_default();
            commands.push(format!("recv {what}"));
        } else if line.starts_with("<pause") {
            commands.push(format!("pause {}", value("milliseconds").unwrap_or_default()));
        } else if line.starts_with("<nop><action") {
            commands.push(format!("play {}", value("play_pcap_audio").unwrap_or_default()));
        } else if line.starts_with("<label") {
            commands.push(format!("label {}", value("id").unwrap_or_default()));
        } else if line.starts_with("<nop next") {
            commands.push(format!("next {}", value("next").unwrap_or_default()));
        }
    }
    commands
}

#[test]
fn a_caller_presses_talks_and_hangs_up() {
    let files = files("{ call: '1000', press: '1', expect: { agent: anna } }");
    let caller = commands(&files["caller.xml"]);
    let wanted = [
        "pause 1000",
        "send INVITE",
        "recv 200",
        "send ACK",
        // A second of welcome, half a second of thought.
        "pause 1499",
        "play caller-1.pcap",
    ];
    assert_eq!(caller[..6], wanted, "{}", files["caller.xml"]);
    assert_eq!(caller[7..], ["send BYE", "recv 200"]);
    assert!(files["caller.xml"].contains("INVITE sip:1000@[remote_ip]:[remote_port] SIP/2.0"));
    let phone = "10.0.0.1.xml";
    let wanted = ["recv INVITE", "send 180", "pause 2000", "send 200", "recv ACK", "recv BYE"];
    assert_eq!(commands(&files[phone])[..6], wanted, "{}", files[phone]);
}

#[test]
fn each_behaviour_has_its_scenario() {
    for (test, phone, wanted) in [
        (
            "{ call: '1001', targets: { front: busy } }",
            "front.xml",
            vec!["recv INVITE", "send 486", "recv ACK"],
        ),
        (
            "{ call: '1001', targets: { front: refuses 404 } }",
            "caller.xml",
            vec!["pause 1000", "send INVITE", "recv 404", "send ACK"],
        ),
        (
            "{ call: '1001', targets: { front: no answer } }",
            "front.xml",
            vec!["recv INVITE", "send 180", "recv CANCEL", "send 200", "send 487", "recv ACK"],
        ),
        (
            "{ call: '1001', targets: { front: answers at once talks 3s } }",
            "front.xml",
            vec!["recv INVITE", "send 200", "recv ACK", "pause 3000", "send BYE", "recv 200"],
        ),
        (
            "{ call: '1001', steps: [until: ringing, wait: 1s, hang up] }",
            "caller.xml",
            vec![
                "pause 1000",
                "send INVITE",
                "recv 180",
                "pause 999",
                "send CANCEL",
                "recv 200",
                "recv 487",
                "send ACK",
            ],
        ),
    ] {
        let files = files(test);
        let file = files.get(phone).unwrap_or_else(|| panic!("{phone} of {:?}", files.keys()));
        assert_eq!(commands(file), wanted, "{test}\n{file}");
    }
}

#[test]
fn a_phone_that_says_nothing_stays_until_the_last_repeat() {
    let files = files("{ call: '1001', targets: { front: unreachable } }");
    let found = commands(&files["front.xml"]);
    assert_eq!(found[0], "recv INVITE");
    let pause = found[1].strip_prefix("pause ").unwrap().parse::<u64>().unwrap();
    assert!((5_000..40_000).contains(&pause) && found.len() == 2, "{found:?}");
}

#[test]
fn a_phone_that_is_called_again_counts_its_calls() {
    let files = files(
        "{ call: '1000', press: '1', agents: { anna: [busy, answers], bob: no answer, carl: not ready } }",
    );
    // Anna and Bob share a phone.
    let found = commands(&files["10.0.0.1.xml"]);
    let begin = ["recv INVITE", "next 2", "next 3", "send 486", "recv ACK", "next 4", "label 2"];
    assert_eq!(found[..7], begin, "{found:?}");
    assert_eq!(found.last().unwrap(), "label 4");
    let run = &files["run.sh"];
    assert!(run.contains("phone 10.0.0.1 127.0.0.2 7000 3\n"), "{run}");
    assert!(run.contains("!= \"10.0.0.1 10.0.0.1 10.0.0.1\""), "{run}");
    assert!(run.contains("agent carl not_ready\n"), "{run}");
}

#[test]
fn hold_and_resume_say_and_check_the_direction() {
    let files = files(
        "{ agents: { bob: not ready, carl: not ready }, steps: [call: '1000', press: '1',
           until: talking, anna: holds, wait: 1s, anna: resumes, wait: 1s, hang up] }",
    );
    let phone = &files["10.0.0.1.xml"];
    assert_eq!(phone.matches("\n      a=sendonly\n").count(), 1, "{phone}");
    assert_eq!(phone.matches("INVITE [next_url] SIP/2.0").count(), 2, "{phone}");
    let caller = &files["caller.xml"];
    assert_eq!(caller.matches("regexp=\"a=sendonly\"").count(), 1, "{caller}");
    assert_eq!(caller.matches("\n      a=recvonly\n").count(), 1, "{caller}");
}

#[test]
fn digits_go_by_info_where_that_is_asked_for() {
    let set = set("  t: { call: '1000', press: ['2', '1234'] }\n");
    let files = written(&set, true).unwrap();
    let caller = &files["caller.xml"];
    assert_eq!(caller.matches("Content-Type: application/dtmf-relay").count(), 5, "{caller}");
    assert!(caller.contains("Signal=4\n") && caller.contains("CSeq: 7 BYE"), "{caller}");
    assert!(!files.keys().any(|name| name.ends_with(".pcap")));
}

#[test]
fn who_says_ready_later_says_it_when_the_time_comes() {
    let files = files(
        "{ agents: { anna: not ready, bob: not ready, carl: not ready },
           steps: [call: '1000', press: '1', wait: 3s, anna: ready, until: talking] }",
    );
    let run = &files["run.sh"];
    assert!(run.contains("\nagent anna not_ready\n"), "{run}");
    let line = run.lines().find(|line| line.ends_with("agent anna ready) &")).unwrap();
    let after: f64 = line.trim_start_matches("(sleep ").split(';').next().unwrap().parse().unwrap();
    // A second of lead, and what the call took until then.
    assert!((5.0..7.0).contains(&after), "{line}");
}

#[test]
fn the_plan_beside_it_loads_and_has_everybody_on_loopback() {
    let files = files("{ call: '1000', press: '1', agents: { anna: busy } }");
    let text = files["plan.yaml"].clone();
    let sources = vec![Source { name: "plan.yaml".to_owned(), text }];
    let loaded = dialplan::compile(&sources, &Paper, &mut Names::default());
    let plan = loaded.unwrap_or_else(|found| panic!("{found:?}\n{}", files["plan.yaml"])).plan;
    let contacts: Vec<&str> =
        plan.roster.agents.iter().flat_map(|a| a.contacts.iter().map(|c| &**c)).collect();
    assert_eq!(
        contacts,
        ["sip:anna@127.0.0.2:7000", "sip:bob@127.0.0.2:7000", "sip:carl@127.0.0.3:7000"]
    );
    let trunk = &plan.trunks[0];
    assert_eq!(*trunk.peers[0].uri, *"sip:192.0.2.7".replace("192.0.2.7", "127.0.0.6:7000"));
    let caller = std::net::IpAddr::from([127, 0, 0, 5]);
    assert!(plan.trunk_from(caller).is_some(), "{:?}", trunk.accept_from);
    assert!(plan.trunk_from(std::net::IpAddr::from([127, 0, 0, 2])).is_none());
    assert_eq!(plan.sip.listen[0].to_string(), "udp://127.0.0.1:7000");
    assert!(files["run.sh"].contains("phone caller 127.0.0.5 7000 1 \"$to\""));
}

#[test]
fn the_record_to_come_has_the_hosts_of_the_wire() {
    let files = files("{ call: '1001' }");
    let expected: Value = serde_json::from_str(&files["expected.json"]).unwrap();
    let record = &expected["calls"][0]["record"];
    assert_eq!(record["agent"], "127.0.0.4");
    assert_eq!(record["offers"][0]["to"], "127.0.0.4");
    assert_eq!(record["talks"][0]["with"], "127.0.0.4");
}

#[test]
fn what_cannot_be_played_is_told() {
    for (test, why) in [
        ("{ call: '1000', press: '1', expect: { agent: bob } }", "fails on virtual time"),
        (
            "{ call: '1001', steps: [until: ringing, wait: 1999ms, hang up] }",
            "an answer crosses a CANCEL",
        ),
    ] {
        let found = written(&set(&format!("  t: {test}\n")), false).map(|_| ());
        assert!(found.as_ref().is_err_and(|found| found.contains(why)), "{test}: {found:?}");
    }
}

#[test]
fn names_are_fit_for_files_and_shells() {
    for (name, file) in
        [("plain-1", "plain-1"), ("a b/c", "a-b-c"), ("..", "x.."), ("", "x"), ("$(x)", "x--x-")]
    {
        assert_eq!(sides::fit(name), file);
    }
}
