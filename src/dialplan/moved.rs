//! The same plan at other addresses: what a test of it needs to be played on real sockets.
//!
//! Listeners, ports, `accept_from`, contacts, peers and dial targets are put in place of the plan's
//! own; everything else stays as it is written, with the templates put in. A calendar is open or closed for good, as it is at
//! the moment that is asked for. Comments and the plan's own tests are left out.

use super::check::Checker;
use super::hours::calendar;
use super::source::{Source, World};
use super::templates;
use super::tree::{Key, Kind, Node};
use crate::plan::{Names, Plan};
use crate::sip::{Host, Uri};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Sections that are not carried over: the texts of all files are here already, and what is made
/// from templates is written out.
const LEFT_OUT: [&str; 4] = ["tests", "include", "reload", templates::KEY];
/// Sections whose texts are not looked through for `sip:` URIs.
const OURS: [&str; 6] = ["sip", "media", "http", "record", "hours", "prompts"];
/// Of a URI that names none (RFC 3261 §19.1.2).
const DEFAULT_PORT: u16 = 5060;
/// Hours are looked at so often: nothing in a calendar is shorter.
const MINUTE: Duration = Duration::from_secs(60);

/// Where everybody is to be.
#[derive(Clone, Debug)]
pub struct Moves {
    /// Where we listen, over UDP.
    pub listen: SocketAddr,
    /// Our web server.
    pub http: SocketAddr,
    /// First and last media port.
    pub media: (u16, u16),
    /// Where phones are: the plan's addresses, and those in their place.
    pub phones: BTreeMap<SocketAddr, SocketAddr>,
    /// Whose calls each trunk takes.
    pub accept_from: BTreeMap<Arc<str>, Vec<IpAddr>>,
    /// The wall clock for opening hours, and for how long they must stay as they are.
    pub at: (i64, Duration),
    /// The folder that the plan's prompts are relative to.
    pub folder: String,
}

/// The plan's text with these addresses.
///
/// # Errors
/// In words for the admin: opening hours that change while the test lasts or cannot be read.
pub fn moved(
    sources: &[Source],
    plan: &Plan,
    moves: &Moves,
    world: &dyn World,
) -> Result<String, String> {
    let mut sections: Vec<(Key, Node)> = Vec::new();
    for node in templates::trees(sources) {
        let Kind::Map(entries) = node.kind else { continue };
        for (key, node) in entries {
            if !LEFT_OUT.contains(&key.text.as_str()) {
                join(&mut sections, key, node);
            }
        }
    }
    let mut mover = Mover { moves, plan, sources, world, fault: None };
    for section in ["sip", "media", "http", "record"] {
        if !sections.iter().any(|(key, _)| key.text == section) {
            sections.push((name(section), map(Vec::new())));
        }
    }
    for (key, node) in &mut sections {
        mover.section(&key.text, node);
    }
    if let Some(fault) = mover.fault {
        return Err(fault);
    }
    let mut text = String::new();
    write_entries(&mut text, &sections, 0);
    Ok(text)
}

/// Adds a section, or what a further file has of it.
fn join(sections: &mut Vec<(Key, Node)>, key: Key, node: Node) {
    let known = sections.iter_mut().find(|(known, _)| known.text == key.text);
    match known {
        // An empty section has nothing to keep.
        Some((_, known @ Node { kind: Kind::Null, .. })) => *known = node,
        Some((_, Node { kind: Kind::Map(entries), .. })) => {
            if let Kind::Map(more) = node.kind {
                entries.extend(more);
            }
        }
        Some((_, Node { kind: Kind::List(items), .. })) => {
            if let Kind::List(more) = node.kind {
                items.extend(more);
            }
        }
        Some(_) => {}
        None => sections.push((key, node)),
    }
}

struct Mover<'m> {
    moves: &'m Moves,
    plan: &'m Plan,
    sources: &'m [Source],
    world: &'m dyn World,
    /// Hours that do not stay as they are, or cannot be read.
    fault: Option<String>,
}

