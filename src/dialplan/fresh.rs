//! The plan that `centralino new` writes: answers in, commented YAML out.
//!
//! Every name and value is quoted as it has to be; whether the whole holds is for the checks of
//! every other plan to say, before anything is written.

mod expected;

use crate::ivr::calendar::{parse_days, parse_range};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Most queues: one digit of the menu each, 0 left out.
const QUEUES: usize = 9;

/// What a new plan is made of. Nothing given: a plan that runs on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// An address or a network that calls come from.
    pub trunk: String,
    /// Called numbers; none: every number.
    pub numbers: Vec<String>,
    /// Names of queues.
    pub queues: Vec<String>,
    /// Names of agents and the URIs of their phones.
    pub agents: Vec<(String, String)>,
    /// When somebody is there, as `mon-fri 9-18, sat 9:30-13`, or `always`.
    pub hours: String,
    /// The time zone (IANA) of these.
    pub zone: String,
}

impl Default for Answers {
    fn default() -> Answers {
        Answers {
            trunk: "127.0.0.0/8".to_owned(),
            numbers: Vec::new(),
            queues: vec!["sales".to_owned(), "support".to_owned()],
            agents: vec![
                ("anna".to_owned(), "sip:anna@127.0.0.1:5081".to_owned()),
                ("bruno".to_owned(), "sip:bruno@127.0.0.1:5082".to_owned()),
            ],
            hours: "mon-fri 9-18".to_owned(),
            zone: "UTC".to_owned(),
        }
    }
}

/// The plan's text.
///
/// # Errors
/// In words for the admin: what of the answers cannot be used.
pub fn fresh(answers: &Answers) -> Result<String, String> {
    names("queue", answers.queues.iter())?;
    names("agent", answers.agents.iter().map(|(name, _)| name))?;
    if !(1..=QUEUES).contains(&answers.queues.len()) {
        return Err(format!("{} queues; a menu takes 1 to {QUEUES}", answers.queues.len()));
    }
    if answers.agents.is_empty() {
        return Err("a queue without an agent serves nobody; at least one is needed".to_owned());
    }
    let hours = hours(&answers.hours)?;
    let mut out = String::from(HEAD);
    let _ =
        writeln!(out, "defaults: {{ ring: 15s, wrap_up: 10s, zone: {} }}\n", text(&answers.zone));
    trunk(&mut out, &answers.trunk);
    let _ = writeln!(
        out,
        "# When somebody is there. Days: mon, mon-fri, daily; add holidays: [\"12-25\"]."
    );
    let _ = writeln!(out, "hours:\n  office:\n    open:");
    for (days, ranges) in &hours {
        let ranges: Vec<String> = ranges.iter().map(|range| text(range)).collect();
        let _ = writeln!(out, "      {days}: [{}]", ranges.join(", "));
    }
    agents(&mut out, answers);
    queues(&mut out, answers);
    numbers(&mut out, &answers.numbers);
    flow(&mut out, answers);
    expected::tests(&mut out, answers, &hours);
    Ok(out)
}

const HEAD: &str = "\
# A call centre, made by `centralino new`.
#   centralino check plan.yaml     every mistake at its line
#   centralino test plan.yaml      plays the tests at the end of this file
#   centralino run plan.yaml       the router
#   centralino graph plan.yaml     what is in here as a picture (SVG)
version: 1

