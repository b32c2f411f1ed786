//! What a router logs: its first and its last lines for people, and every line that tells of a fault.

use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::{Arc, Mutex};

/// First lines that are kept: where it listens is said there.
const FIRST: usize = 2500;
/// Last lines that are kept.
const LAST: usize = 2500;
/// Lines that tell of a fault that are kept.
const FAULTS: usize = 100;

/// A log that is being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    first: Vec<String>,
    last: VecDeque<String>,
    left_out: usize,
    faults: Vec<String>,
}

impl Log {
    /// Reads it to its end.
    pub(crate) fn read(&self, from: impl BufRead) {
        for line in from.split(b'\n').map_while(Result::ok) {
            self.add(String::from_utf8_lossy(&line).into_owned());
        }
    }

    fn add(&self, line: String) {
        let Ok(mut lines) = self.0.lock() else { return };
        let is_fault = line.contains(" ERROR ") || line.contains("panicked");
        if is_fault && lines.faults.len() < FAULTS {
            lines.faults.push(line.clone());
        }
        if lines.first.len() < FIRST {
            lines.first.push(line);
            return;
        }
        if lines.last.len() == LAST {
            lines.last.pop_front();
            lines.left_out += 1;
        }
        lines.last.push_back(line);
    }

    /// The lines that are kept.
    pub(crate) fn text(&self) -> String {
        let Ok(lines) = self.0.lock() else { return String::new() };
        let mut text = lines.first.join("\n");
        if lines.left_out > 0 {
            text += &format!("\n({} lines left out)", lines.left_out);
        }
        for line in &lines.last {
            text.push('\n');
            text += line;
        }
        text
    }

    /// Panics and errors, wherever in the log they stand.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.0.lock().map(|lines| lines.faults.clone()).unwrap_or_default()
    }
}
