//! `menu`: a prompt, and keys that lead somewhere. Keys may have several digits.

use crate::ivr::ask::{Asking, Asks, Taken, Verdict};
use crate::ivr::program::Next;
use std::collections::BTreeMap;

/// Lets the caller choose.
#[derive(Clone, Debug)]
pub struct Menu {
    /// How it is asked.
    pub asking: Asking,
    /// The keys: one or more of `0`–`9`, `*`, `#`, `A`–`D` each.
    pub keys: BTreeMap<Box<str>, Next>,
    /// Where after the last try.
    pub failed: Next,
}

impl Menu {
    fn taken(&self, key: &str, next: Next) -> Verdict {
        Verdict::Taken(Taken { digits: key.to_string(), into: None, trailing: None, next })
    }
}

impl Asks for Menu {
    fn asking(&self) -> &Asking {
        &self.asking
    }

    fn judge(&self, typed: &str) -> Verdict {
        let longer = self.keys.keys().any(|key| key.len() > typed.len() && key.starts_with(typed));
        match (longer, self.keys.get(typed)) {
            (true, _) => Verdict::More,
            (false, Some(next)) => self.taken(typed, *next),
            (false, None) => Verdict::Invalid,
        }
    }

    fn judge_pause(&self, typed: &str) -> Verdict {
        self.keys.get(typed).map_or(Verdict::Invalid, |next| self.taken(typed, *next))
    }

    fn failed(&self) -> Next {
        self.failed
    }
}