impl Mover<'_> {
    fn section(&mut self, section: &str, node: &mut Node) {
        match section {
            "sip" => {
                put(node, "listen", list(vec![format!("udp://{}", self.moves.listen)]));
                take(node, "advertise");
            }
            "media" => {
                let (first, last) = self.moves.media;
                put(node, "ports", scalar(&format!("{first}-{last}")));
                put(node, "address", scalar(&self.moves.listen.ip().to_string()));
                let folder = self.in_folder(&self.plan.media.prompts);
                put(node, "prompts", scalar(&folder));
            }
            "http" => put(node, "listen", scalar(&self.moves.http.to_string())),
            "record" => put(node, "path", scalar("centralino.db")),
            "prompts" => {
                for (_, file) in entries_mut(node) {
                    self.prompt(file);
                    // One file by language.
                    entries_mut(file).iter_mut().for_each(|(_, file)| self.prompt(file));
                }
            }
            "hours" => {
                for (key, hours) in entries_mut(node) {
                    let what = format!("the hours `{}`", key.text);
                    self.calendar(&what, hours);
                }
            }
            "trunks" => {
                for (key, trunk) in entries_mut(node) {
                    if let Some(hosts) = self.moves.accept_from.get(key.text.as_str()) {
                        let hosts = hosts.iter().map(ToString::to_string).collect();
                        put(trunk, "accept_from", list(hosts));
                    }
                }
            }
            _ => {}
        }
        if !OURS.contains(&section) {
            self.walk(node);
        }
    }

    /// Targets wherever they stand, and hours in place.
    fn walk(&mut self, node: &mut Node) {
        match &mut node.kind {
            Kind::Null => {}
            Kind::Scalar { text, .. } => {
                if let Some(uri) = self.uri(text) {
                    *text = uri;
                }
            }
            Kind::List(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Kind::Map(entries) => {
                for (key, value) in entries {
                    if key.text == "hours" && value.key("open").is_some() {
                        self.calendar("hours in a flow", value);
                    } else {
                        self.walk(value);
                    }
                }
            }
        }
    }

    /// A `sip:` URI or a template of one with another host; none for anything else.
    fn uri(&self, text: &str) -> Option<String> {
        let (scheme, rest) = text.trim().split_once(':')?;
        if !scheme.eq_ignore_ascii_case("sip") {
            return None;
        }
        let (user, host) = match rest.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, rest),
        };
        let bare = format!("sip:{host}");
        let uri = Uri::parse(bare.as_bytes()).ok()?;
        let Host::Ip(ip) = uri.host else { return None };
        let to = self.moves.phones.get(&SocketAddr::new(ip, uri.port.unwrap_or(DEFAULT_PORT)))?;
        Some(match user {
            Some(user) => format!("sip:{user}@{to}"),
            None => format!("sip:{to}"),
        })
    }

    fn prompt(&self, file: &mut Node) {
        if let Some(path) = file.scalar() {
            *file = scalar(&self.in_folder(path));
        }
    }

    fn in_folder(&self, path: &str) -> String {
        if path.starts_with('/') {
            return path.to_owned();
        }
        format!("{}/{path}", self.moves.folder)
    }

    /// Opens or closes a calendar for good.
    fn calendar(&mut self, what: &str, node: &mut Node) {
        let mut names = Names::default();
        let mut cx = Checker::new(self.sources, self.world, &mut names);
        let calendar = calendar(&mut cx, node, &self.plan.defaults);
        let told = cx.errors() > 0;
        let Some(calendar) = calendar.filter(|_| !told) else {
            self.fault = Some(format!("{what} cannot be read"));
            return;
        };
        let (from_ms, lasts) = self.moves.at;
        let is_open = calendar.is_open(from_ms);
        let mut after = Duration::ZERO;
        while after < lasts {
            after = (after + MINUTE).min(lasts);
            let ms = from_ms.saturating_add(i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
            if calendar.is_open(ms) != is_open {
                self.fault = Some(format!("{what} change while it lasts"));
                return;
            }
        }
        put(node, "open", map(vec![(name("daily"), scalar("00:00-24:00"))]));
        take(node, "holidays");
        if !is_open {
            put(node, "holidays", list(every_day()));
        }
    }
}

