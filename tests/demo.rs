//! The demo as a person runs it: the binary, a few seconds, its word that everything was right; in
//! plain lines, and on a terminal of its own.
#![expect(clippy::panic, clippy::expect_used, reason = "helpers of tests may panic")]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything on the terminal may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Ctrl-C as the keyboard sends it; the terminal makes a signal of it.
const CTRL_C: &[u8] = b"\x03";

/// What the demo must have seen to hold.
const CHECKS: [&str; 6] = [
    "every call has exactly one CDR",
    "callers heard the agent they talked with, by tone",
    "agents heard their caller and nobody else, by tone",
    "digits arrived as they were pressed",
    "records say what the phones saw",
    "phones found no fault with the router's SIP and RTP",
];

#[test]
fn the_demo_runs_and_finds_everything_right() {
    let demo = Command::new(env!("CARGO_BIN_EXE_centralino"))
        .args(["demo", "--for", "6s", "--plain", "--rate", "5", "--seed", "11"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&demo.stdout);
    let logged = String::from_utf8_lossy(&demo.stderr);
    assert_eq!(demo.status.code(), Some(0), "{told}\n{logged}");
    for check in CHECKS {
        let line = told.lines().find(|line| line.contains(check)).unwrap_or_default();
        assert!(line.starts_with("PASS") && !line.ends_with(" 0 of 0"), "{check}: {told}");
    }
    assert!(told.contains("seed 11"), "{told}");
}

#[test]
fn what_makes_no_sense_is_refused_with_2() {
    let rows: [&[&str]; 5] = [
        &["--rate", "0"],
        &["--rate", "nan"],
        &["--for", "soon"],
        &["--for", "0s"],
        &["--agents", "100000"],
    ];
    for arguments in rows {
        let demo = Command::new(env!("CARGO_BIN_EXE_centralino"))
            .arg("demo")
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(demo.status.code(), Some(2), "{arguments:?}");
    }
}

/// A terminal (`script`, Debian: bsdutils) with something that runs on it.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// A shell with these commands.
    fn run(commands: &str) -> Terminal {
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", commands, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script is installed (Debian: bsdutils)");
        let keys = child.stdin.take().expect("stdin is piped");
        let mut stdout = child.stdout.take().expect("stdout is piped");
        let shown = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&shown);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stdout.read(&mut buffer) {
                seen.lock().expect("no panic above").extend_from_slice(&buffer[..length]);
            }
        });
        Terminal { child, keys, shown, reader }
    }

    /// All that was written to it.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().expect("no panic above")).into_owned()
    }

    #[track_caller]
    fn wait_for(&self, words: &str) {
        let began = Instant::now();
        while !self.text().contains(words) {
            assert!(began.elapsed() < PATIENCE, "no `{words}` in\n{}", self.text());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    fn press(&mut self, key: &[u8]) {
        self.keys.write_all(key).expect("the terminal takes keys");
        self.keys.flush().expect("the terminal takes keys");
    }

    /// Its exit code, and all that was written to it.
    fn end(mut self) -> (Option<i32>, String) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                break status;
            }
            if began.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("it does not end:\n{}", self.text());
            }
            std::thread::park_timeout(Duration::from_millis(10));
        };
        self.reader.join().expect("the reader ends with it");
        let shown = self.shown.lock().expect("no panic above");
        (status.code(), String::from_utf8_lossy(&shown).into_owned())
    }
}

/// On a full screen Ctrl-C ends the placing and a second one the calls; then the terminal is as it was,
/// and the summary stands on the screen that stays.
#[test]
fn ctrl_c_ends_the_full_screen_and_gives_the_terminal_back() {
    // The shell outlives the signal, which the terminal sends to both, and looks at the terminal's modes.
    let demo = env!("CARGO_BIN_EXE_centralino");
    let mut terminal = Terminal::run(&format!(
        "trap : INT; before=$(stty -g); '{demo}' demo --rate 5 --seed 11; code=$?; \
         after=$(stty -g); [ \"$before\" = \"$after\" ] && echo modes as before; exit $code"
    ));
    let (enter, leave) = ("\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l");
    terminal.wait_for(enter);
    // A call was decided: there is something to be ended.
    terminal.wait_for(", waited ");
    terminal.wait_for("Ctrl-C ends it");
    terminal.press(CTRL_C);
    terminal.wait_for("finishing, ");
    terminal.press(CTRL_C);
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!((shown.matches(enter).count(), shown.matches(leave).count()), (1, 1), "{shown}");
    let (screen, after) = shown.split_once(leave).expect("the alternate screen is left");
    assert!(!screen.contains("demo passed"), "the summary is on the screen that stays");
    assert!(after.contains("demo passed") && after.contains("seed 11"), "{after}");
    for check in CHECKS {
        assert!(after.contains(check), "{check}: {after}");
    }
    assert!(after.contains("modes as before"), "{after}");
    assert!(!after.contains("\x1b[?25l"), "the cursor is shown");
}
