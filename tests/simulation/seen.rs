//! What was seen of a run, sorted by leg: the ladder by Call-ID, the reports of the called phones, the
//! records.

use crate::run::Run;
use crate::story::CALLED;
use centralino::base::Mono;
use centralino::record::Cdr;
use centralino::sim::{Behaviour, CallNo, Fate, Report, Rung};
use centralino::sip::Message;
use std::collections::BTreeMap;

/// A call that a phone took.
pub(crate) struct Taken<'a> {
    pub(crate) phone: &'static str,
    pub(crate) report: &'a Report,
    pub(crate) behaviour: &'a Behaviour,
}

/// Everything by Call-ID.
pub(crate) struct Seen<'a> {
    rungs: BTreeMap<String, Vec<&'a Rung>>,
    taken: BTreeMap<&'a str, Taken<'a>>,
    cdrs: BTreeMap<&'a str, Vec<&'a Cdr>>,
}

impl<'a> Seen<'a> {
    pub(crate) fn of(run: &'a Run) -> Seen<'a> {
        let mut rungs: BTreeMap<String, Vec<&Rung>> = BTreeMap::new();
        for rung in run.world.ladder.rungs() {
            let Ok(message) = Message::scan(rung.bytes.clone()) else { continue };
            let id = String::from_utf8_lossy(message.call_id()).into_owned();
            rungs.entry(id).or_default().push(rung);
        }
        let mut taken = BTreeMap::new();
        for (name, _) in CALLED {
            let ways = run.story.ways.iter().find(|(n, _)| *n == name).map(|(_, w)| w);
            let (Some(phone), Some(ways)) = (run.world.phone(name), ways) else { continue };
            for (CallNo(no), report) in phone.reports() {
                let behaviour = ways.get(no as usize - 1).unwrap_or(&ways[0]);
                taken.insert(report.call_id.as_str(), Taken { phone: name, report, behaviour });
            }
        }
        let mut cdrs: BTreeMap<&str, Vec<&Cdr>> = BTreeMap::new();
        for cdr in run.world.system().cdrs() {
            cdrs.entry(&cdr.opened.sip_call_id).or_default().push(cdr);
        }
        Seen { rungs, taken, cdrs }
    }

    /// The messages of a leg, in the order in which they were sent.
    pub(crate) fn rungs(&self, call_id: &str) -> &[&'a Rung] {
        self.rungs.get(call_id).map_or(&[], Vec::as_slice)
    }

    /// The records of the call that has this leg as its caller's.
    pub(crate) fn cdrs(&self, call_id: &str) -> &[&'a Cdr] {
        self.cdrs.get(call_id).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn all_cdrs(&self) -> impl Iterator<Item = &'a Cdr> + '_ {
        self.cdrs.values().flatten().copied()
    }

    /// What a phone saw of a leg of ours.
    pub(crate) fn taken(&self, call_id: &str) -> Option<&Taken<'a>> {
        self.taken.get(call_id)
    }

    pub(crate) fn all_taken(&self) -> impl Iterator<Item = &Taken<'a>> + '_ {
        self.taken.values()
    }

    /// When we first sent the INVITE of a leg of ours.
    pub(crate) fn invited_at(&self, call_id: &str) -> Option<Mono> {
        self.rungs(call_id).iter().find(|r| r.from == "us" && is(r, "INVITE")).map(|r| r.at)
    }
}

/// Whether a message is this request or this response: `INVITE`, `200 INVITE`.
pub(crate) fn is(rung: &Rung, what: &str) -> bool {
    rung.what.strip_prefix(what).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether a message arrived at all.
pub(crate) fn arrived(rung: &Rung) -> bool {
    rung.fate != Fate::Lost
}
