//! The store on real files in a directory of its own; disk faults by SQLite's own means.

use super::cli::Show;
use super::*;
use crate::record::cdr::{Entered, Offer, OfferOutcome};
use crate::record::{Cdr, Opened};
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

const SOON: Duration = Duration::from_secs(30);
const BEGAN_MS: i64 = 1_800_000_000_000;

/// A directory that is gone after the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("centralino-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn db(&self) -> PathBuf {
        self.0.join("calls.db")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn opened(number: u64) -> Opened {
    Opened {
        call: format!("{number:016x}"),
        plan: "hash".to_owned(),
        trunk: "carrier".to_owned(),
        caller: "+393331234567".to_owned(),
        caller_withheld: false,
        called: "+390212345".to_owned(),
        sip_call_id: format!("{number}@carrier"),
        began_ms: BEGAN_MS + i64::try_from(number).unwrap() * 1_000,
    }
}

fn ended(number: u64, cause: &str, agent: Option<&str>) -> Cdr {
    let opened = opened(number);
    let at = opened.began_ms + 61_500;
    let mut cdr = Cdr::lost(opened, at);
    cdr.cause = cause.to_owned();
    cdr.agent = agent.map(str::to_owned);
    cdr.digits = vec![Entered { at_ms: 900, digits: "4711".to_owned() }];
    cdr.offers = vec![Offer {
        at_ms: 1_000,
        leg: 1,
        to: "anna".to_owned(),
        agent: true,
        ring_ms: 2_000,
        outcome: OfferOutcome::Joined,
    }];
    cdr
}

fn end(number: u64) -> Write {
    Write::End(Box::new(ended(number, "normal_clearing", Some("anna"))))
}

fn open(path: &Path) -> (Store, Recovered) {
    Store::open(&StoreConfig::new(path)).unwrap()
}

fn show_in_utc(numbers: bool, json: bool) -> Show {
    Show { numbers, json, zone: TimeZone::UTC }
}

#[test]
fn a_call_has_one_row_and_the_first_end_stays() {
    let scratch = Scratch::new();
    let (store, recovered) = open(&scratch.db());
    assert_eq!(recovered.lost, 0);
    store.post(Write::Begin(opened(1)));
    store.post(end(1));
    store.post(Write::End(Box::new(ended(1, "busy", None))));
    store.post(Write::Begin(opened(1)));
    store.post(end(2)); // its begin was turned away
    assert!(store.flush(SOON));
    let reader = Reader::open(&scratch.db()).unwrap();
    let rows = reader.list(&Filter::default()).unwrap();
    let seen: Vec<_> = rows.iter().map(|row| (row.call.as_str(), row.cause.as_str())).collect();
    let (two, one) = (opened(2).call, opened(1).call);
    assert_eq!(seen, [(&*two, "normal_clearing"), (&*one, "normal_clearing")]);
    let figures = store.figures();
    assert_eq!((figures.posted, figures.written, figures.synced), (5, 5, 5));
    assert_eq!(figures.refused, 0);
}

#[test]
fn what_was_open_is_lost_at_the_next_start_and_only_then() {
    let scratch = Scratch::new();
    let (store, _) = open(&scratch.db());
    store.post(Write::Begin(opened(1)));
    store.post(end(2));
    assert!(store.flush(SOON));
    let second = Store::open(&StoreConfig::new(scratch.db()));
    assert!(matches!(second, Err(StoreError::InUse { .. })), "a running store is left alone");
    drop(store);
    let (store, recovered) = open(&scratch.db());
    assert_eq!(recovered.lost, 1);
    let reader = Reader::open(&scratch.db()).unwrap();
    let Some(Found::Ended(cdr)) = reader.get(&opened(1).call).unwrap() else { panic!("closed") };
    assert_eq!((cdr.cause.as_str(), cdr.ended_by.as_str()), ("lost", "system"));
    assert_eq!(cdr.ended_ms, BEGAN_MS + 2_000 + 61_500, "the last that the node wrote");
    assert_eq!(cdr.opened, opened(1));
    drop(store);
    assert_eq!(open(&scratch.db()).1.lost, 0);
}