/// All days of a leap year as yearly holidays: hours with them never open.
fn every_day() -> Vec<String> {
    let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = |(month, length): (usize, u8)| {
        (1..=length).map(move |day| format!("{:02}-{day:02}", month + 1))
    };
    lengths.into_iter().enumerate().flat_map(month).collect()
}

const NOWHERE: super::finding::At = super::finding::At::start(0);

fn name(text: &str) -> Key {
    Key { at: NOWHERE, text: text.to_owned(), plain: true }
}

fn scalar(text: &str) -> Node {
    Node { at: NOWHERE, kind: Kind::Scalar { text: text.to_owned(), shift: 0 } }
}

fn list(items: Vec<String>) -> Node {
    Node { at: NOWHERE, kind: Kind::List(items.iter().map(|item| scalar(item)).collect()) }
}

fn map(entries: Vec<(Key, Node)>) -> Node {
    Node { at: NOWHERE, kind: Kind::Map(entries) }
}

fn entries_mut(node: &mut Node) -> &mut [(Key, Node)] {
    match &mut node.kind {
        Kind::Map(entries) => entries.as_mut_slice(),
        Kind::Null | Kind::Scalar { .. } | Kind::List(_) => &mut [],
    }
}

/// Sets a key of a map; what is no map becomes one.
fn put(node: &mut Node, key: &str, value: Node) {
    if !matches!(node.kind, Kind::Map(_)) {
        node.kind = Kind::Map(Vec::new());
    }
    let Kind::Map(entries) = &mut node.kind else { return };
    match entries.iter_mut().find(|(known, _)| known.text == key) {
        Some((_, known)) => *known = value,
        None => entries.push((name(key), value)),
    }
}

fn take(node: &mut Node, key: &str) {
    if let Kind::Map(entries) = &mut node.kind {
        entries.retain(|(known, _)| known.text != key);
    }
}

/// Entries in block style, each on a line of its own; lists of scalars in one line.
fn write_entries(text: &mut String, entries: &[(Key, Node)], depth: usize) {
    for (key, node) in entries {
        let _ = write!(text, "{:indent$}{}:", "", quoted(&key.text), indent = 2 * depth);
        write_value(text, node, depth);
    }
}

fn write_value(text: &mut String, node: &Node, depth: usize) {
    match &node.kind {
        Kind::Map(entries) if !entries.is_empty() => {
            text.push('\n');
            write_entries(text, entries, depth + 1);
        }
        Kind::List(items) if items.iter().any(|item| item.scalar().is_none()) => {
            text.push('\n');
            for item in items {
                let _ = write!(text, "{:indent$}-", "", indent = 2 * depth + 2);
                write_value(text, item, depth + 1);
            }
        }
        Kind::Null => text.push_str(" ~\n"),
        Kind::Scalar { text: value, .. } => {
            let _ = writeln!(text, " {}", quoted(value));
        }
        Kind::Map(_) => text.push_str(" {}\n"),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().filter_map(Node::scalar).map(quoted).collect();
            let _ = writeln!(text, " [{}]", items.join(", "));
        }
    }
}

