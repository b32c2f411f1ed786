//! Every state of a stream, as the engine drives it, with every command, packet and pause.
//!
//! A state says what we send (`silence`: at the full rate; `keep-alive`: a packet now and then;
//! `relay`; `mute`), whether the far end was heard, and what else is under way. An effect is the next
//! state, what was sent to the leg, and what the call is told.

use super::*;
use crate::base::pairs;
use crate::media::Tone;
use crate::media::stream::Feed;

const STATES: [&str; 18] = [
    "closed",
    "silence, unheard",
    "keep-alive, unheard",
    "silence, latched",
    "keep-alive, latched",
    "mute, unheard, no place",
    "mute, latched, no place",
    "mute, latched, may not send",
    "silence, latched, may not hear",
    "silence, latched, playing",
    "silence, latched, playing till a digit",
    "silence, latched, may not send, playing",
    "silence, latched, digit",
    "silence, latched, joined",
    "keep-alive, latched, joined",
    "relay, latched, joined",
    "relay after noise, latched, joined",
    "silence, latched, joined, playing",
];

const INPUTS: [&str; 33] = [
    "Open",
    "Update",
    "Update: elsewhere",
    "Update: no place",
    "Update: may not send",
    "Update: may not hear",
    "Update: both again",
    "Update: no events",
    "Close",
    "Play",
    "Play of nothing",
    "Stop",
    "Stop of another",
    "Join",
    "Join with itself",
    "Part",
    "SendDigit",
    "audio",
    "comfort noise",
    "event: new press",
    "event: end of the press",
    "unagreed payload type",
    "no RTP",
    "audio of a stranger",
    "RTCP",
    "RTCP of a stranger",
    "partner: audio",
    "partner: comfort noise",
    "partner: event",
    "20 ms pass",
    "1 s passes",
    "5 s pass",
    "15 s pass",
];

fn agreed() -> StreamSpec {
    StreamSpec { comfort_noise: Some(13), ..spec(0) }
}

/// Leg 0 in that state; leg 1 is another open leg.
fn at(state: &str) -> Bench {
    let mut bench = Bench::new();
    let nowhere = StreamSpec { remote_rtp: None, signalling: Some(far(0).ip()), ..agreed() };
    let until_digit = state.ends_with("till a digit");
    bench.open(1, StreamSpec { comfort_noise: Some(13), ..spec(1) });
    if state == "closed" {
        return bench;
    }
    bench.open(0, if state.ends_with("no place") { nowhere } else { agreed() });
    bench.tick();
    if state.contains("latched") {
        bench.far_sends(0, audio(1, 160), &[0x11; 160]);
    }
    if state.contains("joined") {
        bench.command(Command::Join { a: leg(0), b: leg(1) });
    }
    match state.split(", ").next().unwrap() {
        "keep-alive" => bench.pass(1200),
        "relay" => bench.far_sends(1, audio(50, 160), &[0x22; 160]),
        "relay after noise" => {
            bench.far_sends(1, audio(50, 160), &[0x22; 160]);
            bench.far_sends(1, Header { payload_type: 13, ..audio(51, 320) }, &[60]);
        }
        _ => {}
    }
    let held = StreamSpec { may_send: false, ..agreed() };
    match state {
        "mute, latched, may not send" | "silence, latched, may not send, playing" => {
            bench.command(Command::Update { stream: leg(0), spec: held });
            bench.pass(40);
        }
        "silence, latched, may not hear" => {
            let spec = StreamSpec { may_receive: false, ..agreed() };
            bench.command(Command::Update { stream: leg(0), spec });
        }
        "silence, latched, digit" => {
            bench.command(Command::SendDigit { stream: leg(0), digit: seven() });
            bench.pass(20);
        }
        _ => {}
    }
    if state.contains("playing") {
        bench.play(0, 1, vec![PlayItem::Tone(Tone::Steady(440))], until_digit);
    }
    bench.out = Recorder::default();
    bench
}

fn seven() -> crate::media::Digit {
    crate::media::Digit::from_event(7).unwrap()
}

fn state_of(bench: &Bench) -> String {
    let Some(at) = bench.engine.by_leg.get(&leg(0)) else { return "closed".to_owned() };
    let stream = &bench.engine.streams[*at];
    let now = Mono(bench.now_us);
    let feed = match &stream.feed {
        Feed::Mute => "mute",
        Feed::Own { .. } if stream.only_keeps_alive(now) => "keep-alive",
        Feed::Own { .. } => "silence",
        Feed::Relay(relay) if relay.quiet_at() > now + std::time::Duration::from_secs(1) => {
            "relay after noise"
        }
        Feed::Relay(_) => "relay",
    };
    let source = match stream.latch.source() {
        Some(source) if source == far(0) => "latched",
        Some(_) => "latched elsewhere",
        None => "unheard",
    };
    let until_digit = stream.playing.as_ref().is_some_and(|playing| playing.stops_at_digit());
    let marks = [
        (stream.spec.remote_rtp.is_none(), "no place"),
        (!stream.spec.may_send, "may not send"),
        (!stream.spec.may_receive, "may not hear"),
        (stream.spec.event_send.is_none(), "no events"),
        (stream.partner.is_some(), "joined"),
        (stream.playing.is_some(), if until_digit { "playing till a digit" } else { "playing" }),
        (stream.digits.is_busy(), "digit"),
    ];
    let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark);
    [feed, source].into_iter().chain(marks).collect::<Vec<_>>().join(", ")
}

