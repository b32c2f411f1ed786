//! Another plan for a running router: by command, signal and file, refused and taken, and back again.

use crate::node::{HEAD, Node};
use crate::phones::{Phone, free_port};
use crate::{Folder, centralino, stderr, stdout, wait_until};
use serde_json::Value;
use std::process::Output;

const PLAN: &str = "\
agents: { anna: { contact: \"sip:anna@127.0.0.1:9\", skills: { sales: 5 } } }
queues: { sales: { steps: [{ want: skill.sales >= 1 }], otherwise: { hang_up: 480 } } }
numbers: { default: main }
flows: { main: { first: { play: [{ pause: 60s }], next: first } } }
";

impl Node {
    /// A command that speaks with this router.
    fn command(&self, words: &[&str]) -> Output {
        let http = self.http.to_string();
        centralino(&self.folder, &[words, &["--http", &http]].concat())
    }

    /// The plan's file with this in the place of that.
    fn write_plan(&self, from: &str, to: &str) {
        assert!(PLAN.contains(from), "{from}");
        self.folder.write("plan.yaml", &format!("{HEAD}{}", PLAN.replace(from, to)));
    }

    fn plan(&self) -> Value {
        self.get("/api/v1/plan")
    }

    fn metric(&self, line: &str) -> bool {
        self.ask("GET /metrics", "", "").1.lines().any(|found| found == line)
    }
}

