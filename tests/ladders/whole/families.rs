//! IPv4 and IPv6 together: a caller of one family, an agent of the other; each leg speaks its own, in SIP,
//! SDP and media.

use super::set::*;
use crate::stage::*;
use centralino::sim::{Action, Behaviour, HouseConfig, Phone, PhoneConfig, PlaceCall};
use std::net::{IpAddr, Ipv6Addr};

/// Where we live too.
const US6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 9));
/// A trunk's caller there.
const FAR: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1));
/// Carla's phone there.
const CARLA: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2));

/// A set with both families: 360 leads to Carla's phone, 200 to the agents, of whom Carla is the best
/// where `carla_first`.
fn both_families(carla_first: bool, carla: Behaviour) -> Set {
    let skill = if carla_first { 10 } else { 1 };
    let agent = format!(
        "agents:\n  carla: {{ contact: \"sip:carla@[fd00::2]\", skills: {{ sales: {skill} }} }}\n"
    );
    let config = config_with(&[
        ("\"udp://10.0.0.9:5060\"", "\"udp://10.0.0.9:5060\", \"udp://[fd00::9]:5060\""),
        ("accept_from: [10.0.0.1", "accept_from: [\"fd00::1\", 10.0.0.1"),
        ("numbers:\n", "numbers:\n  \"360\": { dial: \"sip:carla@[fd00::2]\", ring: 10s }\n"),
        ("agents:\n", &agent),
        ("skill.sales >= 10", "skill.sales >= 11"),
    ]);
    let config = HouseConfig { media_beside: Some(US6), ..config };
    let mut set = set_with(&config, Behaviour::default(), idle());
    for (name, ip, behaviour) in [("far", FAR, idle()), ("carla", CARLA, carla.with_tone(BRUNO_HZ))]
    {
        set.world.add_phone(Phone::new(PhoneConfig::new(name, ip, behaviour)));
    }
    set
}

/// The far caller calls this number.
fn far_calls(set: &mut Set, number: &str, behaviour: Behaviour) {
    let call = PlaceCall {
        from: Some("+39333111".into()),
        ..PlaceCall::new(number, (US6, 5060).into(), behaviour.with_tone(CALLER_HZ))
    };
    assert!(set.world.place("far", call).is_some());
}

/// What we say on each leg names addresses of its own family alone: in Via, Contact and SDP; and nothing
/// there is of the other.
#[track_caller]
fn assert_speaks_its_own(set: &Set, name: &str, six: bool) {
    let (own, other) = if six { ("fd00::9", "10.0.0.") } else { ("10.0.0.9", "fd00:") };
    let messages = set.messages("us", name, "");
    assert!(messages.len() >= 3, "{name}: {messages:?}");
    for message in messages {
        assert!(!message.contains(other), "to {name}: {message}");
        let (head, body) = message.split_once("\r\n\r\n").unwrap_or((&message, ""));
        if !head.starts_with("SIP/2.0") {
            let via = header(head, "Via").unwrap_or_default();
            assert!(via.contains(own), "{via}");
        }
        if let Some(line) = body.lines().find(|line| line.starts_with("c=")) {
            assert_eq!(line, format!("c=IN IP{} {own}", if six { 6 } else { 4 }));
            let contact = header(head, "Contact").unwrap_or_default();
            let host = if six { format!("[{own}]") } else { own.to_owned() };
            assert!(contact.contains(&host), "{contact}");
        }
    }
}

/// The parties heard each other, and found nothing wrong.
#[track_caller]
fn assert_talked(set: &Set, caller: &str, agent: &str, agent_hz: u16) {
    for name in [caller, agent] {
        let noticed = &set.saw(name).noticed;
        assert!(noticed.is_empty(), "{name}: {noticed:?}");
        assert!(set.saw(name).rtp.received > 100, "{name}: {:?}", set.saw(name).rtp);
    }
    assert!(set.saw(caller).heard_for(agent_hz) > s(2), "{:?}", set.saw(caller).tones);
    assert!(set.saw(agent).heard_for(CALLER_HZ) > s(2), "{:?}", set.saw(agent).tones);
}

