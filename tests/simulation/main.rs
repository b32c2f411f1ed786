//! The simulation: random calls through the whole router, with a model beside it.
//!
//! A run is drawn from a seed: a hundred calls of random parties with random delays, loss, duplicates,
//! reordering, hang-ups, CANCELs and agent states, one worker or three. The model is what the phones
//! saw: they stand on none of the router's machines. After each run the clock goes on for 64·T1, and
//! every table, timer, port and lease is empty, there is one record a call, and no agent is in a
//! false state.
//!
//! `SIM_SEED` is the first seed (1), `SIM_RUNS` how many there are, `SIM_CALLS` the calls of each (100),
//! `SIM_WORKERS` how many workers there are (as the seed has it).
//! A failure names its seed and shows the ladders of what it is about.
#![expect(clippy::panic, reason = "a failing run is told by a panic")]
#![expect(clippy::wildcard_enum_match_arm, reason = "the model only looks at what it counts")]

mod agents;
mod calls;
mod dice;
mod legs;
mod run;
mod seen;
mod story;

use run::{Run, Wrong};
use seen::Seen;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use story::Story;

/// Runs where nothing else is said.
const RUNS: u64 = 100;
/// Faults shown of one run.
const SHOWN: usize = 4;
/// Runs that fail before the rest is left out.
const FAILURES: usize = 3;

fn setting(name: &str, or: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(or)
}

#[test]
fn random_calls_leave_nothing_behind_and_mix_nothing_up() {
    let (first, runs) = (setting("SIM_SEED", 1), setting("SIM_RUNS", RUNS));
    let calls = setting("SIM_CALLS", 100) as usize;
    let next = AtomicU64::new(first);
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let failed = failures
                        .lock()
                        .map_or(0, |f: std::sync::MutexGuard<'_, Vec<String>>| f.len());
                    if seed >= first + runs || failed >= FAILURES {
                        return;
                    }
                    if let Some(text) = one(seed, calls)
                        && let Ok(mut failures) = failures.lock()
                    {
                        failures.push(text);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_default();
    if !failures.is_empty() {
        panic!("{} runs failed\n{}", failures.len(), failures.join("\n"));
    }
}

/// One run; what is wrong with it, if anything is.
fn one(seed: u64, calls: usize) -> Option<String> {
    let mut story = Story::draw(seed, calls);
    let workers = setting("SIM_WORKERS", story.house.workers.into());
    story.house.workers = u8::try_from(workers).unwrap_or(u8::MAX);
    let run = Run::of(story);
    let seen = Seen::of(&run);
    let mut wrong = run.wrong.clone();
    wrong.extend(calls::check(&run, &seen));
    wrong.extend(agents::check(&run, &seen));
    (!wrong.is_empty()).then(|| told(&run, &seen, calls, &wrong))
}

fn told(run: &Run, seen: &Seen<'_>, calls: usize, wrong: &[Wrong]) -> String {
    let story = &run.story;
    let mut text = format!(
        "seed {} ({} workers, fair weather: {}): {} faults; again with\n  SIM_SEED={} SIM_RUNS=1 SIM_CALLS={calls} SIM_WORKERS={} cargo test --test simulation\n",
        story.seed,
        story.house.workers,
        story.fair,
        wrong.len(),
        story.seed,
        story.house.workers
    );
    for wrong in wrong {
        let _ = writeln!(text, "- {}", wrong.what);
    }
    let mut kinds = BTreeSet::new();
    let kind = |w: &&Wrong| {
        kinds.insert(w.what.chars().filter(|c| !c.is_ascii_digit()).collect::<String>())
    };
    for wrong in wrong.iter().filter(kind).filter(|w| !w.about.is_empty()).take(SHOWN) {
        let _ = writeln!(text, "\n{}:", wrong.what);
        let mut rungs: Vec<_> = wrong.about.iter().flat_map(|id| seen.rungs(id)).collect();
        rungs.sort_by_key(|r| r.at);
        for rung in rungs {
            let (s, ms) = (rung.at.0 / 1_000_000, rung.at.0 / 1000 % 1000);
            let _ = writeln!(text, "  @{s}.{ms:03} {rung}");
        }
    }
    text
}
