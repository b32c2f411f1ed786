//! The agents' phones and the dialled ones, each with its tempers.

use super::booth::{Booth, Play};
use super::cast::{self, Temper};
use super::dice::Dice;
use super::seen::{AgentSeen, Unread};
use super::stage::{Act, Stage, count};
use crate::base::Mono;
use crate::sim::CallNo;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often phones are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How often ended calls are put away.
const PUT_AWAY: Duration = Duration::from_secs(1);

/// One phone.
#[derive(Debug)]
struct Desk {
    name: String,
    tone: u16,
    /// Dialled through, not offered by the router.
    dialled: bool,
    /// How it takes the call to come.
    next: Temper,
    last_call: Option<CallNo>,
}

/// All phones that are called.
#[derive(Debug)]
pub(super) struct Staff {
    desks: Vec<Desk>,
    dice: Dice,
    stage: Arc<Stage>,
    next_look: Mono,
    next_put_away: Mono,
    calls: Unread<(usize, Temper)>,
    seen: Vec<AgentSeen>,
    over: bool,
}

impl Staff {
    pub(super) fn new(dice: Dice, stage: Arc<Stage>) -> Staff {
        Staff {
            desks: Vec::new(),
            dice,
            stage,
            next_look: Mono::default(),
            next_put_away: Mono::default(),
            calls: Unread::new(),
            seen: Vec::new(),
            over: false,
        }
    }

    /// Adds the booth's next phone.
    pub(super) fn add(
        &mut self,
        booth: &mut Booth,
        name: &str,
        lines: usize,
        dialled: bool,
    ) -> std::io::Result<usize> {
        let tone = cast::agent_tone(self.desks.len());
        let (temper, behaviour) = draw(None, dialled, tone, &mut self.dice);
        let phone = booth.add(name, lines, behaviour, self.dice.seed())?;
        self.desks.push(Desk {
            name: name.to_owned(),
            tone,
            dialled,
            next: temper,
            last_call: None,
        });
        Ok(phone)
    }

    /// What they saw.
    pub(super) fn into_seen(self) -> Vec<AgentSeen> {
        self.seen
    }

    /// Calls that came, and how the next one will be taken.
    fn look(&mut self, booth: &mut Booth) {
        for (number, desk) in self.desks.iter_mut().enumerate() {
            let Some(phone) = booth.phone(number) else { continue };
            let last = phone.last_call();
            if last == desk.last_call {
                continue;
            }
            let first = desk.last_call.map_or(1, |no| no.0 + 1);
            desk.last_call = last;
            let taken = desk.next;
            let (temper, behaviour) = draw(Some(taken), desk.dialled, desk.tone, &mut self.dice);
            desk.next = temper;
            phone.set_behaviour(behaviour);
            for no in first..=last.map_or(0, |no| no.0) {
                count(&self.stage.offers);
                self.calls.add(number, CallNo(no), (number, taken));
            }
        }
    }

    fn put_away(&mut self, booth: &Booth, now: Mono, all: bool) {
        self.calls.ended(booth, now);
        let going = self.calls.going().count();
        self.stage.agents_going.store(going as u64, Ordering::Relaxed);
        for ((number, temper), seen) in self.calls.take(booth, now, all) {
            let Some(desk) = self.desks.get(number) else { continue };
            let (name, tone) = (desk.name.clone(), desk.tone);
            self.seen.push(AgentSeen { name, tone, temper, seen });
        }
    }
}

fn draw(
    last: Option<Temper>,
    dialled: bool,
    tone: u16,
    dice: &mut Dice,
) -> (Temper, crate::sim::Behaviour) {
    let temper = match (dialled, last) {
        (true, _) => cast::desk_temper(dice),
        (false, last) => cast::temper(last.unwrap_or(Temper::Answers), dice),
    };
    (temper, cast::taking(temper, tone, dice))
}

impl Play for Staff {
    fn turn(&mut self, booth: &mut Booth) -> Duration {
        let now = booth.clock().mono();
        if self.next_look <= now {
            self.next_look = now + LOOK;
            self.look(booth);
        }
        if self.next_put_away <= now {
            self.next_put_away = now + PUT_AWAY;
            self.put_away(booth, now, false);
        }
        if self.stage.act() == Act::Over {
            self.look(booth);
            self.put_away(booth, now, true);
            self.over = true;
        }
        self.next_look.since(now)
    }

    fn is_over(&self) -> bool {
        self.over
    }
}
