//! Storms: many calls of phones that do anything at any time, by seed. Whatever happens nothing is
//! left over, every call has one record, every agent is free again, and nobody's fault is ours.

use super::set::*;
use crate::stage::*;
use centralino::sim::net::{Link, Weather};
use centralino::sim::phone::{HoldBy, Ringing};
use centralino::sim::{Action, Answer, Behaviour, Codecs, Faults, HouseConfig, Input, Node};
use std::time::Duration;

/// Small numbers from a seed (Knuth's MMIX generator, its upper bits).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn ms(&mut self, most: u64) -> Duration {
        ms(self.below(most))
    }

    fn action(&mut self) -> Action {
        match self.below(14) {
            0 | 1 => Action::Hold,
            2 | 3 => Action::Resume,
            4 => Action::Reinvite,
            5 => Action::ReinviteLate,
            6 => Action::Update,
            7 => Action::UpdateBare,
            8 => Action::Digits("1".into()),
            9 => Action::Info('1'),
            10 => Action::Media(false),
            11 => Action::Bye,
            12 => Action::Info('#'),
            _ => Action::HangUp,
        }
    }

    fn faults(&mut self) -> Faults {
        let mut faults = Faults::default();
        match self.below(24) {
            0 => faults.drop_acks = 100,
            1 => faults.drop_acks = 2,
            2 => faults.ack_after = Some(self.ms(3000)),
            3 => faults.answer_crosses_cancel = true,
            4 => faults.ignore_cancel = true,
            5 => faults.ignore_bye = true,
            6 => faults.forked_answers = 2,
            7 => faults.rtp_before_answer = true,
            8 => faults.bad_sdp = true,
            9 => faults.no_contact = true,
            10 => faults.version_stuck = true,
            11 => faults.everything_twice = true,
            12 => faults.refuse_reinvite = Some([488, 491, 481, 500, 408][self.below(5) as usize]),
            13 => faults.no_event_end = true,
            _ => {}
        }
        faults
    }

    fn phone(&mut self) -> Behaviour {
        let mut b = Behaviour { faults: self.faults(), ..Behaviour::default() };
        for _ in 0..self.below(4) {
            let (after, action) = (self.ms(6000), self.action());
            b.script.push((after, action));
        }
        b.hold_by = [HoldBy::SendOnly, HoldBy::Inactive, HoldBy::Address][self.below(3) as usize];
        if self.one_in(4) {
            b.codecs = Codecs { event: None, ..Codecs::default() };
        }
        b.media = !self.one_in(6);
        b
    }

    fn caller(&mut self) -> Behaviour {
        let mut b = self.phone();
        b.late_offer = self.one_in(4);
        b.supports_100rel = self.one_in(3);
        b.requires_100rel = self.one_in(6);
        b.give_up_after = self.one_in(3).then(|| self.ms(6000));
        b.session_expires = self.one_in(4).then_some(90);
        b.refresher = self.one_in(2);
        if self.one_in(5) {
            b.early_script.push((self.ms(3000), Action::Bye));
        }
        let talk = self.ms(15_000);
        b.talking(talk)
    }

    fn agent(&mut self) -> Behaviour {
        let mut b = self.phone();
        b.answer = match self.below(10) {
            0 => Answer::refuse([486, 603, 480, 404, 503, 302, 401, 488][self.below(8) as usize]),
            1 => Answer::Never,
            2 => Answer::Silent,
            3 => Answer::After(Duration::ZERO),
            _ => Answer::After(self.ms(3000)),
        };
        b.ring_after = (!self.one_in(4)).then(|| self.ms(1000));
        b.ringing = [Ringing::Bare, Ringing::WithSdp, Ringing::EarlyMedia][self.below(3) as usize];
        b.reliable = self.one_in(3);
        if self.one_in(2) {
            b.talk = Some(self.ms(5000));
        }
        b.with_tone(ANNA_HZ)
    }
}

/// One storm. Media is not sent in most calls, so that many storms pass in a second.
fn storm(seed: u64, weather: Weather) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let delay = dice.ms(25);
    let workers = 1 + dice.below(3) as u8;
    let hold_music = dice.one_in(2).then(|| "hold".to_owned());
    let config = HouseConfig { seed, workers, delay, hold_music, ..config() };
    let mut set = set_with(&config, idle(), idle());
    set.run(ms(100));
    set.world.net.set_usual(Link { sip: weather, rtp: Weather::default() });
    let calls = 12;
    for _ in 0..calls {
        for name in ["anna", "bruno"] {
            let agent = dice.agent();
            set.world.behave(name, agent);
        }
        let numbers = ["100", "200", "300", "400", "500", "600", "700", "800"];
        let number = numbers[dice.below(8) as usize];
        let caller = dice.caller();
        set.call(number, caller);
        let wait = dice.ms(2500);
        set.run(wait);
        for name in ["anna", "bruno"] {
            match dice.below(10) {
                0 => set.set_agent(name, false),
                1..=3 => set.set_agent(name, true),
                4 => {
                    set.world.act(name, Action::HangUp);
                }
                _ => {}
            }
        }
    }
    // What still waits is hung up on, then time goes by.
    set.run(s(30));
    let open: Vec<_> = set
        .world
        .phone("caller")
        .map(|p| p.reports().filter(|(_, r)| r.ended.is_none()).map(|(no, _)| no).collect())
        .unwrap_or_default();
    for call in open {
        set.world.tell("caller", Input::Do { call, action: Action::HangUp });
    }
    set.run(s(150));
    set.world.with_system(|house, now, out| house.end_all(now, out));
    // A phone whose BYE is lost for ever may talk to itself; the router may not.
    set.run(s(900));
    let house = set.world.system();
    let ladder = &set.world.ladder;
    assert_eq!(house.next_deadline(), None, "seed {seed}: waits for something\n{ladder}");
    assert_eq!(house.remains(), Default::default(), "seed {seed}\n{ladder}");
    assert_eq!(house.calls().len(), house.cdrs().len(), "seed {seed}\n{ladder}");
    assert_eq!(house.strays(), 0, "seed {seed}\n{ladder}");
    for agent in house.agents(set.world.now().mono) {
        use centralino::router::AgentActivity::{Busy, Ringing, WrapUp};
        let held = matches!(agent.activity, Busy | Ringing | WrapUp);
        assert!(!held, "seed {seed}: {} is {:?}\n{ladder}", agent.name, agent.activity);
    }
}

/// `STORM=7000` looks at other storms than the usual ones.
fn first_seed() -> u64 {
    std::env::var("STORM").ok().and_then(|s| s.parse().ok()).unwrap_or(0)
}

#[test]
fn storms_in_fair_weather() {
    for seed in first_seed()..first_seed() + 40 {
        storm(seed, Weather::default());
    }
}

#[test]
fn storms_in_bad_weather() {
    let weather =
        Weather { jitter: ms(40), loss_permille: 100, twice_permille: 50, ..Weather::default() };
    for seed in first_seed()..first_seed() + 30 {
        storm(seed, weather);
    }
}
