//! A story: what is going to happen in one run, drawn from its seed before the run begins.

use crate::dice::Dice;
use centralino::media::Codec;
use centralino::sim::phone::{HoldBy, Ringing};
use centralino::sim::{Action, Answer, Behaviour, Codecs, Faults, HouseConfig, Link, Weather};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// Where the router lives.
pub(crate) const US: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));
/// Phones that call: one a trunk.
pub(crate) const CALLERS: [(&str, [u8; 4]); 3] =
    [("north", [10, 1, 0, 1]), ("south", [10, 1, 0, 2]), ("east", [10, 1, 0, 3])];
/// Phones that are called. Those called `aN` are agents', `a7` and `a8` of the same one.
pub(crate) const CALLED: [(&str, [u8; 4]); 10] = [
    ("a0", [10, 2, 0, 10]),
    ("a1", [10, 2, 0, 11]),
    ("a2", [10, 2, 0, 12]),
    ("a3", [10, 2, 0, 13]),
    ("a4", [10, 2, 0, 14]),
    ("a5", [10, 2, 0, 15]),
    ("a6", [10, 2, 0, 16]),
    ("a7", [10, 2, 0, 17]),
    ("a8", [10, 2, 0, 18]),
    ("desk", [10, 2, 0, 30]),
];
/// Tones that callers and called phones send lie on this grid: the callers' on even places.
const FIRST_HZ: u16 = 500;
const GRID_HZ: u16 = 12;
const PLACES: u64 = 110;
/// Ways in which one called phone takes calls; more calls are taken as the first was.
pub(crate) const WAYS: usize = 400;

/// One call to be placed.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) at: Duration,
    pub(crate) phone: &'static str,
    pub(crate) number: &'static str,
    pub(crate) behaviour: Behaviour,
}

/// Somebody sets an agent's state.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) at: Duration,
    pub(crate) agent: &'static str,
    pub(crate) ready: bool,
}

/// All of a run.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    pub(crate) house: HouseConfig,
    /// No datagram is lost, doubled or overtaken anywhere.
    pub(crate) fair: bool,
    pub(crate) links: Vec<(IpAddr, IpAddr, Link)>,
    pub(crate) calls: Vec<Planned>,
    pub(crate) settings: Vec<Setting>,
    /// How each called phone takes its calls, in order.
    pub(crate) ways: Vec<(&'static str, Vec<Behaviour>)>,
}

impl Story {
    pub(crate) fn draw(seed: u64, calls: usize) -> Story {
        let mut dice = Dice::new(seed);
        let mut house = HouseConfig::new(include_str!("plan.yaml"), US);
        house.seed = seed;
        house.workers = if seed.is_multiple_of(2) { 3 } else { 1 };
        house.media_threads = dice.one(&[1, 2]);
        house.delay = dice.one(&[Duration::ZERO, Duration::from_millis(1), dice_delay(seed)]);
        house.hold_music = dice.percent(40).then(|| "hold".to_owned());
        let fair = seed % 5 < 2;
        let links = if fair { Vec::new() } else { weather(&mut dice) };
        let last = Duration::from_millis(600 * calls as u64);
        let mut calls: Vec<Planned> =
            (0..calls).map(|n| planned(n as u64, last, fair, &mut dice)).collect();
        calls.sort_by_key(|call| call.at);
        let setting = |dice: &mut Dice| Setting {
            at: dice.ms(0, last.as_millis() as u64),
            agent: dice.one(&["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"]),
            ready: dice.percent(65),
        };
        let mut settings: Vec<Setting> = (0..40).map(|_| setting(&mut dice)).collect();
        settings.sort_by_key(|setting| setting.at);
        let ways = CALLED.iter().enumerate().map(|(i, (name, _))| {
            let way = |n: usize| called(tone(1 + 2 * (n * CALLED.len() + i) as u64), &mut dice);
            (*name, (0..WAYS).map(way).collect())
        });
        Story { seed, house, fair, links, calls, settings, ways: ways.collect() }
    }
}

fn dice_delay(seed: u64) -> Duration {
    Duration::from_millis(seed % 20)
}

fn tone(place: u64) -> u16 {
    FIRST_HZ + GRID_HZ * (place % PLACES) as u16
}

/// Each direction between us and a phone has its own weather for a whole run.
fn weather(dice: &mut Dice) -> Vec<(IpAddr, IpAddr, Link)> {
    let phones = CALLERS.iter().chain(CALLED.iter()).map(|(_, ip)| IpAddr::from(*ip));
    let ways = phones.flat_map(|ip| [(ip, US), (US, ip)]);
    ways.map(|(from, to)| {
        let sip = Weather {
            delay: dice.ms(1, 80),
            jitter: if dice.percent(40) { dice.ms(1, 150) } else { Duration::ZERO },
            loss_permille: if dice.percent(50) { dice.number(1, 200) as u32 } else { 0 },
            twice_permille: if dice.percent(40) { dice.number(1, 200) as u32 } else { 0 },
        };
        let rtp = Weather {
            delay: dice.ms(1, 80),
            jitter: if dice.percent(30) { dice.ms(1, 30) } else { Duration::ZERO },
            loss_permille: if dice.percent(30) { dice.number(1, 100) as u32 } else { 0 },
            twice_permille: if dice.percent(20) { dice.number(1, 50) as u32 } else { 0 },
        };
        (from, to, Link { sip, rtp })
    })
    .collect()
}

