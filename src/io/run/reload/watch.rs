//! The thread that takes a plan when a signal or a changed file asks for it, and judges trials.
//!
//! It sleeps while there is nothing to watch.

use super::standing::By;
use super::{Origin, Reloader};
use crate::dialplan::Source;
use crate::plan::Reload;
use std::fs;
use std::os::unix::fs::MetadataExt;
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
    let mut files = Files::default();
    loop {
        let standing = reloader.standing();
        let every = match (&standing.trial, standing.current.plan().reload) {
            (Some(_), _) => Some(TRIAL),
            (None, Reload::OnChange) => Some(FILES),
            (None, Reload::OnRequest) => None,
        };
        drop(standing);
        let woken = match every {
            Some(every) => wakes.recv_timeout(every),
            None => wakes.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match woken {
            Ok(Wake::End) | Err(RecvTimeoutError::Disconnected) => return,
            // What became of a plan is in the log.
            Ok(Wake::Reload) => {
                let _ = reloader.reload(By::Signal, None);
            }
            Ok(Wake::Look) => {}
            Err(RecvTimeoutError::Timeout) => {
                reloader.judge_trial();
                files.look_and_take(reloader);
            }
        }
    }
}

/// What the files were when last seen: path, time, length, and which file it was.
pub(super) type Print = Vec<(PathBuf, Option<SystemTime>, u64, u64)>;

/// The files of the plan, as they were at the last look.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Files, and folders of them. Which these are changes only when one of them does.
    watched: Vec<PathBuf>,
    last: Option<Print>,
}

impl Files {
    /// Takes what is in them if the plan wants that and they have changed since a plan was last taken
    /// or refused. A trial is waited for: what was edited meanwhile is taken after it.
    pub(super) fn look_and_take(&mut self, reloader: &Reloader) {
        let standing = reloader.standing();
        let may = standing.trial.is_none() && standing.current.plan().reload == Reload::OnChange;
        if may && self.look_now(&reloader.origin, &reloader.last_read()) {
            // What became of it is in the log.
            let _ = reloader.reload(By::Change, None);
        }
    }

    fn look_now(&mut self, origin: &Origin, read: &Print) -> bool {
        let mut now = print_files(&self.watched);
        if self.last.as_ref() != Some(&now) {
            // Another file may be included now.
            self.watched = origin.files();
            now = print_files(&self.watched);
        }
        self.look(now, read)
    }

    /// Whether they have changed and stayed the same since the last look.
    fn look(&mut self, now: Print, read: &Print) -> bool {
        let stayed = self.last.as_ref() == Some(&now);
        let changed = now != *read;
        self.last = Some(now);
        stayed && changed
    }
}

/// The files of which these are the texts. What was written since they were read is an edit.
pub(super) fn print_of(origin: &Origin, sources: &[Source]) -> Print {
    let print = print(origin);
    let is_same = origin.read().is_ok_and(|now| now == sources);
    if is_same { print } else { Vec::new() }
}

pub(super) fn print(origin: &Origin) -> Print {
    print_files(&origin.files())
}

fn print_files(watched: &[PathBuf]) -> Print {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in watched {
        match fs::read_dir(path) {
            Ok(entries) => {
                let paths = entries.flatten().map(|entry| entry.path());
                files.extend(paths.filter(|path| is_plan(path)));
            }
            Err(_) => files.push(path.clone()),
        }
    }
    files.sort();
    files.dedup();
    let one = |path: PathBuf| {
        let seen = fs::metadata(&path).ok();
        let time = seen.as_ref().and_then(|seen| seen.modified().ok());
        let (length, inode) = seen.map_or((0, 0), |seen| (seen.len(), seen.ino()));
        (path, time, length, inode)
    };
    files.into_iter().map(one).collect()
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
        let seen = |length: u64| vec![(PathBuf::from("plan.yaml"), None, length, 7)];
        let (mut files, mut read) = (Files::default(), seen(1));
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
            assert_eq!(files.look(seen(length), &read), taken, "look {n}");
            if taken {
                read = seen(length);
            }
        }
    }

    #[test]
    fn included_files_are_watched_also_one_that_is_not_there_yet() {
        let folder = std::env::temp_dir().join(format!("watch-includes-{}", std::process::id()));
        fs::create_dir_all(folder.join("sites")).unwrap();
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        write("plan.yaml", "include: [sites, agents.yaml]\n");
        write("sites/a.yaml", "");
        let origin = Origin::Path(folder.join("plan.yaml"));
        let (mut files, mut read) = (Files::default(), print(&origin));
        let mut changed = |name: &str, text: &str| {
            write(name, text);
            let seen = (0..3).any(|_| files.look_now(&origin, &read));
            read = print(&origin);
            seen
        };
        assert!(!changed("calls.db", "x"), "no file of the plan");
        assert!(changed("agents.yaml", "include: more.yaml\n"));
        assert!(changed("more.yaml", "hours: {}\n"));
        assert!(changed("more.yaml", "hours: {}\n\n"));
        assert!(changed("sites/b.yaml", ""));
        assert!(changed("plan.yaml", "version: 1\n"));
        assert!(!changed("sites/b.yaml", "hours: {}\n"), "nothing includes it any more");
        fs::remove_dir_all(&folder).unwrap();
    }
}