/// What was sent to leg 0 as RTP, by kind and number; a BYE of RTCP, and where it went if it was not
/// where its SDP says.
fn sent(bench: &mut Bench) -> Vec<String> {
    let mut kinds: Vec<(String, u32)> = Vec::new();
    for sent in std::mem::take(&mut bench.out.sent).into_iter().filter(|s| s.port == port(0)) {
        let kind = if rtp::is_rtcp(&sent.bytes) {
            if !sent.bytes.windows(2).any(|w| w == [0x81, 203]) {
                continue;
            }
            "RTCP BYE"
        } else {
            match (sent.rtp().payload_type, sent.rtp().payload) {
                (101, _) => "event",
                (13, _) => "noise",
                (_, payload) if payload.iter().all(|byte| *byte == 0xd5) => "silence",
                (_, payload) if payload.iter().all(|byte| *byte == 0x22) => "their audio",
                _ => "play",
            }
        };
        let elsewhere = if sent.to.ip() == far(0).ip() { "" } else { " elsewhere" };
        let kind = format!("{kind}{elsewhere}");
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect()
}

fn update(bench: &mut Bench, change: impl FnOnce(&mut StreamSpec)) {
    let at = bench.engine.by_leg.get(&leg(0));
    let mut spec = at.map_or_else(agreed, |at| bench.engine.streams[*at].spec.clone());
    change(&mut spec);
    bench.command(Command::Update { stream: leg(0), spec });
}

fn do_input(bench: &mut Bench, input: &str) {
    let stream = leg(0);
    let press = Header { payload_type: 101, marker: true, ..audio(2, 320) };
    let stranger: SocketAddr = "203.0.113.1:9".parse().unwrap();
    let rtcp = |bench: &mut Bench, from: SocketAddr| {
        // An empty receiver report (RFC 3550 §6.4.2).
        let bytes = [0x80, 201, 0, 1, 0, 0, 0, 9];
        let now = bench.now();
        let kind = PacketKind::Rtcp;
        bench.engine.handle_packet(port(0), kind, from, &bytes, now, &mut bench.out);
    };
    match input {
        "Open" => bench.open(0, agreed()),
        "Update" => update(bench, |_| {}),
        "Update: elsewhere" => update(bench, |spec| {
            spec.remote_rtp = Some("192.0.2.99:7000".parse().unwrap());
        }),
        "Update: no place" => update(bench, |spec| spec.remote_rtp = None),
        "Update: may not send" => update(bench, |spec| spec.may_send = false),
        "Update: may not hear" => update(bench, |spec| spec.may_receive = false),
        "Update: both again" => update(bench, |spec| *spec = agreed()),
        "Update: no events" => update(bench, |spec| spec.event_send = None),
        "Close" => bench.command(Command::Close { stream }),
        "Play" => bench.play(0, 2, vec![PlayItem::Tone(Tone::Steady(440))], false),
        "Play of nothing" => bench.play(0, 2, vec![], false),
        "Stop" => bench.command(Command::Stop { stream, play: PlayId(1) }),
        "Stop of another" => bench.command(Command::Stop { stream, play: PlayId(9) }),
        "Join" => bench.command(Command::Join { a: stream, b: leg(1) }),
        "Join with itself" => bench.command(Command::Join { a: stream, b: stream }),
        "Part" => bench.command(Command::Part { stream }),
        "SendDigit" => bench.command(Command::SendDigit { stream, digit: seven() }),
        "audio" => bench.far_sends(0, audio(2, 320), &[0x11; 160]),
        "comfort noise" => {
            bench.far_sends(0, Header { payload_type: 13, ..audio(2, 320) }, &[60]);
        }
        "event: new press" => bench.far_sends(0, press, &[5, 10, 0, 160]),
        "event: end of the press" => {
            bench.far_sends(0, press, &[5, 10, 0, 160]);
            bench.out = Recorder::default();
            bench.far_sends(0, Header { marker: false, sequence: 3, ..press }, &[5, 138, 3, 32]);
        }
        "unagreed payload type" => {
            bench.far_sends(0, Header { payload_type: 18, ..audio(2, 320) }, &[0; 20]);
        }
        "no RTP" => bench.packet(0, far(0), &[0x40; 172]),
        "audio of a stranger" => {
            bench.packet(0, stranger, &bytes_of(audio(2, 320), &[0x11; 160]));
        }
        "RTCP" => rtcp(bench, SocketAddr::new(far(0).ip(), 4001)),
        "RTCP of a stranger" => rtcp(bench, stranger),
        "partner: audio" => bench.far_sends(1, audio(52, 480), &[0x22; 160]),
        "partner: comfort noise" => {
            bench.far_sends(1, Header { payload_type: 13, ..audio(52, 480) }, &[60]);
        }
        "partner: event" => {
            let press = Header { payload_type: 101, marker: true, ..audio(52, 480) };
            bench.far_sends(1, press, &[5, 10, 0, 160]);
        }
        "20 ms pass" => bench.pass(20),
        "1 s passes" => bench.pass(1000),
        "5 s pass" => bench.pass(5000),
        _ => bench.pass(15_000),
    }
    // What is due at once is sent at once.
    bench.tick();
}

#[test]
fn every_pair_of_a_stream() {
    pairs::check_said(include_str!("pairs.txt"), &STATES, &INPUTS, |state, input| {
        let mut bench = at(state);
        assert_eq!(state_of(&bench), state);
        let before = bench.engine.figures(leg(0)).map_or(0, |figures| figures.packets_dropped);
        do_input(&mut bench, input);
        let after = state_of(&bench);
        let mut said = vec![if after == state { "=".to_owned() } else { after }];
        said.extend(sent(&mut bench));
        let told =
            bench.events().into_iter().filter_map(|e| e.strip_prefix("0 ").map(str::to_owned));
        said.extend(told);
        let dropped = bench.engine.figures(leg(0)).map_or(0, |figures| figures.packets_dropped);
        if dropped > before {
            said.push("dropped".to_owned());
        }
        said.join(", ")
    });
}