#[test]
fn lists_are_filtered_and_newest_first() {
    let scratch = Scratch::new();
    let (store, _) = open(&scratch.db());
    for number in 0..10 {
        let (cause, agent) = if number % 2 == 0 { ("busy", None) } else { ("lost", Some("anna")) };
        store.post(Write::End(Box::new(ended(number, cause, agent))));
    }
    store.post(Write::Begin(opened(99)));
    assert!(store.flush(SOON));
    let reader = Reader::open(&scratch.db()).unwrap();
    let numbers = |filter: Filter| -> Vec<u64> {
        let rows = reader.list(&filter).unwrap();
        rows.iter().map(|row| u64::from_str_radix(&row.call, 16).unwrap()).collect()
    };
    let none = Filter::default;
    let at = |number: i64| Some(BEGAN_MS + number * 1_000);
    assert_eq!(numbers(Filter { limit: Some(3), ..none() }), [9, 8, 7]);
    let window = Filter { since_ms: at(2), until_ms: at(5), ..none() };
    assert_eq!(numbers(window), [4, 3, 2]);
    let busy = Filter { cause: Some("busy".into()), since_ms: at(5), ..none() };
    assert_eq!(numbers(busy), [8, 6]);
    assert_eq!(numbers(Filter { agent: Some("anna".into()), until_ms: at(4), ..none() }), [3, 1]);
    assert_eq!(numbers(Filter { caller: Some("+393331234567".into()), ..none() }).len(), 10);
    assert_eq!(numbers(Filter { caller: Some("' OR 1=1 --".into()), ..none() }), [0; 0]);
    assert!(matches!(reader.get(&opened(99).call).unwrap(), Some(Found::Open(_))));
    assert!(reader.get("nothing").unwrap().is_none());
}

#[test]
fn an_open_call_is_shown_as_open() {
    let scratch = Scratch::new();
    let (store, _) = open(&scratch.db());
    store.post(Write::Begin(opened(1)));
    assert!(store.flush(SOON));
    let reader = Reader::open(&scratch.db()).unwrap();
    let found = reader.get(&opened(1).call).unwrap().unwrap().shown(false);
    let json = found.json().unwrap();
    assert_eq!((&json["open"], &json["caller"]), (&true.into(), &"**********567".into()));
    let mut out = Vec::new();
    assert!(cli::show(&reader, &opened(1).call, &show_in_utc(false, false), &mut out).unwrap());
    assert!(String::from_utf8(out).unwrap().contains("in progress"));
}

#[test]
fn a_full_disk_blocks_nobody_and_nothing_taken_is_lost() {
    let scratch = Scratch::new();
    let (store, _) = Store::open(&StoreConfig { path: scratch.db(), spill: 16 }).unwrap();
    store.post(Write::Begin(opened(0)));
    assert!(store.flush(SOON));
    // Another connection's lock stands for a disk that does not take writes.
    let other = Connection::open(scratch.db()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut taken = vec![0];
    let mut refused = 0;
    for number in 1..2_000 {
        if store.post(Write::Begin(opened(number))) {
            taken.push(number);
        } else {
            refused += 1;
        }
    }
    assert!(refused > 0, "the spill is bounded");
    assert!(store.ready().is_err(), "{:?}", store.ready());
    assert!(store.post(end(0)), "room is kept for the end of a call in progress");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.flush(SOON), "{:?}", store.figures());
    assert_eq!(store.ready(), Ok(()));
    assert_eq!(store.figures().refused, refused);
    let reader = Reader::open(&scratch.db()).unwrap();
    for number in taken {
        assert!(reader.get(&opened(number).call).unwrap().is_some(), "{number}");
    }
}

