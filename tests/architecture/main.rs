//! The house rules, held by a test: which room may import which, which crate is named where, what
//! only `io` may touch, and that every file says what it is for and stays small.
//!
//! The tables below are the law. `read.rs` turns a source file into the paths it names; `rules.rs`
//! holds them against the tables; here the house is walked, and each rule is shown to catch a
//! violation that was put there on purpose.
#![expect(clippy::expect_used, reason = "a test may fail")]

mod read;
mod rules;

use rules::{Source, check};
use std::path::{Path, PathBuf};

/// Who may import whom: the room, and the rooms of this crate that it may name.
const ROOMS: &[(&str, &str)] = &[
    ("base", ""),
    ("expr", "base"),
    ("number", "base"),
    ("sip", "base"),
    ("transport", "base sip"),
    ("transaction", "base sip transport"),
    ("dialog", "base sip transport transaction"),
    ("endpoint", "base sip transport transaction dialog"),
    ("registrar", "base sip transport transaction"),
    ("defence", "base sip transport transaction"),
    ("media", "base"),
    ("ivr", "base expr number"),
    ("router", "base expr"),
    ("callers", "base expr"),
    ("record", "base ivr router media"),
    ("plan", "base expr number sip transport ivr router"),
    ("graph", "base expr number ivr router plan"),
    ("dialplan", "base expr number sip transport ivr router plan"),
    (
        "call",
        "base expr number sip transport transaction dialog endpoint registrar defence media ivr \
         router callers record plan",
    ),
    (
        "worker",
        "base expr number sip transport transaction dialog endpoint registrar defence media ivr \
         router callers record plan call",
    ),
    (
        "sim",
        "base expr number sip transport transaction dialog endpoint registrar defence media ivr \
         router callers record plan call dialplan worker",
    ),
    // Runs a plan's tests in `sim`'s house and reads what came of them in the words of the record.
    ("rehearse", "base expr sip transport media ivr router record plan dialplan sim"),
    (
        "io",
        "base expr number sip transport transaction dialog endpoint registrar defence media ivr \
         router callers record plan graph call dialplan worker sim",
    ),
];

/// Shells of `io` that never import each other; `io/run` wires them.
const SHELLS: &[&str] = &["sip", "media", "store", "http", "dns"];

/// Crates with a fence around them: the crate, and the only room that may name it.
const FENCED: &[(&str, &str)] = &[
    ("rsip", "sip"),
    ("rtp_rs", "media"),
    ("phonenumber", "number"),
    ("serde_yaml", "dialplan"),
    ("tokio", "io"),
    ("dashmap", "io"),
    ("axum", "io"),
    ("rusqlite", "io"),
    ("nix", "io"),
    ("socket2", "io"),
    ("mio", "io"),
    ("rustls", "io"),
    ("hickory_resolver", "io"),
    ("prometheus_client", "io"),
    ("notify", "io"),
];

/// What of the standard library only `io` may touch: a path, and what it is.
const WORLD: &[(&str, &str)] = &[
    ("std::net::UdpSocket", "a socket"),
    ("std::net::TcpListener", "a socket"),
    ("std::net::TcpStream", "a socket"),
    ("std::os::unix::net", "a socket"),
    ("std::time::Instant", "a clock"),
    ("std::time::SystemTime", "a clock"),
    ("std::thread", "a thread"),
    ("std::fs", "a file"),
    ("std::env", "the environment"),
    ("std::process", "a process"),
];

/// The longest file.
const LINES: usize = 600;

