//! The tests of the example plans, and of `behaviours.yaml`, on real sockets: `centralino test --sipp`
//! writes them, SIPp plays them against a router on the plan that was written along, and the record
//! of each call says what it said on virtual time.

use crate::ground::{Router, free_ports, scratch};
use crate::sipp::{Seat, can_run};
use centralino::rehearse::WIRE_PORTS;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Tests that are played at a time, each on ports of its own.
const AT_A_TIME: usize = 8;
/// Tests that last longer are left out: all of this must end soon.
const LONGEST: Duration = Duration::from_secs(35);
/// What times of the two runs may differ by: processes start and wait their turn.
const TOLERANCE_MS: u64 = 900;

/// A plan and its further tests.
#[derive(Clone, Debug)]
struct Plan {
    path: PathBuf,
    tests: Option<PathBuf>,
}

/// One test that was written.
#[derive(Clone, Debug)]
struct Test {
    /// Which plan.
    plan: usize,
    name: String,
    folder: String,
    lasts: Duration,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every plan in `dialplans`, files and folders, and our own.
fn plans() -> Vec<Plan> {
    let folder = root().join("dialplans");
    let entries = std::fs::read_dir(&folder).expect("the example plans");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| {
        let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        let name = path.file_name().unwrap_or_default();
        is_yaml || path.is_dir() && name != "prompts" && name != "tests" && holds_a_plan(path)
    });
    paths.sort();
    paths.push(root().join("tests/wire/behaviours.yaml"));
    let with_tests = |path: PathBuf| {
        let name = path.file_stem().unwrap_or_default();
        let tests = folder.join("tests").join(name).with_extension("yaml");
        Plan { tests: tests.is_file().then_some(tests), path }
    };
    paths.into_iter().map(with_tests).collect()
}

fn holds_a_plan(folder: &Path) -> bool {
    let check = Command::new(env!("CARGO_BIN_EXE_centralino")).arg("check").arg(folder).output();
    check.is_ok_and(|output| output.status.success())
}

/// Writes the tests of a plan with this in their names, for a router at this port; the list of them.
fn write(plan: &Plan, dir: &Path, port: u16, filter: &str) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_centralino"));
    command.arg("test").arg(&plan.path).arg("--sipp").arg(dir).arg("--json");
    command.arg("--sipp-at").arg(format!("{HOST}:{port}")).arg("--filter").arg(filter);
    if let Some(tests) = &plan.tests {
        command.arg("--tests").arg(tests);
    }
    if !can_run("uac_dtmf_rtp") {
        command.arg("--sipp-info");
    }
    let output = command.output().expect("centralino runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{plan:?}: {said}");
    let list: Value = serde_json::from_slice(&output.stdout).expect("a list of tests");
    list["tests"].as_array().cloned().unwrap_or_default()
}

/// One desk: ports that nobody else has, and what is written for them.
struct Desk {
    dir: PathBuf,
    port: u16,
}

impl Desk {
    fn new() -> Desk {
        Desk { dir: scratch("rehearsed"), port: free_ports(HOST, WIRE_PORTS) }
    }