#[test]
fn a_plan_is_compared_taken_refused_and_taken_back() {
    let node = Node::start(PLAN, &[]);
    let first = node.plan()["hash"].clone();
    node.write_plan("sales: 5", "sales: 7");
    let diff = node.command(&["diff", "plan.yaml"]);
    assert!(diff.status.success(), "{}", stderr(&diff));
    let said = "changed  agent anna\n           skills sales: 5 → 7\n1 agent changed\n";
    assert_eq!(stdout(&diff), said, "a free agent is not touched");

    let done = node.command(&["reload"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let said = stdout(&done);
    assert!(
        said.starts_with("the plan is taken: 1 agent changed; 2 warnings\nchanged  agent anna\n"),
        "{said}"
    );
    assert_eq!(node.get("/api/v1/agents/anna")["skills"]["sales"], 7);
    assert_eq!(node.get("/api/v1/agents/anna")["state"], "ready");
    let second = node.plan()["hash"].clone();
    assert_ne!(first, second);
    assert!(node.metric("centralino_plan_reloads_total{result=\"taken\"} 1.0"));
    let info = format!("centralino_plan_info{{hash={second}}} 1.0");
    assert!(node.metric(&info), "{info}");
    assert_eq!(stdout(&node.command(&["diff", "plan.yaml"])), "nothing differs\n");

    node.write_plan("next: first", "next: frist");
    let refused = node.command(&["reload"]);
    assert_eq!((refused.status.code(), stdout(&refused)), (Some(1), String::new()));
    let said = stderr(&refused);
    assert!(said.contains("plan.yaml:9:") && said.contains("frist"), "{said}");
    assert!(said.ends_with("the plan is not taken, the running one stays\n"), "{said}");
    let diff = node.command(&["diff", "plan.yaml"]);
    let said = stderr(&diff);
    assert_eq!(diff.status.code(), Some(1), "{said}");
    assert!(said.ends_with("plan.yaml: 1 error; nothing was compared\n"), "{said}");
    let json = node.command(&["reload", "--json"]);
    let answer: Value = serde_json::from_str(&stdout(&json)).expect("JSON");
    assert_eq!((json.status.code(), &answer["error"]["code"]), (Some(1), &"plan_refused".into()));
    assert!(answer["findings"][0].as_str().is_some_and(|f| f.contains("plan.yaml:9:")), "{answer}");
    assert_eq!(node.plan()["hash"], second);
    assert!(node.metric("centralino_plan_reloads_total{result=\"refused\"} 2.0"));

    node.folder.write("other.yaml", &format!("{HEAD}{}", PLAN.replace("5", "7")));
    let same = centralino(&node.folder, &["diff", "other.yaml", "other.yaml", "--json"]);
    let same: Value = serde_json::from_str(&stdout(&same)).expect("JSON");
    assert_eq!(same["changes"].as_array().map(Vec::len), Some(0), "no router is asked");

    let back = node.command(&["rollback"]);
    assert_eq!(back.status.code(), Some(0), "{}", stderr(&back));
    assert_eq!(node.plan()["hash"], first);
    assert_eq!(node.plan()["by"], "rollback");
    assert_eq!(node.get("/api/v1/agents/anna")["skills"]["sales"], 5);

    let listed = centralino(&node.folder, &["plans", "--json"]);
    let listed: Value = serde_json::from_str(&stdout(&listed)).expect("JSON");
    let takes: Vec<(&Value, &Value)> =
        listed.as_array().expect("a list").iter().map(|t| (&t["hash"], &t["by"])).collect();
    let word = |word: &str| Value::from(word);
    let (start, api, rollback) = (word("start"), word("API"), word("rollback"));
    assert_eq!(takes, [(&first, &rollback), (&second, &api), (&first, &start)]);
    let table = stdout(&centralino(&node.folder, &["plans"]));
    assert_eq!(table.lines().count(), 4, "{table}");
    assert_eq!(table.lines().position(|line| line.ends_with("(in force)")), Some(1), "{table}");
    let hash = second.as_str().expect("a hash");
    let shown = centralino(&node.folder, &["plans", "show", &hash[..10]]);
    assert!(stdout(&shown).contains("skills: { sales: 7 }"), "{}", stdout(&shown));
    assert_eq!(centralino(&node.folder, &["plans", "show", "0000"]).status.code(), Some(1));
}

/// A plan whose own tests fail is not taken, and the answer names the test and the difference.
#[test]
fn a_plan_whose_tests_fail_is_refused() {
    let node = Node::start(PLAN, &[]);
    let hash = node.plan()["hash"].clone();
    let tests = |cause: u16| {
        let numbers = PLAN.replace("default: main }", "default: main, \"480\": { refuse: 480 } }");
        let tests =
            format!("tests: {{ closed: {{ call: \"480\", expect: {{ cause: {cause} }} }} }}");
        node.folder.write("plan.yaml", &format!("{HEAD}{numbers}{tests}\n"));
    };
    tests(34);
    let refused = node.command(&["reload"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = stderr(&refused) + &stdout(&refused);
    assert!(said.contains("the test `closed` fails: cause: expected 34, found "), "{said}");
    assert_eq!(node.plan()["hash"], hash, "the running plan stays");
    tests(18);
    let taken = node.command(&["reload"]);
    assert_eq!(taken.status.code(), Some(0), "{}{}", stderr(&taken), stdout(&taken));
    assert_ne!(node.plan()["hash"], hash);
    assert!(!node.log().contains("call began"), "imagined calls are in the log: {}", node.log());
}

#[test]
fn who_cannot_ask_is_told_why() {
    let node = Node::start(PLAN, &[]);
    node.folder.write("wrong.token", "0123");
    for (words, part) in [
        (&["reload", "--token-file", "wrong.token"][..], "is not this router's"),
        (&["reload", "--token-file", "none.token"], "name its file with --token-file"),
        (&["reload", "--canary", "0%"], "a share such as 5%"),
        (&["reload", "--for", "10m"], "--canary"),
        (&["rollback", "xyz"], "4 to 64 hex digits"),
    ] {
        let output = node.command(words);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains(part), "{words:?}: {said}");
    }
    let all = node.command(&["reload", "--canary", "100%"]);
    assert_eq!(all.status.code(), Some(2));
    assert!(stderr(&all).contains("none is left to judge the plan by"), "{}", stderr(&all));
    for (words, part) in [
        (&["rollback"][..], "no other plan was taken before this one"),
        (&["rollback", "abcd"], "no plan abcd is kept"),
        (&["reload", "--promote"], "no plan is on trial"),
        (&["reload", "--canary", "5%"], "nothing to try"),
    ] {
        let output = node.command(words);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
        assert!(said.contains(part), "{words:?}: {said}");
    }
    let folder = Folder::new();
    folder.write("centralino.token", "0123");
    let nobody = free_port().to_string();
    let output = centralino(&folder, &["reload", "--http", &nobody]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no router answers at"), "{}", stderr(&output));
}

#[test]
fn a_signal_and_a_changed_file_reload() {
    let node = Node::start(PLAN, &[]);
    node.write_plan("numbers:", "reload: on_change\nnumbers:");
    node.signal("HUP");
    wait_until("the plan is taken", || node.log().contains("1 setting added"));
    assert_eq!(node.plan()["by"], "SIGHUP");
    node.write_plan("numbers:", "reload: on_change\nqueues_: 1\nnumbers:");
    wait_until("the plan is refused", || node.log().contains("the running one stays"));
    let taken = "reload: on_change\nnumbers: { \"100\": main,";
    node.write_plan("numbers: {", taken);
    wait_until("the plan is taken", || node.log().contains("1 number added"));
    assert_eq!(node.plan()["by"], "change");
    let log = node.log();
    assert_eq!(log.matches("the running one stays").count(), 1, "once is enough: {log}");
}

/// What `check` warns of is told to who takes the plan, and no password is shown.
#[test]
fn the_answer_warns_and_passwords_are_starred() {
    let node = Node::start(PLAN, &[]);
    let secret = "trunks: { carrier: { accept_from: [127.0.0.0/8] },\n  \
                  other: { peers: \"sip:192.0.2.1\", credentials: { user: us, password: hunter2 } } }\n";
    let text = format!("{HEAD}{PLAN}");
    let trunks = "trunks: { carrier: { accept_from: [127.0.0.0/8] } }\n";
    assert!(text.contains(trunks));
    node.folder.write("plan.yaml", &text.replace(trunks, secret));
    let done = node.command(&["reload"]);
    let (said, warned) = (stdout(&done), stderr(&done));
    assert!(said.starts_with("the plan is taken: 1 trunk added; 3 warnings\n"), "{said}");
    assert!(warned.contains("a password stands in the plan itself"), "{warned}");
    wait_until("the log warns", || node.log().contains("a password stands in the plan itself"));
    let hash = node.plan()["hash"].as_str().expect("a hash").to_owned();
    for words in [&["plans", "show", &hash[..12]][..], &["plans", "show", &hash, "--json"]] {
        let shown = stdout(&centralino(&node.folder, words));
        assert!(shown.contains("password: *******"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    assert!(!format!("{said}{warned}{}", node.log()).contains("hunter2"));
}

/// What calls in progress and waiting ones a plan would touch is told by `diff` and by the answer.
#[test]
fn the_living_are_named() {
    let node =
        Node::start(&PLAN.replace("play: [{ pause: 60s }], next: first", "queue: sales"), &[]);
    let json = "Content-Type: application/json\r\n";
    let headers = format!("{json}Authorization: Bearer {}\r\n", node.token());
    let put = "PUT /api/v1/agents/anna/state";
    assert_eq!(node.ask(put, &headers, r#"{"state": "not_ready"}"#).0, 200);
    let caller = Phone::caller("uac_basic", node.sip, "100", 6000);
    wait_until("the caller waits", || node.get("/api/v1/queues")["queues"][0]["waiting"] == 1);
    let plan = PLAN.replace("sales >= 1", "sales >= 2");
    let new = plan.replace("play: [{ pause: 60s }], next: first", "queue: sales, reason: other");
    node.folder.write("plan.yaml", &format!("{HEAD}{new}"));
    let diff = node.command(&["diff", "plan.yaml"]);
    let said = stdout(&diff);
    for line in [
        "! 1 call waiting: with their place and their clock",
        "! 1 call in it: they go on by the script they began with",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let changes = stdout(&node.command(&["reload"]));
    assert!(changes.contains("! 1 call waiting"), "{changes}");
    assert_eq!(node.get("/api/v1/queues")["queues"][0]["waiting"], 1, "it waits on");
    caller.succeed();
}

/// A plan that fails is tried on half of the callers and taken back by itself; one that does well is
/// promoted.
#[test]
fn a_trial_over_sip_is_taken_back_or_promoted() {
    let quick = PLAN.replace("play: [{ pause: 60s }], next: first", "play: [{ pause: 60s }]");
    // As many calls as these need more ports than the other tests leave over.
    let head = HEAD.replace("30000-30399", "28400-29399");
    let folder = Folder::new();
    folder.write("plan.yaml", &format!("{head}{quick}"));
    let node = Node::start_in(folder, &["plan.yaml", "--http", "127.0.0.1:0"]);
    let first = node.plan()["hash"].clone();
    let call = |calls: u32| {
        let router = Some((node.sip, "100"));
        Phone::crowd("uac_numbered", free_port(), router, (calls, 40), 50).succeed();
    };
    let bad = quick.replace("default: main", "default: { refuse: 480 }");
    node.folder.write("plan.yaml", &format!("{head}{bad}"));
    let tried = node.command(&["reload", "--canary", "50%", "--at-least", "10"]);
    assert_eq!(tried.status.code(), Some(0), "{}", stderr(&tried));
    assert!(stdout(&tried).starts_with("the plan is on trial for 50 % of the new calls: "));
    assert_eq!(node.plan()["trial"]["share_percent"], 50.0);
    let other = node.command(&["reload"]);
    assert!(stderr(&other).contains("a plan is on trial"), "{}", stderr(&other));
    call(60);
    wait_until("it is taken back", || node.plan()["trial"].is_null());
    let plan = node.plan();
    assert_eq!(plan["hash"], first);
    assert!(plan["last_trial"].as_str().is_some_and(|t| t.contains("failed")), "{plan}");
    let records = node.wait_records(60);
    let refused = records.iter().filter(|record| record["cause"] == "unavailable").count();
    assert!((10..=50).contains(&refused), "{refused} of 60 tried it");

    let good = quick.replace("main: { first", "main: { second");
    node.folder.write("plan.yaml", &format!("{head}{good}"));
    let words = ["reload", "--canary", "50%", "--at-least", "5", "--for", "1s"];
    assert_eq!(node.command(&words).status.code(), Some(0));
    call(30);
    wait_until("it is promoted", || node.plan()["by"] == "trial");
    call(8);
    let record =
        |call: &Value| node.get(&format!("/api/v1/cdrs/{}", call["call"].as_str().expect("a key")));
    let last: Vec<Value> = node.wait_records(98).iter().take(8).map(record).collect();
    assert!(last.iter().all(|cdr| cdr["states"][0]["state"] == "main.second"), "{last:#?}");
    let back = node.command(&["rollback"]);
    assert_eq!(back.status.code(), Some(0), "{}", stderr(&back));
    assert_eq!(node.plan()["hash"], first);
}