/// A slow disk takes every record in the end: others are better, but calls are taken. One that says no
/// takes none.
#[test]
fn a_disk_that_says_no_keeps_no_new_record_and_a_slow_one_does() {
    let lane = lane::Lane::new(16);
    let later = || Instant::now() + STALLED + STALLED;
    assert!(lane.post(Write::Begin(opened(1))).is_some());
    let (oldest, batch) = lane.take(BATCH);
    assert_eq!((batch.len(), lane.keeps(later())), (1, Ok(())));
    assert!(lane.ready(later()).is_err_and(|why| why.contains("slow")));
    assert!(
        lane.failed("database or disk is full".to_owned(), Duration::ZERO),
        "to be tried again"
    );
    assert_eq!(lane.keeps(Instant::now()), Ok(()), "it may have been for a moment");
    assert!(lane.keeps(later()).is_err_and(|why| why.contains("disk is full")));
    assert!(lane.post(end(1)).is_some(), "what runs is recorded in memory");
    lane.written(oldest, batch.len(), 0);
    assert_eq!((lane.keeps(later()), lane.ready(later())), (Ok(()), Ok(())));
    // However fast or slow it is: half of the memory is for what runs.
    for number in 2..10 {
        assert!(lane.post(Write::Begin(opened(number))).is_some());
    }
    assert!(lane.keeps(Instant::now()).is_err_and(|why| why.contains("9 wait")));
}

#[test]
fn a_promise_waits_for_the_sync() {
    let scratch = Scratch::new();
    let (store, _) = open(&scratch.db());
    let plan = plan_taken("h", 1, "start");
    let ticket = store.promise(plan).unwrap();
    assert!(store.wait(ticket, SOON));
    assert!(store.figures().synced >= 1);
    let reader = Reader::open(&scratch.db()).unwrap();
    assert_eq!(reader.plan("h").unwrap().as_deref(), Some("version: 1"));
}

#[test]
fn closing_writes_what_waits() {
    let scratch = Scratch::new();
    let (store, _) = open(&scratch.db());
    for number in 0..3_000 {
        assert!(store.post(end(number)));
    }
    drop(store);
    let reader = Reader::open(&scratch.db()).unwrap();
    assert_eq!(reader.each(&Filter::default(), |_| Ok(())).unwrap(), 3_000);
}

#[test]
fn the_database_is_for_its_owner_only_and_a_newer_one_is_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    drop(open(&scratch.db()));
    let mode = std::fs::metadata(scratch.db()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    let other = Connection::open(scratch.db()).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    let newer = Store::open(&StoreConfig::new(scratch.db()));
    assert!(matches!(newer, Err(StoreError::TooNew { found: 99, .. })));
    assert!(matches!(Reader::open(&scratch.db()), Err(StoreError::TooNew { .. })));
    let missing = Reader::open(&scratch.0.join("none.db"));
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
}

fn reader_of_two(scratch: &Scratch) -> Reader {
    let (store, _) = open(&scratch.db());
    store.post(end(1));
    let mut odd = ended(2, "rejected", None);
    odd.opened.caller = "=1+1".to_owned();
    odd.opened.called = "esc\u{1b}[2J".to_owned();
    store.post(Write::End(Box::new(odd)));
    drop(store);
    Reader::open(&scratch.db()).unwrap()
}

#[test]
fn the_export_is_csv_or_a_json_object_a_line() {
    let scratch = Scratch::new();
    let reader = reader_of_two(&scratch);
    let written = |format, numbers| {
        let mut out = Vec::new();
        let count = export(&reader, &Filter::default(), format, numbers, &mut out).unwrap();
        assert_eq!(count, 2);
        String::from_utf8(out).unwrap()
    };
    let csv = written(Format::Csv, true);
    let mut lines = csv.lines();
    assert!(lines.next().unwrap().starts_with("call,began,answered,ended,trunk,caller,"));
    assert!(lines.next().unwrap().contains(",'=1+1,"), "{csv}");
    let line = lines.next().unwrap();
    let expected = "0000000000000001,2027-01-15T08:00:01.000Z,,2027-01-15T08:01:02.500Z,carrier,\
                    +393331234567,false,+390212345,,anna,system,normal_clearing,0,31,";
    assert!(line.starts_with(expected), "{line}");
    assert!(!written(Format::Csv, false).contains("1234567"));
    let json = written(Format::Json, false);
    assert!(!json.contains("1234567") && !json.contains("4711"), "masked");
    let records: Vec<Cdr> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records[1].opened.caller, "**********567");
}

