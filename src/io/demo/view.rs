//! The live view in motion: rates between two looks, and the terminal that it is drawn on.

use super::Demo;
use super::cpu::Cpu;
use super::screen::{self, Around};
use super::terminal::Terminal;
use std::io;
use std::time::{Duration, Instant};

/// Rates are told over this time at least, so that they can be read.
const RATES: Duration = Duration::from_secs(1);

/// A full screen that shows a demo.
#[derive(Debug)]
pub struct View {
    terminal: Terminal,
    around: Around,
    measured: Instant,
    packets: (u64, u64),
    cpu: Cpu,
}

impl View {
    /// Takes over the terminal until it is dropped.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn enter(length: Option<Duration>) -> io::Result<View> {
        Ok(View {
            terminal: Terminal::enter()?,
            around: Around { length, ..Around::default() },
            measured: Instant::now(),
            packets: (0, 0),
            cpu: Cpu::read(),
        })
    }

    /// Draws the demo as it is now; `finishing`: how long running calls may go on.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn show(&mut self, demo: &Demo, finishing: Option<Duration>) -> io::Result<()> {
        let picture = demo.picture();
        let since = self.measured.elapsed();
        if since >= RATES {
            let cpu = Cpu::read();
            let rate = |now: u64, before: u64| {
                (now.saturating_sub(before) as f64 / since.as_secs_f64()).round() as u64
            };
            let share = |now: Duration, before: Duration| {
                let spent = now.saturating_sub(before);
                (spent.as_secs_f64() / since.as_secs_f64() * 100.0).round() as u32
            };
            let ((got, sent), (got_before, sent_before)) = (picture.packets, self.packets);
            self.around.packets = (rate(got, got_before), rate(sent, sent_before));
            let router = share(cpu.router, self.cpu.router);
            self.around.cpu = (router, share(cpu.phones, self.cpu.phones));
            (self.measured, self.packets, self.cpu) = (Instant::now(), picture.packets, cpu);
        }
        self.around.finishing = finishing;
        self.terminal.draw(&screen::draw(&picture, &self.around, self.terminal.size()))
    }
}
