//! The thread that takes a plan when a signal or a changed file asks for it, and judges trials.
//!
//! It sleeps while there is nothing to watch.

use super::standing::By;
use super::{Origin, Reloader};
use crate::plan::Reload;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

/// How often the files are looked at. A file that is being written is taken when it stayed the same
/// for one look.
const FILES: Duration = Duration::from_secs(2);
/// How often a trial is judged.
const TRIAL: Duration = Duration::from_secs(1);

/// Why the thread wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::io::run) enum Wake {
    /// Read the plan anew (SIGHUP).
    Reload,
    /// Another plan stands: see what is to be watched.
    Look,
    /// The node ends.
    End,
}

/// Until [`Wake::End`], or until nobody can wake it any more.
pub(in crate::io::run) fn run(reloader: &Arc<Reloader>, wakes: &Receiver<Wake>) {
    let mut files = Files { taken: print(&reloader.origin), last: None };
    loop {
        let standing = reloader.standing();
        let on_change = standing.current.plan().reload == Reload::OnChange;
        let every = match (&standing.trial, on_change) {
            (Some(_), _) => Some(TRIAL),
            (None, true) => Some(FILES),
            (None, false) => None,
        };
        drop(standing);
        let woken = match every {
            Some(every) => wakes.recv_timeout(every),
            None => wakes.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        // What became of a plan is in the log.
        match woken {
            Ok(Wake::End) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(Wake::Reload) => {
                files.taken = print(&reloader.origin);
                let _ = reloader.reload(By::Signal, None);
            }
            Ok(Wake::Look) => files.taken = print(&reloader.origin),
            Err(RecvTimeoutError::Timeout) => {
                reloader.judge_trial();
                if on_change && files.look(print(&reloader.origin)) {
                    let _ = reloader.reload(By::Change, None);
                }
            }
        }
    }
}

/// What the files were when last seen: path, time, length.
type Print = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// The files of the plan: as they were when they were last taken or refused, and at the last look.
#[derive(Debug)]
struct Files {
    taken: Print,
    last: Option<Print>,
}

impl Files {
    /// Whether they have changed and stayed the same since the last look. They count as taken then:
    /// a plan that is refused is not read again before it changes.
    fn look(&mut self, now: Print) -> bool {
        let stayed = self.last.as_ref() == Some(&now);
        let changed = now != self.taken;
        if stayed && changed {
            self.taken.clone_from(&now);
        }
        self.last = Some(now);
        stayed && changed
    }
}

fn print(origin: &Origin) -> Print {
    let Origin::Path(path) = origin else { return Vec::new() };
    let mut files: Vec<PathBuf> = match fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => vec![path.clone()],
    };
    files.sort();
    let one = |path: PathBuf| {
        let seen = fs::metadata(&path).ok();
        let time = seen.as_ref().and_then(|seen| seen.modified().ok());
        (path, time, seen.map_or(0, |seen| seen.len()))
    };
    files.into_iter().filter(|file| file == path || is_plan(file)).map(one).collect()
}

/// A single file may have any name; of a folder only these are read, and the database that lies
/// beside them changes all the time.
fn is_plan(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_once_they_stay_as_they_are() {
        let seen = |length: u64| vec![(PathBuf::from("plan.yaml"), None, length)];
        let mut files = Files { taken: seen(1), last: None };
        for (n, (length, taken)) in [
            (1, false),
            (1, false),
            (2, false),
            (3, false),
            (3, true),
            (3, false),
            (4, false),
            (3, false),
            (3, false),
            (4, false),
            (4, true),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(files.look(seen(length)), taken, "look {n}");
        }
    }
}
