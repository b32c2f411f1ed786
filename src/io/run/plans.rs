//! Reading plans and their prompts from the disk, or from what is built into the binary.

use super::{embedded, limits};
use crate::base::PromptId;
use crate::dialplan::{self, Finding, Loaded, Machine, PromptFault, Source, World};
use crate::io::media::wav;
use crate::plan::Names;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// As much of a plan file as is read: one byte more than the compiler takes, so that it sees that
/// the file is too large.
const LARGEST_PLAN: u64 = (1 << 20) + 1;

/// Where a plan and its prompts come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// The demo plan and the prompts that are built in.
    Demo,
    /// A file or a folder.
    Path(PathBuf),
}

impl Origin {
    /// Reads and compiles.
    ///
    /// # Errors
    /// All findings, errors among them.
    pub fn load(&self, names: &mut Names) -> Result<Loaded, Vec<Finding>> {
        match self {
            Origin::Demo => dialplan::demo(self, names),
            Origin::Path(path) => dialplan::load(&path.to_string_lossy(), self, names),
        }
    }

    /// Reads the plan's texts.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn read(&self) -> Result<Vec<Source>, Vec<Finding>> {
        match self {
            Origin::Demo => {
                let (name, text) = ("demo.yaml".to_owned(), dialplan::DEMO.to_owned());
                Ok(vec![Source { name, text }])
            }
            Origin::Path(path) => dialplan::read(&path.to_string_lossy(), self),
        }
    }

    /// The files and folders that the plan is read from; none if it is built in.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            Origin::Demo => Vec::new(),
            Origin::Path(path) => {
                let files = dialplan::files(&path.to_string_lossy(), self);
                files.into_iter().map(PathBuf::from).collect()
            }
        }
    }

    /// A prompt file's bytes.
    ///
    /// # Errors
    /// In words for the admin.
    pub fn prompt(&self, path: &str) -> Result<Vec<u8>, String> {
        match self {
            Origin::Demo => embedded::prompt(path)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| format!("no prompt {path} is built in")),
            Origin::Path(_) => {
                let path = self.resolve(path);
                wav::read(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))
            }
        }
    }

    /// A path of the plan, relative to the plan's folder.
    fn resolve(&self, path: &str) -> PathBuf {
        let path = Path::new(path);
        let Origin::Path(plan) = self else { return path.to_path_buf() };
        let folder = if plan.is_dir() { Some(plan.as_path()) } else { plan.parent() };
        folder.map_or_else(|| path.to_path_buf(), |folder| folder.join(path))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Demo => f.write_str("demo"),
            Origin::Path(path) => path.display().fmt(f),
        }
    }
}

impl World for Origin {
    fn list(&self, path: &str) -> Result<Option<Vec<String>>, String> {
        if !Path::new(path).is_dir() {
            return Ok(None);
        }
        let entries = fs::read_dir(path).map_err(|e| format!("cannot read the folder: {e}"))?;
        let files = entries.flatten().map(|e| e.path()).filter(|p| p.is_file());
        Ok(Some(files.map(|p| p.to_string_lossy().into_owned()).collect()))
    }

    fn read(&self, path: &str) -> Result<String, String> {
        let about = |e: std::io::Error| {
            if e.kind() == std::io::ErrorKind::NotFound {
                return "there is no such file".to_owned();
            }
            format!("cannot be read: {e}")
        };
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(about)?;
        file.take(LARGEST_PLAN).read_to_end(&mut bytes).map_err(about)?;
        if bytes.len() as u64 == LARGEST_PLAN {
            // It may be cut within a character.
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes().iter().take(good).filter(|b| **b == b'\n').count();
            format!("line {line} is no UTF-8")
        })
    }

    fn prompt_exists(&self, path: &str) -> bool {
        match self {
            Origin::Demo => embedded::prompt(path).is_some(),
            Origin::Path(_) => self.resolve(path).is_file(),
        }
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

/// A plan looked at more closely than a start does: every prompt is read, and the machine is held
/// against the plan. A start finds out by itself, and its options may say something else.
#[derive(Debug)]
pub struct Examined(pub Origin);

impl World for Examined {
    fn list(&self, path: &str) -> Result<Option<Vec<String>>, String> {
        self.0.list(path)
    }

    fn read(&self, path: &str) -> Result<String, String> {
        World::read(&self.0, path)
    }

    fn prompt_exists(&self, path: &str) -> bool {
        self.0.prompt_exists(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.0.env(name)
    }

    fn prompt_fault(&self, path: &str) -> Option<PromptFault> {
        let path = match &self.0 {
            // They are tried by a test.
            Origin::Demo => return None,
            Origin::Path(_) => self.0.resolve(path),
        };
        match wav::load(&path, PromptId(0)) {
            Ok(_) => None,
            Err(error @ (wav::WavError::Io(_) | wav::WavError::TooLarge(_))) => {
                Some(PromptFault::Unreadable(error.to_string()))
            }
            Err(error @ (wav::WavError::NotWav(_) | wav::WavError::Audio(_))) => {
                Some(PromptFault::Unplayable(error.to_string()))
            }
        }
    }

    fn machine(&self) -> Machine {
        limits::machine()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loader and the imagined calls read as much of a prompt as `check` does, and no more.
    #[test]
    fn a_prompt_file_is_read_within_bounds() {
        let folder = std::env::temp_dir().join(format!("prompt-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        // It takes no room on the disk.
        let file = fs::File::create(folder.join("large.wav")).unwrap();
        file.set_len(wav::MAX_BYTES + 1).unwrap();
        fs::write(folder.join("small.wav"), "RIFF").unwrap();
        let origin = Origin::Path(folder.clone());
        let large = origin.prompt("large.wav");
        let small = origin.prompt("small.wav");
        let fault = Examined(origin).prompt_fault("large.wav");
        // No size is told of it, and it has no end.
        let endless = Origin::Path("/dev".into()).prompt("zero");
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(small, Ok(b"RIFF".to_vec()));
        for refused in [large, endless] {
            let why = refused.map(|bytes| bytes.len()).unwrap_err();
            assert!(why.contains("134217729 bytes; expected 134217728 at most"), "{why}");
        }
        assert!(matches!(fault, Some(PromptFault::Unreadable(_))), "{fault:?}");
    }
}
