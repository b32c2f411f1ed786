//! Servers side by side: slices of some seconds rotate among them, round after round.
//!
//! All servers are up all the time. What a server used is billed from the beginning of its slice to
//! the beginning of its next one, so that timers which fire late are in the bill; what it uses when
//! nobody calls was measured before and is taken off for the time outside the slice. A round in which
//! the host stole too much time, or the generator was late, is thrown away for all and repeated.

use crate::host::{self, Usage};
use crate::server::Server;
use crate::{Result, progress};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The share of time that the host may give to others.
const STOLEN: f64 = 0.05;
/// Rounds that may be repeated, so that a part ends.
const REPEATS: u32 = 4;
/// For how long idle servers are looked at.
const IDLE: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounds {
    pub(crate) count: u32,
    /// Rounds with a fault are repeated; else they are only listed, for a quick look.
    pub(crate) strict: bool,
}

/// What one slice gave: how many calls or packets, and why it does not count if so.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    pub(crate) units: f64,
    pub(crate) starved: Option<String>,
    /// Whatever else the part wants to keep of it.
    pub(crate) figures: Vec<f64>,
    /// What was used, where the slice is more than what is to be billed.
    pub(crate) used: Option<Usage>,
}

/// One server over all rounds that count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    pub(crate) name: String,
    /// CPU a unit in microseconds, idle cost taken off.
    pub(crate) cpu_us: Vec<f64>,
    pub(crate) wakes: Vec<f64>,
    pub(crate) figures: Vec<Vec<f64>>,
    /// CPU of the idle server, microseconds a second.
    pub(crate) idle: f64,
}

/// How the bill is made out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bill {
    /// From slice to slice, for what has timers.
    ToNextRound,
    /// The same, less what it uses when nobody calls, in the slice too: what one more call costs.
    Marginal,
    /// The slice alone, for what has none.
    SliceOnly,
}

/// What one server gave in one round, before the bill is closed.
struct Open {
    before: Usage,
    begun: Instant,
    took: Duration,
    /// In the slice.
    used: Usage,
    slice: Slice,
}

impl Rounds {
    /// Runs a warm-up round and `count` rounds that hold; `work` drives the server of that index.
    ///
    /// # Errors
    /// What `work` gives, and when too many rounds were thrown away.
    pub(crate) fn run(
        self,
        what: &str,
        servers: &[&Server],
        bill: Bill,
        thrown: &mut Vec<String>,
        mut work: impl FnMut(usize) -> Result<Slice>,
    ) -> Result<Vec<Track>> {
        let mut tracks: Vec<Track> = servers
            .iter()
            .map(|server| Track { name: server.name.clone(), ..Track::default() })
            .collect();
        let before: Vec<Usage> = servers.iter().map(|server| server.usage()).collect();
        sleep(IDLE);
        for ((track, server), before) in tracks.iter_mut().zip(servers).zip(&before) {
            track.idle = server.usage().since(*before).cpu_us / IDLE.as_secs_f64();
        }
        let (mut good, mut repeats, mut round) = (0, 0, 0);
        let mut open: Vec<Open> = Vec::new();
        let mut counts = false;
        while good < self.count || !open.is_empty() {
            let closing = good >= self.count;
            let mut fault = None;
            let mut next = Vec::new();
            for (index, server) in servers.iter().enumerate() {
                let before = server.usage();
                if let (true, Some(open), Some(track)) =
                    (counts, open.get(index), tracks.get_mut(index))
                {
                    track.close(open, before, bill);
                }
                if closing {
                    // The last bill is as long as the others.
                    if bill != Bill::SliceOnly {
                        sleep(open.get(index).map_or(Duration::ZERO, |open| open.took));
                    }
                    continue;
                }
                let (ticks, begun) = (host::ticks(), Instant::now());
                let slice = work(index)?;
                let took = begun.elapsed();
                let used = slice.used.unwrap_or_else(|| server.usage().since(before));
                let stolen = host::stolen_since(ticks);
                progress(&format!(
                    "{what}: round {round} {}: {:.2} us, {:.0} units, {:.1} % stolen",
                    server.name,
                    used.cpu_us / slice.units.max(1.0),
                    slice.units,
                    stolen * 100.0
                ));
                if stolen > STOLEN {
                    let share = stolen * 100.0;
                    fault = Some(format!("{what}, {}: the host stole {share:.1} %", server.name));
                }
                if let Some(why) = &slice.starved {
                    fault = Some(format!("{what}, {}: {why}", server.name));
                }
                next.push(Open { before, begun, took, used, slice });
            }
            if closing {
                break;
            }
            (counts, open) = (round > 0 && (fault.is_none() || !self.strict), next);
            good += u32::from(counts);
            round += 1;
            if let Some(fault) = fault.filter(|_| round > 1) {
                repeats += 1;
                thrown.push(fault);
                if self.strict && repeats > REPEATS {
                    return Err(format!("too many rounds were thrown away: {thrown:?}").into());
                }
            }
        }
        Ok(tracks)
    }
}

impl Track {
    fn close(&mut self, open: &Open, now: Usage, bill: Bill) {
        let (used, idle) = match bill {
            Bill::ToNextRound => {
                let outside = open.begun.elapsed().saturating_sub(open.took);
                (now.since(open.before), self.idle * outside.as_secs_f64())
            }
            Bill::Marginal => {
                let all = open.begun.elapsed();
                (now.since(open.before), self.idle * all.as_secs_f64())
            }
            Bill::SliceOnly => (open.used, 0.0),
        };
        let units = open.slice.units.max(1.0);
        self.cpu_us.push((used.cpu_us - idle) / units);
        self.wakes.push(used.wakes / units);
        self.figures.push(open.slice.figures.clone());
    }
}
