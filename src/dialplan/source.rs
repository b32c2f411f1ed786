//! The texts of a plan, and what is asked of the world outside: `io` answers, tests pretend.

use crate::base::limits;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::net::IpAddr;

/// Most files in one plan.
pub(super) const FILES: usize = 256;

/// Most bytes in all files of one plan.
pub(super) const PLAN_BYTES: usize = 4 << 20;

/// One file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As it is named in findings.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What a plan needs from outside.
pub trait World {
    /// The files in a folder, with their paths, in any order; none if the path is no folder.
    ///
    /// # Errors
    /// In words for the admin.
    fn list(&self, path: &str) -> Result<Option<Vec<String>>, String>;

    /// A file's text.
    ///
    /// # Errors
    /// In words for the admin.
    fn read(&self, path: &str) -> Result<String, String>;

    /// Whether there is such a prompt file; the path is as in
    /// [`crate::plan::PromptFile::path`].
    fn prompt_exists(&self, path: &str) -> bool;

    /// What is wrong with a prompt file that is there; none if it can be played.
    fn prompt_fault(&self, _path: &str) -> Option<PromptFault> {
        None
    }

    /// A variable of the environment, for passwords.
    fn env(&self, name: &str) -> Option<String>;

    /// What the machine gives.
    fn machine(&self) -> Machine {
        Machine::default()
    }
}

/// Why a prompt file cannot be played, in words for the admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptFault {
    /// It cannot be read, or is too large.
    Unreadable(String),
    /// It is no audio that we can play.
    Unplayable(String),
}

/// What the machine gives to this process; what is not known is not held against a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Most media ports that may be open at a time.
    pub media_ports: Option<u64>,
    /// The lowest port that may be opened.
    pub lowest_port: Option<u16>,
    /// The addresses of its interfaces.
    pub addresses: Option<Vec<IpAddr>>,
}

/// SHA-256 over the files' lengths and texts, in hex.
pub(super) fn hash(sources: &[Source]) -> String {
    let mut hasher = Sha256::new();
    for source in sources {
        hasher.update((source.text.len() as u64).to_be_bytes());
        hasher.update(source.text.as_bytes());
    }
    hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

// The longest entry a `collect` can take is what can be typed ahead.
pub(super) const LONGEST_ENTRY: usize = limits::TYPED_AHEAD;