# What SIP is heard on. Behind NAT add advertise: the public address.
sip:
  listen: [udp://0.0.0.0:5060, tcp://0.0.0.0:5060]

# RTP; the firewall has to let these in. Prompt NAME is the file prompts/NAME.wav.
media: { ports: 20000-29999 }

";

fn trunk(out: &mut String, address: &str) {
    let _ = writeln!(
        out,
        "# Who may call, and where calls to it go. All others get 403.\ntrunks:\n  carrier:"
    );
    let _ = writeln!(out, "    accept_from: [{}]", text(address));
    // A network has no one place that calls to it could go to.
    if let Ok(address) = address.parse::<std::net::IpAddr>() {
        let host = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
        let _ = writeln!(out, "    peers: [{}]", text(&format!("sip:{host}")));
    }
    out.push('\n');
}

fn agents(out: &mut String, answers: &Answers) {
    let _ = writeln!(
        out,
        "\n# Who answers, on which phone, and how good they are at what (0 to 10).\nagents:"
    );
    let skills: Vec<String> =
        answers.queues.iter().map(|queue| format!("{}: 5", text(queue))).collect();
    for (name, uri) in &answers.agents {
        let uri = if uri.contains(':') { uri.clone() } else { format!("sip:{uri}") };
        let _ = writeln!(
            out,
            "  {}: {{ contact: {}, skills: {{ {} }} }}",
            text(name),
            text(&uri),
            skills.join(", ")
        );
    }
}

fn queues(out: &mut String, answers: &Answers) {
    out.push_str(
        "\n# Where callers wait. Each step adds agents to those before it; `otherwise` is where they go\n\
         # whom nobody could answer. For the best first, the others after half a minute:\n\
         #   - { want: skill.NAME >= 7, for: 30s }\n\
         #   - { want: skill.NAME >= 1 }\nqueues:\n",
    );
    for queue in &answers.queues {
        let skill = match text(queue) {
            plain if plain == *queue && is_word(&plain) => format!("skill.{plain}"),
            _ => format!("skill[\"{queue}\"]"),
        };
        let want = format!("{skill} >= 1");
        let _ = writeln!(
            out,
            "  {}:\n    service_level: {{ answer: 80%, within: 20s }}\n    steps:\n      \
             - {{ want: {} }}\n    max_wait: 10m\n    \
             while_waiting: {{ music: hold-music, every: 30s, say: [please-hold, position] }}\n    \
             otherwise: sorry",
            text(queue),
            text(&want),
        );
    }
}

fn numbers(out: &mut String, numbers: &[String]) {
    let _ = writeln!(
        out,
        "\n# Called numbers, as the trunk writes them; `x` is any digit, `...` any rest.\nnumbers:"
    );
    for number in numbers {
        let _ = writeln!(out, "  {}: main", quoted(number));
    }
    let _ = match numbers {
        [] => writeln!(out, "  default: main"),
        [_, ..] => writeln!(out, "  default: {{ refuse: 404 }}"),
    };
}

fn flow(out: &mut String, answers: &Answers) {
    let state = |queue: &str| text(&format!("wait-{queue}"));
    let first = answers.queues.first().map_or_else(String::new, |queue| state(queue));
    let alone = answers.queues.len() == 1;
    let _ =
        writeln!(out, "\n# What happens to a call: it begins at the first state.\nflows:\n  main:");
    let _ = writeln!(out, "    open: {{ hours: office, next: hello, closed: closed }}");
    let next = if alone { &first } else { "choose" };
    let _ = writeln!(out, "    hello: {{ play: welcome, barge_in: true, next: {next} }}");
    if !alone {
        let _ = writeln!(
            out,
            "    # Record your own prompts/main-menu.wav: the one here is an example.\n    choose:"
        );
        let keys = answers.queues.iter().enumerate();
        let keys: Vec<String> =
            keys.map(|(n, queue)| format!("\"{}\": {}", n + 1, state(queue))).collect();
        let _ = writeln!(
            out,
            "      menu: {{ prompt: main-menu, invalid: invalid, wait: 5s, tries: 3, keys: {{ {} }} }}",
            keys.join(", ")
        );
        let _ = writeln!(out, "      failed: {first}");
    }
    for queue in &answers.queues {
        let _ = writeln!(
            out,
            "    {}: {{ queue: {}, reason: {} }}",
            state(queue),
            text(queue),
            text(queue)
        );
    }
    let _ = writeln!(out, "    closed: {{ play: closed, next: {{ hang_up: 480 }} }}");
    let _ = writeln!(out, "    sorry: {{ play: sorry, next: {{ hang_up: 480 }} }}");
}

/// Names that can be read aloud and written anywhere, each once.
fn names<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<(), String> {
    let good = |c: char| c.is_alphanumeric() || "_- ".contains(c);
    let mut seen = BTreeSet::new();
    for name in names {
        let fits = name.chars().count() <= 40 && name.trim() == name && !name.is_empty();
        if !fits || !name.chars().all(good) {
            return Err(format!(
                "`{name}` is no name of a {what}: letters, digits, `-`, `_`, at most 40"
            ));
        }
        if !seen.insert(name) {
            return Err(format!("the {what} `{name}` is named twice"));
        }
    }
    Ok(())
}

/// Whether an expression takes it for a name as it stands.
fn is_word(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().all(word) && !["in", "int", "string", "size"].contains(&text)
}

/// `mon-fri 9-13 14-18, sat 9:30-13` as days and times; `always` as every day.
fn hours(asked: &str) -> Result<Vec<(String, Vec<String>)>, String> {
    if asked.trim() == "always" {
        return Ok(vec![("daily".to_owned(), vec!["00:00-24:00".to_owned()])]);
    }
    let wrong = |part: &str| {
        format!("`{part}`: hours are such as \"mon-fri 9-18, sat 9:30-13\" or \"always\"")
    };
    let mut open = Vec::new();
    for part in asked.split(',') {
        let mut words = part.split_whitespace();
        let days =
            words.next().filter(|days| parse_days(days).is_some()).ok_or_else(|| wrong(part))?;
        let ranges: Option<Vec<String>> = words.map(range).collect();
        let ranges = ranges.filter(|ranges| !ranges.is_empty()).ok_or_else(|| wrong(part))?;
        if open.iter().any(|(known, _)| known == days) {
            return Err(format!("`{days}` is named twice: write its times behind one another"));
        }
        open.push((days.to_owned(), ranges));
    }
    Ok(open)
}

/// `9-18` as `09:00-18:00`.
fn range(text: &str) -> Option<String> {
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| {
        let (hour, minute) = text.split_once(':').unwrap_or((text, "00"));
        format!("{hour:0>2}:{minute}")
    };
    let range = format!("{}-{}", time(from), time(to));
    parse_range(&range).map(|_| range)
}

/// A text as YAML: bare where every reader takes it for the same text.
fn text(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    let word = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(&text);
    if plain && !word { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
