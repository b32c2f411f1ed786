//! The callers: one phone with many lines, as a carrier's trunk is, and a plan for each call.

use super::booth::{Booth, Play};
use super::cast::{self, Caller};
use super::dice::Dice;
use super::seen::{CallerSeen, SEEN, Unread};
use super::stage::{Act, Stage, count};
use crate::base::Mono;
use crate::sim::{Action, Input, PlaceCall};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often calls are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How often ended calls are put away.
const PUT_AWAY: Duration = Duration::from_secs(1);
/// An agent who was heard for so long is there.
const HEARD: Duration = Duration::from_millis(500);
/// Behind a pause of the machine at most so many calls are placed at once.
const AT_ONCE: usize = 64;

/// A call under way.
#[derive(Debug)]
struct Going {
    caller: Caller,
    gives_up_at: Mono,
    /// An agent is heard; the caller hangs up then.
    talks_until: Option<Mono>,
    hung_up: bool,
    cut_short: bool,
}

/// The callers.
#[derive(Debug)]
pub(super) struct Crowd {
    phone: usize,
    to: SocketAddr,
    rate: f64,
    dice: Dice,
    stage: Arc<Stage>,
    placed: usize,
    next_call: Mono,
    next_look: Mono,
    next_put_away: Mono,
    calls: Unread<Going>,
    seen: Vec<CallerSeen>,
    over: bool,
}

impl Crowd {
    /// Callers who call `to`, `rate` a second.
    pub(super) fn new(
        phone: usize,
        to: SocketAddr,
        rate: f64,
        dice: Dice,
        stage: Arc<Stage>,
        now: Mono,
    ) -> Crowd {
        Crowd {
            phone,
            to,
            rate,
            dice,
            stage,
            placed: 0,
            next_call: now,
            next_look: now,
            next_put_away: now,
            calls: Unread::new(),
            seen: Vec::new(),
            over: false,
        }
    }

    /// What they saw.
    pub(super) fn into_seen(self) -> Vec<CallerSeen> {
        self.seen
    }

    fn place_due(&mut self, booth: &mut Booth, now: Mono) {
        for _ in 0..AT_ONCE {
            if self.next_call > now {
                return;
            }
            self.next_call = self.next_call + self.dice.gap(self.rate);
            self.place(booth, now);
        }
        // Slower than asked for is better than a flood.
        self.next_call = self.next_call.max(now);
    }

    fn place(&mut self, booth: &mut Booth, now: Mono) {
        let caller = cast::caller(self.placed, &mut self.dice);
        let call = PlaceCall {
            from: Some(caller.number.clone()),
            ..PlaceCall::new(&caller.called, self.to, caller.behaviour.clone())
        };
        let before = booth.phone(self.phone).and_then(|p| p.last_call());
        if self.placed < SEEN {
            booth.tell(self.phone, Input::Place(Box::new(call)));
        }
        match booth.phone(self.phone).and_then(|p| p.last_call()) {
            Some(no) if Some(no) != before => {
                self.placed += 1;
                count(&self.stage.placed);
                let gives_up_at = now + caller.patience;
                let (talks_until, hung_up, cut_short) = (None, false, false);
                let going = Going { caller, gives_up_at, talks_until, hung_up, cut_short };
                self.calls.add(self.phone, no, going);
            }
            Some(_) | None => count(&self.stage.not_placed),
        }
    }

    fn look(&mut self, booth: &mut Booth, now: Mono) {
        let hang_up_all = self.stage.act() >= Act::HangingUp;
        let mut to_hang_up = Vec::new();
        let mut going = 0;
        self.calls.ended(booth, now);
        for (phone, no, call) in self.calls.going() {
            going += 1;
            let heard = |r: &crate::sim::Report| {
                r.tones.iter().any(|t| t.lasted >= HEARD && cast::is_agents(t.hz))
            };
            if call.talks_until.is_none() && booth.report(phone, no).is_some_and(heard) {
                call.talks_until = Some(now + call.caller.talk);
                count(&self.stage.heard_agent);
            }
            let until = call.talks_until.unwrap_or(call.gives_up_at);
            if !call.hung_up && (until <= now || hang_up_all) {
                call.hung_up = true;
                call.cut_short = until > now;
                if call.talks_until.is_none() && !call.cut_short {
                    count(&self.stage.gave_up);
                }
                to_hang_up.push((phone, no));
            }
        }
        self.stage.going.store(going, Ordering::Relaxed);
        for (phone, no) in to_hang_up {
            booth.act(phone, no, Action::HangUp);
        }
        if self.next_put_away <= now {
            self.next_put_away = now + PUT_AWAY;
            self.keep(booth, now, false);
        }
    }

    fn keep(&mut self, booth: &Booth, now: Mono, all: bool) {
        let read = self.calls.take(booth, now, all);
        self.seen.extend(read.into_iter().map(|(going, seen)| {
            let Going { caller, cut_short, .. } = going;
            CallerSeen { caller, seen, cut_short }
        }));
    }
}

impl Play for Crowd {
    fn turn(&mut self, booth: &mut Booth) -> Duration {
        let now = booth.clock().mono();
        let act = self.stage.act();
        if act == Act::Placing {
            self.place_due(booth, now);
        }
        if self.next_look <= now {
            self.next_look = now + LOOK;
            self.look(booth, now);
        }
        if act == Act::Over {
            self.keep(booth, now, true);
            self.over = true;
        }
        self.next_call.min(self.next_look).since(now)
    }

    fn is_over(&self) -> bool {
        self.over
    }
}