/// A call with a hold of a second in it, from this caller to this agent.
fn ladder(caller: &str, agent: &str, queued: bool) -> String {
    let (before, behind) = match queued {
        true => (format!("us -> {caller} 180 INVITE"), String::new()),
        false => (String::new(), format!("us -> {caller} 180 INVITE")),
    };
    format!(
        "{caller} -> us INVITE (sdp)
         {before}
         us -> {agent} INVITE (sdp)
         {agent} -> us 180 INVITE
         {behind}
         {agent} -> us 200 INVITE (sdp)
         us -> {agent} ACK
         us -> {caller} 200 INVITE (sdp)
         {caller} -> us ACK
         {caller} -> us INVITE (sdp sendonly)
         us -> {caller} 200 INVITE (sdp recvonly)
         us -> {agent} INVITE (sdp sendonly)
         {caller} -> us ACK
         {agent} -> us 200 INVITE (sdp recvonly)
         us -> {agent} ACK
         {caller} -> us INVITE (sdp)
         us -> {caller} 200 INVITE (sdp)
         us -> {agent} INVITE (sdp)
         {caller} -> us ACK
         {agent} -> us 200 INVITE (sdp)
         us -> {agent} ACK
         {caller} -> us BYE
         us -> {caller} 200 BYE
         us -> {agent} BYE
         {agent} -> us 200 BYE"
    )
}

/// Talks for six seconds, with a hold, and presses a digit at the end.
fn talks() -> Behaviour {
    let caller = Behaviour::default().then(s(2), Action::Hold).then(s(3), Action::Resume);
    caller.then(s(5), Action::Digits("7".into())).talking(s(7))
}

/// TRN-06: a caller over IPv4 and an agent over IPv6, dialled and chosen by the queue.
#[test]
fn trn_06_an_ipv4_caller_and_an_ipv6_agent() {
    for (number, queued) in [("360", false), ("200", true)] {
        let mut set = both_families(true, Behaviour::default());
        set.call(number, talks());
        set.finish();
        set.assert_ladder(&ladder("caller", "carla", queued));
        assert_speaks_its_own(&set, "caller", false);
        assert_speaks_its_own(&set, "carla", true);
        assert_talked(&set, "caller", "carla", BRUNO_HZ);
        assert_eq!(set.saw("carla").digits, "7");
        set.assert_ended("caller", "normal_clearing");
    }
}

/// TRN-06: the other way round.
#[test]
fn trn_06_an_ipv6_caller_and_an_ipv4_agent() {
    for (number, queued) in [("300", false), ("200", true)] {
        let mut set = both_families(false, Behaviour::default());
        far_calls(&mut set, number, talks());
        set.finish();
        set.assert_ladder(&ladder("far", "anna", queued));
        assert_speaks_its_own(&set, "far", true);
        assert_speaks_its_own(&set, "anna", false);
        assert_talked(&set, "far", "anna", ANNA_HZ);
        assert_eq!(set.saw("anna").digits, "7");
        set.assert_ended("caller", "normal_clearing");
    }
}

/// TRN-06: the first target is of one family and does not answer, the next is of the other: the caller's
/// own leg stays as it is.
#[test]
fn trn_06_from_an_agent_of_one_family_to_one_of_the_other() {
    let refuses = Behaviour::answering(centralino::sim::Answer::busy());
    let mut set = both_families(true, refuses);
    set.call("200", Behaviour::default().talking(s(4)));
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> caller 180 INVITE
         us -> carla INVITE (sdp)
         carla -> us 486 INVITE
         us -> carla ACK
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         us -> caller 200 INVITE (sdp)
         caller -> us ACK
         caller -> us BYE
         us -> caller 200 BYE
         us -> anna BYE
         anna -> us 200 BYE",
    );
    assert_speaks_its_own(&set, "anna", false);
    assert_talked(&set, "caller", "anna", ANNA_HZ);
    set.assert_offers(&[("carla", "busy"), ("anna", "joined")]);
}