fn sources(folder: &Path, root: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder of the house")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, root, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            let path = path.strip_prefix(root).expect("below the root").to_owned();
            found.push(Source { path: path.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

#[test]
fn the_house_keeps_its_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        if root.join(folder).is_dir() {
            sources(&root.join(folder), root, &mut found);
        }
    }
    assert!(found.len() > 20, "only {} files were read", found.len());
    let findings: Vec<String> = found.iter().flat_map(check).collect();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn the_table_has_no_circle() {
    for (at, (room, allowed)) in ROOMS.iter().enumerate() {
        for other in allowed.split_whitespace() {
            let place = ROOMS.iter().position(|(name, _)| *name == other);
            let place = place.expect("a room of the table");
            // The order of the rows is the order of the house: a room names only those above it.
            assert!(place < at, "{room} imports {other}, which stands below it");
        }
    }
}

fn findings(path: &str, text: &str) -> Vec<String> {
    check(&Source { path: path.to_owned(), text: format!("//! A file.\n{text}") })
}

#[test]
fn a_violation_is_found_with_its_line() {
    for (path, text, expected) in [
        ("src/media/a.rs", "use crate::sip::Uri;", "src/media/a.rs:2: media may not import sip"),
        ("src/media/a.rs", "use crate::{base::Now, sip};", "media may not import sip"),
        ("src/media/a.rs", "fn f() { crate::router::words::f() }", "may not import router"),
        ("src/media/a.rs", "use super::super::sip;", "reaches the root through `super`"),
        ("src/dialplan/a.rs", "use crate::call::Call;", "dialplan may not import call"),
        ("src/worker/a.rs", "use crate::io::store;", "worker may not import io"),
        ("src/io/http/a.rs", "use crate::io::store::Store;", "io/http may not import io/store"),
        ("src/io/http/a.rs", "use super::super::store::Store;", "through `super`"),
        ("src/attic/a.rs", "", "no row"),
        ("src/call/a.rs", "use rsip::Uri;", "only sip may name the crate rsip"),
        ("src/call/a.rs", "type T = tokio::task::JoinHandle<()>;", "only io may name"),
        ("src/call/a.rs", "use std::time::{Duration, Instant};", "std::time::Instant is a clock"),
        ("src/call/a.rs", "use std::time;\nfn f() { time::SystemTime::now(); }", ":3: std::time"),
        ("src/call/a.rs", "use std::{net::UdpSocket as S};", "std::net::UdpSocket is a socket"),
        ("src/call/a.rs", "fn f() { std::thread::sleep(d) }", "std::thread::sleep is a thread"),
        (
            "src/call/a.rs",
            "struct S { legs: HashMap<u8, u8> }\nfn f(s: &S) { s.legs.values().max(); }",
            ":3: the order of the hashed `legs` can be seen",
        ),
        (
            "src/call/a.rs",
            "fn f() { let legs = HashSet::new(); for leg in &legs {} }",
            "order of the hashed `legs`",
        ),
        ("src/call/tests.rs", "use std::time::Instant;", "is a clock"),
    ] {
        let found = findings(path, text);
        assert!(
            found.len() == 1 && found[0].contains(expected),
            "{path} `{text}`: expected `{expected}`, found {found:?}"
        );
    }
    let bare = Source { path: "src/sip/a.rs".to_owned(), text: "fn f() {}\n".to_owned() };
    assert!(check(&bare)[0].contains("`//!`"));
    let long = "//\n".repeat(LINES);
    assert!(findings("src/sip/a.rs", &long)[0].contains("601 lines"));
}

#[test]
fn what_is_allowed_is_not_found() {
    for (path, text) in [
        ("src/call/a.rs", "use crate::{base::Now, sip::{Uri, Name}, media::StreamSpec};"),
        ("src/media/a.rs", "// use crate::sip;\n/* crate::sip /* nested */ */ const A: u8 = 1;"),
        ("src/media/a.rs", "const A: &str = \"crate::sip\"; const B: &str = r#\"crate::sip\"#;"),
        ("src/media/a.rs", "fn f<'a>(x: &'a str) -> char { '\"' } // crate::sip"),
        ("src/media/a.rs", "use super::spec::Codec;\nuse std::net::{IpAddr, SocketAddr};"),
        ("src/media/a.rs", "#[cfg(test)]\nmod tests { use super::*; use crate::sip::Uri; }"),
        ("src/media/tests.rs", "use crate::sip::Uri;"),
        ("src/io/sip/a.rs", "use tokio::net::UdpSocket; use std::time::Instant;"),
        ("src/io/run.rs", "use crate::io::{http::Http, store::Store};"),
        ("src/sip/a.rs", "use rsip::Uri;"),
        ("src/call/a.rs", "fn f(m: &HashMap<u8, u8>) -> Option<&u8> { m.get(&1) }"),
        (
            "src/call/a.rs",
            "fn f(m: &HashMap<u8, u8>) -> usize {\n    // hash order: only counted\n    \
             m.values().count()\n}",
        ),
        ("src/main.rs", "use centralino::io; fn main() { std::process::exit(1) }"),
    ] {
        assert_eq!(findings(path, text), Vec::<String>::new(), "{path} `{text}`");
    }
}
