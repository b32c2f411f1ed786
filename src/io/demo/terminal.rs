//! The terminal: entered for the live view, and left as it was, whatever happens.

use super::canvas::Line;
use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use std::io::{self, IsTerminal, Write};

/// The alternate screen without a cursor, and back (xterm's private modes).
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
/// A size for terminals that do not tell theirs.
const USUAL: (usize, usize) = (80, 24);

/// A terminal in use; dropped it is as it was.
#[derive(Debug)]
pub(super) struct Terminal {
    before: Option<Termios>,
}

impl Terminal {
    /// Takes over standard output.
    ///
    /// # Errors
    /// It cannot be written to.
    pub(super) fn enter() -> io::Result<Terminal> {
        let stdin = io::stdin();
        let before = if stdin.is_terminal() { termios::tcgetattr(&stdin).ok() } else { None };
        if let Some(before) = &before {
            // What is typed shall not stand in the picture; Ctrl-C stays a signal.
            let mut quiet = before.clone();
            quiet.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON);
            termios::tcsetattr(&stdin, OptionalActions::Now, &quiet)?;
        }
        let terminal = Terminal { before };
        write(ENTER)?;
        // A panic's message belongs on the screen that stays.
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let _ = write(LEAVE);
            hook(info);
        }));
        Ok(terminal)
    }

    /// Columns and rows.
    #[must_use]
    pub(super) fn size(&self) -> (usize, usize) {
        match termios::tcgetwinsize(io::stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
                (usize::from(size.ws_col), usize::from(size.ws_row))
            }
            Ok(_) | Err(_) => USUAL,
        }
    }

    /// Draws over what is there, in one write, so that it does not flicker.
    pub(super) fn draw(&self, lines: &[Line]) -> io::Result<()> {
        let (columns, rows) = self.size();
        let mut text = String::from("\x1b[H");
        for (row, line) in lines.iter().take(rows).enumerate() {
            if row > 0 {
                text.push_str("\r\n");
            }
            text.push_str(&line.render(columns));
            text.push_str("\x1b[K");
        }
        text.push_str("\x1b[J");
        write(&text)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to tell if it fails.
        let _ = write(LEAVE);
        if let Some(before) = &self.before {
            let _ = termios::tcsetattr(io::stdin(), OptionalActions::Flush, before);
        }
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