#[test]
fn the_list_is_a_table_with_masked_numbers() {
    let scratch = Scratch::new();
    let reader = reader_of_two(&scratch);
    let table = |show: &Show| {
        let mut out = Vec::new();
        assert_eq!(cli::list(&reader, &Filter::default(), show, &mut out).unwrap(), 2);
        String::from_utf8(out).unwrap()
    };
    let text = table(&show_in_utc(false, false));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("CALL              BEGAN                LASTED  CALLER"));
    assert_eq!(
        lines[2],
        "0000000000000001  2027-01-15 08:00:01  1m01s   **********567  +390212345  -      anna   \
         normal_clearing"
    );
    assert!(!text.contains('\u{1b}'), "the network does not steer the terminal");
    assert!(table(&show_in_utc(true, false)).contains("+393331234567"));
    let json: serde_json::Value = serde_json::from_str(&table(&show_in_utc(false, true))).unwrap();
    assert_eq!(json[1]["caller"], "**********567");
}

#[test]
fn show_tells_one_call_or_says_that_there_is_none() {
    let scratch = Scratch::new();
    let reader = reader_of_two(&scratch);
    let told = |call: &str, show: &Show| {
        let mut out = Vec::new();
        let found = cli::show(&reader, call, show, &mut out).unwrap();
        (found, String::from_utf8(out).unwrap())
    };
    let (found, text) = told("0000000000000001", &show_in_utc(false, false));
    assert!(found);
    for part in
        ["from    **********567 by trunk carrier", "offer to anna on leg 1: rang 2.0s, joined"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("4711"));
    assert!(told("0000000000000001", &show_in_utc(true, false)).1.contains("digits 4711"));
    let json = told("0000000000000001", &show_in_utc(false, true)).1;
    assert!(json.contains("\"caller\": \"**********567\"") && !json.contains("4711"), "{json}");
    assert_eq!(told("ffff", &show_in_utc(true, false)), (false, String::new()));
}

fn plan_taken(hash: &str, taken_ms: i64, by: &'static str) -> Write {
    let (hash, text, source) = (hash.to_owned(), "version: 1".to_owned(), "p.yaml".to_owned());
    Write::Plan { hash, text, taken_ms, source, by }
}

#[test]
fn plans_are_kept_by_hash_and_each_take_is_listed() {
    let scratch = Scratch::new();
    let (store, _) = open(&scratch.db());
    for (hash, at, by) in [("ab1", 1, "start"), ("ab2", 2, "SIGHUP"), ("ab1", 3, "rollback")] {
        assert!(store.post(plan_taken(hash, at, by)));
    }
    assert!(store.flush(SOON));
    let reader = Reader::open(&scratch.db()).unwrap();
    let takes: Vec<(String, i64, String)> =
        reader.plan_takes().unwrap().into_iter().map(|t| (t.hash, t.taken_ms, t.by)).collect();
    let take = |hash: &str, at, by: &str| (hash.to_owned(), at, by.to_owned());
    assert_eq!(
        takes,
        [take("ab1", 3, "rollback"), take("ab2", 2, "SIGHUP"), take("ab1", 1, "start")]
    );
    assert_eq!(reader.plan_hashes("ab").unwrap(), ["ab1", "ab2"]);
    assert_eq!(reader.plan_hashes("ab2").unwrap(), ["ab2"]);
    assert!(reader.plan_hashes("%").unwrap().is_empty());
}

/// A database that an older version made gets the new table and keeps what is in it.
#[test]
fn a_database_without_the_takes_is_brought_up_to_date() {
    let scratch = Scratch::new();
    drop(open(&scratch.db()));
    let older = rusqlite::Connection::open(scratch.db()).unwrap();
    older.execute_batch("DROP TABLE plan_takes; PRAGMA user_version = 1").unwrap();
    older.execute("INSERT INTO plans (hash, text) VALUES ('old', 'version: 1')", []).unwrap();
    drop(older);
    let (store, _) = open(&scratch.db());
    assert!(store.post(plan_taken("new", 1, "start")) && store.flush(SOON));
    let reader = Reader::open(&scratch.db()).unwrap();
    assert_eq!(reader.plan_takes().unwrap().len(), 1);
    assert!(reader.plan("old").unwrap().is_some());
}
