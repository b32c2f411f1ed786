//! What the demo costs the machine, from `/proc`: the router's threads apart from the phones'.

use std::fs;
use std::time::Duration;

/// Threads whose names begin so are the phones'.
const PHONES: &str = "phones-";
/// The threads of the router; what is left is the view.
const ROUTER: &[&str] = &["worker-", "media-", "store-", "http"];

/// CPU time since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cpu {
    pub(super) router: Duration,
    pub(super) phones: Duration,
}

impl Cpu {
    /// Reads it; zero where the system has no such files.
    pub(super) fn read() -> Cpu {
        let mut cpu = Cpu::default();
        let ticks = rustix::param::clock_ticks_per_second().max(1);
        let Ok(tasks) = fs::read_dir("/proc/self/task") else { return cpu };
        for task in tasks.flatten() {
            let Ok(stat) = fs::read_to_string(task.path().join("stat")) else { continue };
            let Some((name, spent)) = parse(&stat) else { continue };
            let spent = Duration::from_millis(spent.saturating_mul(1000) / ticks);
            if name.starts_with(PHONES) {
                cpu.phones += spent;
            } else if ROUTER.iter().any(|known| name.starts_with(known)) {
                cpu.router += spent;
            }
        }
        cpu
    }
}

/// Name and spent ticks of a thread, by proc(5): fields 14 and 15, counted behind the name, which
/// may hold anything.
fn parse(stat: &str) -> Option<(&str, u64)> {
    let (head, tail) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let mut fields = tail.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((name, user + system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_with_a_strange_name_is_read() {
        let stat = "17 (a) (b c) S 1 17 17 0 -1 4194368 1 0 0 0 31 11 0 0 20 0 1 0 5 0 0";
        assert_eq!(parse(stat), Some(("a) (b c", 42)));
        assert_eq!(parse("17 (a) S 1"), None);
    }
}