    /// Plays a test; what is not as it was on virtual time.
    fn play(&self, plan: &Plan, test: &Test) -> Result<(), String> {
        let _seat = Seat::take();
        let dir = self.dir.join(test.plan.to_string());
        write(plan, &dir, self.port, &test.name);
        let folder = dir.join(&test.folder);
        let router = Router::start_on(&folder.join("plan.yaml"));
        let mut script = Command::new(folder.join("run.sh"));
        script.env("HTTP", router.http.to_string()).env("TOKEN", router.token_file());
        let played = script.output().expect("the script runs");
        let said = String::from_utf8_lossy(&played.stdout).into_owned();
        let text = std::fs::read_to_string(folder.join("expected.json")).expect("what is expected");
        let expected: Value = serde_json::from_str(&text).expect("JSON");
        let calls = expected["calls"].as_array().cloned().unwrap_or_default();
        let wanted: Vec<&Value> =
            calls.iter().map(|call| &call["record"]).filter(|record| !record.is_null()).collect();
        let mut found = router.whole_cdrs(wanted.len());
        router.stop();
        found.sort_by_key(|cdr| cdr["began_ms"].as_i64());
        let mut wrong = if played.status.success() { String::new() } else { said };
        for (wanted, found) in wanted.into_iter().zip(&found) {
            wrong += &differences(wanted, found);
        }
        let name = plan.path.display();
        if wrong.is_empty() { Ok(()) } else { Err(format!("{name}: {}: {wrong}", test.name)) }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// What two records say differently.
fn differences(wanted: &Value, found: &Value) -> String {
    let mut text = String::new();
    for (name, wanted, found) in [
        ("what happened", said(wanted), said(found)),
        ("decisions", decisions(wanted), decisions(found)),
    ] {
        if wanted != found {
            text += &format!("\n{name}, on virtual time: {wanted:#}\non the wire: {found:#}");
        }
    }
    let (wanted, found) = (times(wanted), times(found));
    for ((name, wanted), (_, found)) in wanted.iter().zip(&found) {
        if wanted.abs_diff(*found) > TOLERANCE_MS {
            text += &format!("\n{name}: {wanted} ms on virtual time, {found} ms on the wire");
        }
    }
    text
}

/// All of a record but times and names that are never the same.
fn said(cdr: &Value) -> Value {
    let mut cdr = cdr.clone();
    for name in ["states", "digits", "queues", "offers", "talks"] {
        for entry in cdr[name].as_array_mut().into_iter().flatten() {
            let Some(fields) = entry.as_object_mut() else { continue };
            fields.retain(|name, _| !name.ends_with("_ms") && name != "leg");
        }
    }
    let answered = !cdr["answered_ms"].is_null();
    let mut said = json!({ "answered": answered });
    for name in [
        "trunk",
        "caller",
        "called",
        "agent",
        "queue",
        "ended_by",
        "cause",
        "sip_status",
        "q850",
        "states",
        "digits",
        "queues",
        "offers",
        "talks",
    ] {
        said[name] = cdr[name].clone();
    }
    said
}

/// Who was chosen in which step, and who was ruled out by what kind of rule.
fn decisions(cdr: &Value) -> Value {
    let decision = |decision: &Value| {
        let candidates = decision["candidates"].as_array().cloned().unwrap_or_default();
        let out = candidates.iter().filter_map(|candidate| {
            let rule = candidate["ruled_out"].as_str()?;
            let kind = rule.split([':', ',']).next().unwrap_or_default();
            Some(format!("{}: {kind}", candidate["agent"].as_str()?))
        });
        let mut out: Vec<String> = out.collect();
        out.sort();
        json!({
            "queue": decision["queue"],
            "step": decision["step"],
            "winner": decision["winner"],
            "ruled out": out,
        })
    };
    cdr["decisions"].as_array().into_iter().flatten().map(decision).collect()
}

/// Every time in a record that is counted from its beginning.
fn times(cdr: &Value) -> Vec<(String, u64)> {
    let mut times = Vec::new();
    let mut add = |place: String, value: &Value| {
        for (name, value) in value.as_object().into_iter().flatten() {
            if let (true, Some(ms)) = (name.ends_with("_ms"), value.as_u64()) {
                times.push((format!("{place}.{name}"), ms));
            }
        }
    };
    add("durations".to_owned(), &cdr["durations"]);
    for name in ["states", "digits", "queues", "offers", "talks"] {
        for (n, entry) in cdr[name].as_array().into_iter().flatten().enumerate() {
            add(format!("{name}.{n}"), entry);
        }
    }
    times
}

/// The tests that are played, the longest first, and why others are not.
fn chosen(plans: &[Plan], lists: &[Vec<Value>]) -> (Vec<Test>, Vec<String>) {
    let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
    for (plan, list) in lists.iter().enumerate() {
        for test in list {
            let path = plans[plan].path.display();
            let name = test["name"].as_str().unwrap_or_default().to_owned();
            let Some(folder) = test["folder"].as_str() else {
                left_out.push(format!("{path}: {name}: {}", test["not_on_the_wire"]));
                continue;
            };
            let lasts = Duration::from_millis(test["lasts_ms"].as_u64().unwrap_or_default());
            if lasts > LONGEST {
                left_out.push(format!("{path}: {name}: lasts {lasts:?}"));
                continue;
            }
            chosen.push(Test { plan, name, folder: folder.to_owned(), lasts });
        }
    }
    chosen.sort_by_key(|test| test.lasts);
    (chosen, left_out)
}

#[test]
fn the_tests_of_the_examples_go_on_the_wire_as_on_virtual_time() {
    let plans = plans();
    let desks: Vec<Desk> = (0..AT_A_TIME).map(|_| Desk::new()).collect();
    let all = plans.iter().enumerate();
    let all =
        all.map(|(n, plan)| write(plan, &desks[0].dir.join(n.to_string()), desks[0].port, ""));
    let (tests, left_out) = chosen(&plans, &all.collect::<Vec<_>>());
    for why in &left_out {
        eprintln!("left out: {why}");
    }
    let all = tests.len() + left_out.len();
    assert!(tests.len() * 3 >= all * 2, "only {} of {all} can be played", tests.len());
    let waiting = Mutex::new(tests);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for desk in &desks {
            let (waiting, wrong, plans) = (&waiting, &wrong, &plans);
            scope.spawn(move || {
                loop {
                    let Some(test) = waiting.lock().expect("nobody panics").pop() else { return };
                    if let Err(why) = desk.play(&plans[test.plan], &test) {
                        wrong.lock().expect("nobody panics").push(why);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("nobody panics");
    assert!(wrong.is_empty(), "{} tests differ:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The script starts and ends the router itself, and fails when a phone is sent something else.
#[test]
fn a_script_that_starts_its_own_router_passes_and_can_fail() {
    let dir = scratch("rehearsed-alone");
    let port = free_ports(HOST, WIRE_PORTS);
    let plan = Plan { path: root().join("tests/wire/behaviours.yaml"), tests: None };
    write(&plan, &dir, port, "the-front");
    let folder = dir.join("the-front-is-not-there");
    let run = || {
        let _seat = Seat::take();
        let mut command = Command::new(folder.join("run.sh"));
        command.arg("--router").env("CENTRALINO", env!("CARGO_BIN_EXE_centralino"));
        command.output().expect("the script runs")
    };
    let output = run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    for name in ["caller", "front"] {
        let path = folder.join(format!("{name}.xml"));
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let text = text.replace("response=\"404\"", "response=\"403\"");
        std::fs::write(&path, text).expect("written");
    }
    let output = run();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("caller failed:"), "{said}");
    let _ = std::fs::remove_dir_all(&dir);
}
