//! The compiled plan: an immutable script (flows, prompts, numbers, trunks) and the roster.
//!
//! `dialplan` makes it from YAML and has checked everything in it; nothing here reads a file. A call
//! keeps the [`Script`] it began with; trunks and settings are read anew with each new call.

mod names;
mod numbers;
mod prompts;
mod route;
mod settings;
mod trunk;

pub use names::{Names, Table};
pub use numbers::Entry;
pub use prompts::{Announce, Around, PromptFile, Treatment};
pub use route::{Choice, Route, Routes};
pub use settings::{
    Codec, Defaults, HttpSettings, Listen, ListenTransport, MediaSettings, RecordSettings, Reload,
    SipSettings, UnknownSource,
};
pub use trunk::{
    CallerSource, DtmfPolicy, Network, NumberSource, Peer, Trunk, TrunkLimits, Trunks,
};

use crate::base::{FlowId, PromptId, QueueId, TrunkId};
use crate::ivr::{Program, Say};
use crate::number::NumberTable;
use crate::router::roster::Roster;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Everything that a plan says.
#[derive(Clone, Debug)]
pub struct Plan {
    /// SHA-256 of its texts, in hex: the name under which the plan is stored.
    pub hash: Arc<str>,
    /// What happens to calls.
    pub script: Arc<Script>,
    /// Agents and queues.
    pub roster: Arc<Roster>,
    /// Where calls come from and go to, in the plan's order.
    pub trunks: Trunks,
    /// By which trunks dialled numbers go out.
    pub routes: Routes,
    /// Listeners and addresses.
    pub sip: SipSettings,
    /// Ports and codecs.
    pub media: MediaSettings,
    /// The web server.
    pub http: HttpSettings,
    /// The database.
    pub record: RecordSettings,
    /// Values that apply where nothing else is said.
    pub defaults: Defaults,
    /// When the plan is read anew.
    pub reload: Reload,
}

/// What happens to calls: pinned by each call for its life.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The hash of the plan it came with.
    pub plan: Arc<str>,
    /// The flows.
    pub program: Program,
    /// Prompts by id.
    pub prompts: BTreeMap<PromptId, PromptFile>,
    /// Called numbers and what they lead to.
    pub numbers: NumberTable<Entry>,
    /// What called numbers lead to in calls from one trunk: looked at first.
    pub trunk_numbers: BTreeMap<TrunkId, NumberTable<Entry>>,
    /// What waiting callers hear, by queue.
    pub treatments: BTreeMap<QueueId, Treatment>,
    /// How places and waits are said, where some queue does.
    pub around: Around,
    /// Names of queues, for records.
    pub queue_names: BTreeMap<QueueId, Arc<str>>,
}

impl Script {
    /// What a called number (in any writing) leads to, and the digits that stood for `x` or `...`
    /// in its pattern; none if the plan does not know it (404).
    #[must_use]
    pub fn entry(&self, number: &str) -> Option<(&Entry, String)> {
        self.numbers.find(number)
    }

    /// The same for a call from this trunk: its own numbers come first, its `default` among them.
    #[must_use]
    pub fn entry_from(&self, trunk: TrunkId, number: &str) -> Option<(&Entry, String)> {
        let own = self.trunk_numbers.get(&trunk).and_then(|own| own.find(number));
        own.or_else(|| self.entry(number))
    }

    /// The name of a flow.
    #[must_use]
    pub fn flow_name(&self, id: FlowId) -> Option<Arc<str>> {
        self.program.flow(id).map(|flow| flow.name.clone())
    }

    /// What a queue's callers hear while they wait.
    #[must_use]
    pub fn treatment(&self, id: QueueId) -> Option<&Treatment> {
        self.treatments.get(&id)
    }

    /// What one announcement to a waiting caller is made of: `position` is the place in the queue
    /// from 1, `wait` what is expected; what is not known is passed over. It is said in the call's
    /// language.
    #[must_use]
    pub fn announcement(
        &self,
        announce: Announce,
        position: Option<u32>,
        wait: Option<Duration>,
        language: &str,
    ) -> Vec<Say> {
        let mut said = Vec::new();
        let words = self.program.words_in(language);
        match announce {
            Announce::Prompt(id) => said.push(Say::Prompt(id)),
            Announce::Position => {
                if let Some(position) = position {
                    self.around.say_position(words, position, &mut said);
                }
            }
            Announce::Wait => {
                if let Some(wait) = wait {
                    self.around.say_wait(words, wait, &mut said);
                }
            }
        }
        self.program.translate(language, &mut said);
        said
    }

    /// A prompt by its name.
    #[must_use]
    pub fn prompt(&self, name: &str) -> Option<&PromptFile> {
        self.prompts.values().find(|prompt| &*prompt.name == name)
    }
}

impl Plan {
    /// The trunk that a message from this address belongs to: the one whose `accept_from` names the
    /// smallest network around it; of equals the first.
    #[must_use]
    pub fn trunk_from(&self, source: IpAddr) -> Option<&Arc<Trunk>> {
        let mut best: Option<(u8, &Arc<Trunk>)> = None;
        for trunk in &self.trunks {
            for network in trunk.accept_from.iter().filter(|network| network.holds(source)) {
                if best.is_none_or(|(bits, _)| network.prefix > bits) {
                    best = Some((network.prefix, trunk));
                }
            }
        }
        best.map(|(_, trunk)| trunk)
    }

    /// The trunk that a leg to this address is a call to: the one whose peer it is; else the one
    /// that accepts from it.
    #[must_use]
    pub fn trunk_at(&self, remote: SocketAddr) -> Option<&Arc<Trunk>> {
        self.trunks.with_peer(remote).or_else(|| self.trunk_from(remote.ip()))
    }

    /// All that a called number can lead to, with the number as pictures and counts name it: that of
    /// a trunk is `TRUNK/PATTERN`.
    pub fn entries(&self) -> impl Iterator<Item = (String, &Entry)> {
        let own = self.trunks.iter().flat_map(|trunk| {
            let table = self.script.trunk_numbers.get(&trunk.id);
            let entries = table.into_iter().flat_map(NumberTable::entries);
            entries.map(|(pattern, entry)| (format!("{}/{pattern}", trunk.name), entry))
        });
        self.script.numbers.entries().chain(own)
    }

    /// A trunk by its id.
    #[must_use]
    pub fn trunk(&self, id: TrunkId) -> Option<&Arc<Trunk>> {
        self.trunks.iter().find(|trunk| trunk.id == id)
    }
}

#[cfg(test)]
mod tests;