/// A text as YAML cannot take it for anything else.
fn quoted(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let is_number = !text.starts_with('0') && text.chars().all(|c| c.is_ascii_digit());
    let is_bare = is_word && !["y", "n", "yes", "no", "on", "off", "null", "nan"].contains(&text);
    if is_bare || is_number && !text.is_empty() || text == "0" {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialplan::compile;
    use crate::dialplan::tests::Paper;

    const PLAN: &str = "\
version: 1
sip: { listen: [udp://0.0.0.0:5060], advertise: 192.0.2.1, unknown: ignore }
defaults: { zone: Europe/Rome }
trunks: { pbx: { accept_from: [192.0.2.0/24], peers: 'sip:10.0.0.9' } }
prompts: { hello: other/hello.wav, 'on': /srv/on.wav }
hours: { office: { open: { mon-fri: '09:00-17:00' }, holidays: '01-01' } }
agents: { \"quo\\\"te\": { contact: 'sip:a@10.0.0.1;transport=tcp', name: \"yes\" } }
numbers: { '007': main, '1xx': { dial: 'sip:${called.rest}@10.0.0.9:5062' }, default: { refuse: 404 } }
flows:
  main:
    open: { hours: office, next: early, closed: { refuse: 480 } }
    early: { hours: { open: { daily: '00:00-24:00' } }, next: tell, closed: { refuse: 480 } }
    tell: { play: [hello, 'on'], next: go }
    go: { dial: 'sip:front@10.0.0.9', failed: { dial: 'sip:39055@pbx' } }
";

    fn moves(at: &str, lasts: u64) -> Moves {
        let host = |text: &str| text.parse::<SocketAddr>().unwrap();
        let phones = [
            ("10.0.0.1:5060", "127.0.0.2:7000"),
            ("10.0.0.9:5060", "127.0.0.3:7000"),
            ("10.0.0.9:5062", "127.0.0.3:7008"),
        ];
        let at = at.parse::<jiff::Zoned>().unwrap().timestamp().as_millisecond();
        Moves {
            listen: host("127.0.0.1:7000"),
            http: host("127.0.0.1:7001"),
            media: (7002, 7101),
            phones: phones.into_iter().map(|(a, b)| (host(a), host(b))).collect(),
            accept_from: [("pbx".into(), vec![IpAddr::from([127, 0, 0, 4])])].into(),
            at: (at, Duration::from_secs(lasts)),
            folder: "/plans".to_owned(),
        }
    }

    fn move_to(at: &str, lasts: u64) -> Result<(String, Plan), String> {
        let source = |text: String| vec![Source { name: "plan.yaml".into(), text }];
        let sources = source(format!("{PLAN}tests: {{ t: {{ call: '1' }} }}\n"));
        let plan =
            compile(&sources, &Paper::with_all_prompts(), &mut Names::default()).unwrap().plan;
        let text = moved(&sources, &plan, &moves(at, lasts), &Paper::with_all_prompts())?;
        let compiled =
            compile(&source(text.clone()), &Paper::with_all_prompts(), &mut Names::default());
        let compiled = compiled.unwrap_or_else(|found| panic!("{found:?}\n{text}"));
        Ok((text, compiled.plan))
    }

    #[test]
    fn everybody_moves_and_the_rest_stays_as_it_is_written() {
        let (text, plan) = move_to("2026-01-13T10:00[Europe/Rome]", 60).unwrap();
        for line in [
            "  listen: [\"udp://127.0.0.1:7000\"]",
            "  unknown: ignore",
            "  ports: \"7002-7101\"",
            "  prompts: \"/plans/prompts\"",
            "  listen: \"127.0.0.1:7001\"",
            "    accept_from: [\"127.0.0.4\"]",
            "    peers: \"sip:127.0.0.3:7000\"",
            "  hello: \"/plans/other/hello.wav\"",
            "  \"on\": \"/srv/on.wav\"",
            "  \"quo\\\"te\":",
            "    contact: \"sip:a@127.0.0.2:7000\"",
            "    name: \"yes\"",
            "  \"007\": main",
            "    dial: \"sip:${called.rest}@127.0.0.3:7008\"",
            "      dial: \"sip:front@127.0.0.3:7000\"",
            "        dial: \"sip:39055@pbx\"",
        ] {
            let line = line.trim_start();
            assert!(text.lines().any(|l| l.trim_start() == line), "{line}\n{text}");
        }
        assert!(!text.contains("advertise") && !text.contains("tests"), "{text}");
        assert_eq!(&*plan.roster.agents[0].name, "quo\"te");
    }

    /// Hours by name and hours in a state, at another time of another year.
    #[test]
    fn hours_stay_as_they_are_at_the_time() {
        let later = 1_900_000_000_000;
        for (at, open) in
            [("2026-01-13T10:00[Europe/Rome]", true), ("2026-01-13T18:00[Europe/Rome]", false)]
        {
            let (text, plan) = move_to(at, 60).unwrap();
            let flows = plan.script.program.flows.values();
            let hours = flows.flat_map(|flow| &flow.states).filter_map(|state| {
                let crate::ivr::Verb::Hours(hours) = &state.verb else { return None };
                Some(hours.calendar.is_open(later))
            });
            assert_eq!(hours.collect::<Vec<_>>(), [open, true], "{text}");
        }
        let why = move_to("2026-01-13T16:59:30[Europe/Rome]", 60).unwrap_err();
        assert_eq!(why, "the hours `office` change while it lasts");
    }

    const PARTS: [&str; 2] = [
        "\
version: 1
sip: { listen: [udp://0.0.0.0:5060] }
numbers: { default: main }
agents:
prompts: { hello: { en: en/hello.wav, it: /srv/ciao.wav } }
templates:
  flows:
    office:
      with: [host, times, zone]
      states:
        open: { hours: { zone: '${with.zone}', open: { daily: '${with.times}' } }, next: go, closed: { refuse: 480 } }
        go: { dial: 'sip:front@${with.host}', failed: { refuse: 480 } }
flows:
  main: { template: office, with: { host: '10.0.0.9:5062', times: '09:00-17:00', zone: Asia/Tokyo } }
",
        "\
templates: { agents: { usual: { contact: 'SIP:a@10.0.0.1' } } }
agents: { anna: { template: usual } }
",
    ];

    /// A plan of several files with templates: what they are given is moved as well.
    #[test]
    fn what_comes_from_templates_and_other_files_moves_too() {
        let source = |text: &str| Source { name: "plan.yaml".into(), text: text.to_owned() };
        let sources = PARTS.map(source);
        let plan =
            compile(&sources, &Paper::with_all_prompts(), &mut Names::default()).unwrap().plan;
        let text = |at| moved(&sources, &plan, &moves(at, 60), &Paper::with_all_prompts());
        // 10:00 in Rome is 18:00 in Tokyo: closed.
        for (at, open) in
            [("2026-01-13T10:00[Asia/Tokyo]", true), ("2026-01-13T10:00[Europe/Rome]", false)]
        {
            let text = text(at).unwrap();
            for line in [
                "dial: \"sip:front@127.0.0.3:7008\"",
                "contact: \"sip:a@127.0.0.2:7000\"",
                "en: \"/plans/en/hello.wav\"",
                "it: \"/srv/ciao.wav\"",
                "daily: \"00:00-24:00\"",
            ] {
                assert!(text.lines().any(|l| l.trim_start() == line), "{line}\n{text}");
            }
            assert!(!text.contains("template") && !text.contains("with"), "{text}");
            assert_eq!(text.contains("holidays"), !open, "{text}");
            let again =
                compile(&[source(&text)], &Paper::with_all_prompts(), &mut Names::default());
            let again = again.unwrap_or_else(|found| panic!("{found:?}\n{text}"));
            assert_eq!(again.plan.roster.agents.len(), 1);
        }
        let why = text("2026-01-13T16:59:30[Asia/Tokyo]").unwrap_err();
        assert_eq!(why, "hours in a flow change while it lasts");
    }

    /// Hours that are no hours are not taken for closed ones.
    #[test]
    fn hours_that_cannot_be_read_are_told() {
        let source = |text: &str| vec![Source { name: "plan.yaml".into(), text: text.to_owned() }];
        let plan =
            compile(&source(PLAN), &Paper::with_all_prompts(), &mut Names::default()).unwrap().plan;
        let broken = source(&PLAN.replace("09:00-17:00", "nine to five"));
        let at = moves("2026-01-13T10:00[Europe/Rome]", 60);
        let why = moved(&broken, &plan, &at, &Paper::with_all_prompts()).unwrap_err();
        assert_eq!(why, "the hours `office` cannot be read");
    }
}
