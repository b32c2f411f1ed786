//! The whole node on a virtual clock: hostile messages, then hours of timers, then nothing may be left.

use crate::hostile::{Dice, corpus, mutate};
use crate::peer::{Caller, media_port, tag};
use centralino::sim::clock::Clock;
use centralino::sim::{
    Answer, Behaviour, Datagram, House, HouseConfig, Node, Phone, PhoneConfig, PlaceCall, Remains,
    World,
};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

const US: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));
const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const ANNA: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
const PROBE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 66));
/// The numbers that lead somewhere.
const NUMBERS: [&str; 7] = ["100", "200", "300", "400", "500", "600", "700"];

fn plan() -> String {
    include_str!("plan.yaml")
        .replace("LISTEN", "[\"udp://10.0.0.9:5060\"]")
        .replace("MEDIA", "")
        .replace("ACCEPT", "[10.0.0.1, 10.0.0.7]")
        .replace("PROMPTS", "1000hz-700ms.wav")
        .replace("AGENT", "10.0.0.2")
}

/// Answers, and hangs up after three seconds.
fn polite() -> Behaviour {
    Behaviour::default().talking(Duration::from_secs(3))
}

fn world(seed: u64, workers: u8, anna: Behaviour) -> World<House> {
    let config = HouseConfig { workers, seed, ..HouseConfig::new(&plan(), US) };
    let house = House::new(&config, Clock::default().now()).expect("the plan compiles");
    let mut world = World::new(seed, "us", &[US], house);
    world.add_phone(Phone::new(PhoneConfig::new("caller", CALLER, Behaviour::default())));
    world.add_phone(Phone::new(PhoneConfig::new("anna", ANNA, anna)));
    world
}

/// Hands bytes to the router as if they came from there; what it sends back there at once.
fn send(world: &mut World<House>, from: SocketAddr, to_port: u16, bytes: &[u8]) -> Vec<Vec<u8>> {
    world.with_system(|house, now, out: &mut Vec<Datagram>| {
        house.datagram((US, to_port).into(), from, bytes, now, out);
        let back = out.iter().filter(|d| d.remote.ip() == from.ip());
        back.map(|d| d.bytes.to_vec()).collect()
    })
}

/// All is quiet: nothing is left over and each call has one record.
#[track_caller]
fn assert_nothing_left(world: &mut World<House>, what: &str) {
    let quiet = world.run_until_quiet(Duration::from_secs(4 * 3600));
    let house = world.system();
    assert!(quiet, "{what}: still busy after four hours: {:?}", house.remains());
    assert_eq!(house.remains(), Remains::default(), "{what}: something is left over");
    assert_eq!(house.calls().len(), house.cdrs().len(), "{what}: one record a call");
    assert_eq!(house.strays(), 0, "{what}: events behind the record's end");
}

/// A caller who reaches Anna, after all that.
#[track_caller]
fn assert_a_call_works(world: &mut World<House>, what: &str) {
    world.behave("anna", polite());
    // Whom calls were not answered at is paused until somebody says ready.
    world.with_system(|house, now, out| house.set_agent("anna", true, now, out));
    let before = world.system().cdrs().len();
    let call = PlaceCall::new("400", (US, 5060).into(), Behaviour::default());
    world.place("caller", call).expect("a line");
    assert_nothing_left(world, what);
    let cdrs = world.system().cdrs();
    let cdr = cdrs.get(before).expect("a record");
    assert!(cdr.answered_ms.is_some(), "{what}: {cdr:?}");
    assert!(cdr.offers.iter().any(|o| o.to == "anna"), "{what}: {cdr:?}");
}

/// MSG-01, MSG-02, MSG-06: every torture message, from a trunk and from a stranger, and mutations.
#[test]
fn msg_02_torture_messages_and_their_mutations_leave_nothing() {
    for workers in [1, 3] {
        let mut dice = Dice::new(4475 + u64::from(workers));
        let mut world = world(1, workers, polite());
        for (name, bytes) in corpus() {
            for from in [PROBE, STRANGER] {
                send(&mut world, (from, 5060).into(), 5060, &bytes);
                for _ in 0..8 {
                    let bytes = mutate(&bytes, &mut dice);
                    send(&mut world, (from, 5060).into(), 5060, &bytes);
                }
            }
            world.run_for(Duration::from_millis(20));
            assert!(world.system().remains().calls < 2000, "{name}");
        }
        assert_nothing_left(&mut world, "torture");
        assert_a_call_works(&mut world, "after torture");
    }
}

/// A caller whose phone rings in a queue that nobody serves, and that dies without a CANCEL.
#[test]
fn an_unanswered_caller_is_not_kept_for_ever() {
    let mut world = world(1, 1, Behaviour::answering(Answer::Never));
    let caller = Caller::new((PROBE, 5060).into(), (US, 5060).into(), "200", "dead");
    send(&mut world, caller.us, 5060, &caller.invite(1));
    world.run_for(Duration::from_secs(14 * 60));
    assert_eq!(world.system().remains().calls, 1, "patience is not punished");
    assert_nothing_left(&mut world, "a dead caller");
}

