//! Holds a process to a share of a core, by a cgroup of version 1 or 2, whichever may be written.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The share is given out anew so often; short, so that the server is not kept waiting for long.
const PERIOD_US: u32 = 20_000;

/// No cgroup with a CPU quota may be written here.
#[derive(Debug)]
pub(crate) struct NoQuota(String);

impl fmt::Display for NoQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no cgroup with a CPU quota can be made ({}); run as root where /sys/fs/cgroup/cpu \
             (version 1) or /sys/fs/cgroup with the cpu controller (version 2) may be written, or in \
             a container with --privileged",
            self.0
        )
    }
}

impl std::error::Error for NoQuota {}

/// A cgroup of our own; removed at the end. Children must have ended by then.
pub(crate) struct Quota {
    folder: PathBuf,
}

impl Quota {
    /// A group that may use this share of a core.
    ///
    /// # Errors
    /// Neither version may be written.
    pub(crate) fn new(share: f64) -> Result<Quota, NoQuota> {
        let name = format!("centralino-bench-{}", std::process::id());
        let quota = (f64::from(PERIOD_US) * share) as u32;
        let first = Path::new("/sys/fs/cgroup/cpu").join(&name);
        let one = make(
            &first,
            &[
                ("cpu.cfs_period_us", PERIOD_US.to_string()),
                ("cpu.cfs_quota_us", quota.to_string()),
            ],
        );
        let one = match one {
            Ok(()) => return Ok(Quota { folder: first }),
            Err(error) => error,
        };
        // The root must hand the controller down; where it does already, this changes nothing.
        fs::write("/sys/fs/cgroup/cgroup.subtree_control", "+cpu").ok();
        let second = Path::new("/sys/fs/cgroup").join(&name);
        match make(&second, &[("cpu.max", format!("{quota} {PERIOD_US}"))]) {
            Ok(()) => Ok(Quota { folder: second }),
            Err(two) => Err(NoQuota(format!("version 1: {one}; version 2: {two}"))),
        }
    }

    /// Puts processes into the group, with all their threads.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn hold(&self, processes: &[u32]) -> std::io::Result<()> {
        for process in processes {
            fs::write(self.folder.join("cgroup.procs"), process.to_string())?;
        }
        Ok(())
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        fs::remove_dir(&self.folder).ok();
    }
}

fn make(folder: &Path, files: &[(&str, String)]) -> Result<(), String> {
    fs::create_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for (file, text) in files {
        let path = folder.join(file);
        // A plain folder would let a file be made: it must be there.
        if let Err(error) = fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        {
            fs::remove_dir(folder).ok();
            return Err(format!("{}: {error}", path.display()));
        }
    }
    Ok(())
}