fn planned(n: u64, last: Duration, fair: bool, dice: &mut Dice) -> Planned {
    let number = dice.one(&[
        "100", "100", "100", "100", "100", "200", "200", "200", "210", "210", "220", "220", "300",
        "310", "500", "600", "777",
    ]);
    Planned {
        at: dice.ms(0, last.as_millis() as u64),
        phone: dice.one(&CALLERS).0,
        number,
        behaviour: caller(number, tone(2 * n), fair, dice),
    }
}

/// What both sides of a call may do.
fn party(hz: u16, dice: &mut Dice) -> Behaviour {
    let media = dice.percent(45);
    let mut b = Behaviour {
        tone_hz: Some(hz),
        media,
        ptime_ms: dice.one(&[20, 20, 20, 30, 40, 60]),
        hold_by: dice.one(&[HoldBy::SendOnly, HoldBy::SendOnly, HoldBy::Inactive, HoldBy::Address]),
        codecs: codecs(dice),
        ..Behaviour::default()
    };
    if dice.percent(8) {
        let at = dice.ms(200, 6000);
        let what = dice.one(&[
            Action::Reinvite,
            Action::ReinviteLate,
            Action::Update,
            Action::UpdateBare,
            Action::Info('7'),
        ]);
        b.script.push((at, what));
    } else if dice.percent(20) {
        let at = dice.ms(500, 8000);
        b.script.push((at, Action::Hold));
        if dice.percent(80) {
            b.script.push((at + dice.ms(400, 4000), Action::Resume));
        }
    }
    if dice.percent(6) {
        b.session_expires = Some(dice.one(&[90, 120, 1800]));
        b.refresher = dice.percent(50);
    }
    b.faults = Faults {
        version_jumps: if dice.percent(3) { 3 } else { 0 },
        everything_twice: dice.percent(3),
        refuse_reinvite: dice.percent(5).then(|| dice.one(&[488, 500, 491])),
        ..Faults::default()
    };
    b
}

fn codecs(dice: &mut Dice) -> Codecs {
    let list = dice.one(&[
        vec![(Codec::Pcma, 8), (Codec::Pcmu, 0)],
        vec![(Codec::Pcmu, 0), (Codec::Pcma, 8)],
        vec![(Codec::Pcma, 8)],
        vec![(Codec::Pcmu, 0)],
    ]);
    Codecs {
        list,
        event: dice.one(&[Some(101), Some(96), Some(110), None]),
        own_numbers: dice.percent(20),
    }
}

fn caller(number: &str, hz: u16, fair: bool, dice: &mut Dice) -> Behaviour {
    let mut b = party(hz, dice);
    b.talk = Some(if dice.percent(15) { dice.ms(0, 800) } else { dice.ms(800, 30_000) });
    b.give_up_after = Some(if dice.percent(25) { dice.ms(0, 8000) } else { dice.ms(8000, 40_000) });
    b.late_offer = dice.percent(10);
    b.supports_100rel = dice.percent(25);
    b.faults.drop_acks = if dice.percent(6) { dice.number(1, 3) as u32 } else { 0 };
    b.faults.ack_after = dice.percent(5).then(|| dice.ms(50, 3000));
    if number == "100" {
        press(&mut b, fair, dice);
    }
    b
}

/// The keys of the menu, some of them wrong, some never.
fn press(b: &mut Behaviour, fair: bool, dice: &mut Dice) {
    let keys: &[char] = match dice.number(0, 9) {
        0 => &[],
        1 => &['9', '1'],
        2 => &['*'],
        3 => &['3'],
        4 | 5 => &['2', '1', '2', '3', '4', '#'],
        _ => &['1'],
    };
    let mut at = dice.ms(100, 4500);
    let by_info = b.codecs.event.is_none() || dice.percent(30);
    // Some phones say each digit both ways; in foul weather the two would not come together.
    let both = fair && !by_info && dice.percent(20);
    b.media |= !by_info && !keys.is_empty();
    for key in keys {
        if by_info || both {
            b.script.push((at, Action::Info(*key)));
        }
        if !by_info {
            b.script.push((at, Action::Digits(key.to_string())));
        }
        at += dice.ms(350, 900);
    }
}

fn called(hz: u16, dice: &mut Dice) -> Behaviour {
    let mut b = party(hz, dice);
    b.answer = match dice.number(0, 99) {
        0..65 => Answer::After(dice.ms(0, 5000)),
        65..73 => Answer::busy(),
        73..88 => Answer::Refuse {
            after: dice.ms(0, 4000),
            status: dice.one(&[404, 408, 480, 480, 486, 488, 500, 503, 600, 603]),
            headers: Vec::new(),
        },
        88..97 => Answer::Never,
        _ => Answer::Silent,
    };
    b.ring_after =
        dice.one(&[None, Some(Duration::ZERO), Some(Duration::ZERO), Some(Duration::from_secs(1))]);
    b.ringing = dice.one(&[Ringing::Bare, Ringing::Bare, Ringing::WithSdp, Ringing::EarlyMedia]);
    b.reliable = dice.percent(15);
    b.talk = match dice.number(0, 99) {
        0..6 => Some(dice.ms(0, 40)),
        6..45 => Some(dice.ms(300, 15_000)),
        _ => None,
    };
    b.faults.answer_crosses_cancel = dice.percent(8);
    b.faults.forked_answers = if dice.percent(4) { dice.number(1, 2) as u8 } else { 0 };
    b.faults.rtp_before_answer = dice.percent(4);
    b.faults.ignore_cancel = dice.percent(2);
    b
}