/// ACL-01: where the plan says that strangers hear nothing, they do, whatever they send.
#[test]
fn acl_01_an_ignored_stranger_hears_nothing() {
    let plan = plan().replace("sip: {", "sip: { unknown: ignore,");
    let house = House::new(&HouseConfig::new(&plan, US), Clock::default().now());
    let mut world = World::new(1, "us", &[US], house.expect("the plan compiles"));
    let mut dice = Dice::new(1);
    let from = SocketAddr::new(STRANGER, 5060);
    let mut scan = Caller::new(from, (US, 5060).into(), "100", "scan");
    scan.to_tag = "guessed".to_owned();
    let scans =
        ["OPTIONS", "INVITE", "BYE", "REGISTER"].map(|m| ("scan", scan.request(m, 1, "", None)));
    for (name, bytes) in corpus().into_iter().chain(scans) {
        for bytes in [mutate(&bytes, &mut dice), bytes] {
            let answers = send(&mut world, from, 5060, &bytes);
            assert!(answers.is_empty(), "{name} was answered");
        }
    }
    assert_nothing_left(&mut world, "strangers");
}

/// Calls by a caller that says anything at any time, and hears nothing of what we repeat.
#[test]
fn a_caller_gone_mad_leaves_nothing() {
    for seed in 0..40 {
        mad_caller(seed, 0);
    }
}

/// The same with half of the messages damaged on their way.
#[test]
fn a_mad_caller_with_damaged_messages_leaves_nothing() {
    for seed in 100..140 {
        mad_caller(seed, 50);
    }
}

fn mad_caller(seed: u64, damaged_percent: usize) {
    let mut dice = Dice::new(seed);
    let anna = match dice.below(6) {
        0 => Behaviour::answering(Answer::busy()),
        1 => Behaviour::answering(Answer::Silent),
        2 => Behaviour::answering(Answer::Never),
        _ => polite(),
    };
    let mut world = world(seed, 1 + (seed % 3) as u8, anna);
    let mut callers = Vec::new();
    let mut dialogs = BTreeSet::new();
    for index in 0..6 {
        let number = dice.one_of(&NUMBERS);
        let from = SocketAddr::new(PROBE, 5060 + index);
        callers.push((
            Caller::new(from, (US, 5060).into(), number, &format!("mad-{seed}-{index}")),
            0,
        ));
    }
    for _ in 0..120 {
        let index = dice.below(callers.len());
        let Some((caller, port)) = callers.get_mut(index) else { continue };
        let bytes = say(caller, &mut dice);
        let bytes =
            if dice.below(100) < damaged_percent { mutate(&bytes, &mut dice) } else { bytes };
        let us = caller.us;
        for answer in send(&mut world, us, 5060, &bytes) {
            if let Some(tag) = tag(&answer, "To") {
                dialogs.insert((index, tag.clone()));
                if dice.below(8) > 0 {
                    caller.to_tag = tag;
                }
            }
            *port = media_port(&answer).unwrap_or(*port);
        }
        let port = *port;
        if port != 0 {
            let length = dice.below(60);
            let mut noise = dice.bytes(length);
            if let (Some(first), true) = (noise.first_mut(), dice.below(2) == 0) {
                *first = 0x80;
            }
            send(&mut world, (PROBE, 40_000).into(), port + dice.below(2) as u16, &noise);
        }
        world.run_for(Duration::from_millis(dice.below(800) as u64));
    }
    // Whoever was answered has to hang up: nothing tells a silent party from a dead one.
    world.run_for(Duration::from_secs(40));
    for (index, tag) in dialogs {
        let Some((caller, _)) = callers.get_mut(index) else { continue };
        caller.to_tag = tag;
        let bye = caller.request("BYE", 1 << 30, "", None);
        let us = caller.us;
        send(&mut world, us, 5060, &bye);
    }
    let what = format!("seed {seed}");
    assert_nothing_left(&mut world, &what);
    assert_a_call_works(&mut world, &what);
}

/// Something that a caller may say, in turn or not.
fn say(caller: &Caller, dice: &mut Dice) -> Vec<u8> {
    let cseq = 1 + dice.below(4) as u32;
    let sdp = caller.sdp();
    let directions = ["sendonly", "inactive", "recvonly", "sendrecv"];
    let direction: &&str = dice.one_of(&directions);
    let held = sdp.replace("sendrecv", direction);
    let offer = Some(("application/sdp", if dice.below(3) == 0 { held.as_str() } else { &sdp }));
    match dice.below(16) {
        0..3 => caller.invite(cseq),
        3 => caller.request("INVITE", cseq, "", None),
        4 => caller.request("INVITE", cseq, "Require: 100rel\r\n", offer),
        5 => caller.request("ACK", cseq, "", None),
        6 => caller.request("ACK", cseq, "", offer),
        7 => caller.request("CANCEL", cseq, "", None),
        8 if dice.below(3) == 0 => caller.request("BYE", cseq + 1, "", None),
        8 | 9 => caller.request("ACK", cseq, "", None),
        10 => caller.request("UPDATE", cseq + 1, "", offer),
        11 => caller.request("PRACK", cseq + 1, "RAck: 1 1 INVITE\r\n", None),
        12 => {
            caller.request("INFO", cseq + 1, "", Some(("application/dtmf-relay", "Signal=1\r\n")))
        }
        13 => caller.request("OPTIONS", cseq + 1, "", None),
        14 => caller.request("REFER", cseq + 1, "Refer-To: <sip:100@10.0.0.9>\r\n", None),
        _ => caller.request(
            "INVITE",
            cseq,
            "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n",
            offer,
        ),
    }
}
