//! How a batch goes on: a line that changes on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::batch::local::Became;
use crate::text::{Lang, Text};

/// Cells of the bar.
const WIDTH: usize = 24;
/// Between two lines where nobody can overwrite one.
const EVERY: Duration = Duration::from_secs(30);

pub struct Progress {
    total: usize,
    quiet: bool,
    terminal: bool,
    lang: Lang,
    began: Instant,
    state: Mutex<State>,
}

struct State {
    ended: usize,
    /// By this run; earlier ones say nothing of its speed.
    done: usize,
    failed: usize,
    said: Instant,
}

impl Progress {
    pub fn new(total: usize, quiet: bool, lang: Lang) -> Self {
        let began = Instant::now();
        let state = Mutex::new(State { ended: 0, done: 0, failed: 0, said: began });
        Progress { total, quiet, terminal: std::io::stderr().is_terminal(), lang, began, state }
    }

    /// An item ended.
    pub fn ended(&self, file: &str, became: &Became) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ended += 1;
        match became {
            Became::Done(_) => state.done += 1,
            Became::Failed(_) => {
                state.done += 1;
                state.failed += 1;
            }
            Became::Kept(_) | Became::Stopped => {}
        }
        if self.quiet {
            return;
        }
        if self.terminal {
            // `\x1b[K` clears what a longer line left.
            eprint!("\r{} {}\x1b[K", self.line(&state), short(file));
            let _ = std::io::stderr().flush();
        } else if state.said.elapsed() >= EVERY {
            eprintln!("{}", self.line(&state));
            state.said = Instant::now();
        }
    }

    fn line(&self, state: &State) -> String {
        let full = WIDTH * state.ended / self.total.max(1);
        let bar = format!("{}{}", "█".repeat(full), "░".repeat(WIDTH - full));
        let rate = state.done as f64 / self.began.elapsed().as_secs_f64().max(0.001);
        let left = (self.total - state.ended) as f64 / rate.max(1e-9);
        let (zh, en) = match state.failed {
            0 => (String::new(), String::new()),
            n => (format!(" 失败 {n}"), format!(" {n} failed")),
        };
        let per_minute = rate * 60.0;
        let text = Text::new(
            format!("{bar} {}/{}{zh} · 每分钟 {per_minute:.0} 张 · 还需 {}", state.ended, self.total, clock(left)),
            format!("{bar} {}/{}{en} · {per_minute:.0} a minute · {} left", state.ended, self.total, clock(left)),
        );
        text.get(self.lang).to_owned()
    }

    /// Clears the line.
    pub fn close(&self) {
        if self.terminal && !self.quiet {
            eprint!("\r\x1b[K");
        }
    }
}

fn clock(seconds: f64) -> String {
    let s = seconds.min(359_999.0).round() as u64;
    if s >= 3600 { format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60) } else { format!("{}:{:02}", s / 60, s % 60) }
}

/// The end of a name: its start is the folder.
fn short(file: &str) -> String {
    const MOST: usize = 28;
    let n = file.chars().count();
    let shown: String = file.chars().skip(n.saturating_sub(MOST)).filter(|c| !c.is_control()).collect();
    if n > MOST { format!("…{shown}") } else { shown }
}
