//! `sim watch`: runs as they go on, in a terminal. It reads their files and nothing else, so that whatever happens to
//! it, nothing happens to them.

mod app;
mod chart;
mod draw;
mod ink;

use crate::cli::WatchArgs;
use crate::commands::input::folder::check_that_it_is_a_run;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{err, fail, out, refuse};
use crate::commands::terminal::signals::listen;
use crate::watch::Runs;
use app::{App, Key};
use ratatui::backend::{Backend, TestBackend};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::{DefaultTerminal, Terminal};
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Size of what is printed where there is no terminal.
const PRINTED: (u16, u16) = (80, 24);
/// Lines of a printed list besides the runs.
const AROUND_A_LIST: usize = 4;
/// Time between two drawings if nothing happens.
const BETWEEN_FRAMES: Duration = Duration::from_millis(250);

pub(in crate::commands) fn execute(args: &WatchArgs) -> u8 {
    let runs = Runs::find(&args.folders);
    if let Some(folder) = runs.empty() {
        let problem = check_that_it_is_a_run(folder, "manifest.json").err();
        return refuse(problem.unwrap_or_else(|| format!("there is no run in {}", folder.display())));
    }
    let is_printed = args.once || !(io::stdout().is_terminal() && io::stdin().is_terminal());
    // Text has no colours.
    let has_colour = !is_printed && std::env::var_os("NO_COLOR").is_none();
    let mut app = App::new(runs, has_colour);
    app.has_keys = !is_printed;
    if is_printed {
        if !args.once {
            err!("note: this is no terminal, so here is one look, as with --once");
        }
        app.catch_up();
        out!("{}", printed(&app));
        return DONE;
    }
    match live(&mut app) {
        Ok(()) => DONE,
        Err(error) => fail(format!("the terminal cannot be drawn on: {error}")),
    }
}

/// One look as text.
fn printed(app: &App) -> String {
    let (width, height) = PRINTED;
    let rows = app.listed().map_or(0, |runs| runs.all().len() + AROUND_A_LIST);
    let height = height.max(u16::try_from(rows).unwrap_or(u16::MAX / width));
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("memory can be drawn on");
    terminal.draw(|frame| draw::draw(frame, app)).expect("memory can be drawn on");
    text_of(terminal.backend())
}

/// What is on a screen in memory, without blanks at the ends of lines and empty lines at the end.
fn text_of(screen: &TestBackend) -> String {
    let buffer = screen.buffer();
    let row = |y: u16| -> String { (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    let rows: Vec<String> = (0..buffer.area.height).map(|y| row(y).trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}

/// Draws until a key or a signal ends it, and leaves the terminal as it was.
fn live(app: &mut App) -> io::Result<()> {
    let is_over = Arc::new(AtomicBool::new(false));
    let ends = is_over.clone();
    if let Err(error) = listen(move || ends.store(true, Ordering::Relaxed)) {
        err!("note: a signal will leave the terminal as it is: {error}");
    }
    let mut terminal = ratatui::try_init()?;
    let ended = watch(&mut terminal, app, &is_over);
    ratatui::try_restore()?;
    ended
}

fn watch(terminal: &mut DefaultTerminal, app: &mut App, is_over: &AtomicBool) -> io::Result<()> {
    while !is_over.load(Ordering::Relaxed) {
        let is_more = app.poll();
        terminal.draw(|frame| draw::draw(frame, app))?;
        let mut wait = if is_more { Duration::ZERO } else { BETWEEN_FRAMES };
        while event::poll(wait)? {
            wait = Duration::ZERO;
            let key = match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key),
                // The terminal has another size: what it shows is garbled until everything is drawn again.
                Event::Resize(..) => {
                    terminal.backend_mut().clear()?;
                    None
                }
                _ => None,
            };
            if key.is_some_and(|key| app.press(key)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// What a key stands for.
fn key_of(key: KeyEvent) -> Option<Key> {
    Some(match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Key::Quit,
        KeyCode::Char('q') => Key::Quit,
        KeyCode::Esc | KeyCode::Backspace | KeyCode::Char('b') => Key::Back,
        KeyCode::Enter => Key::Open,
        KeyCode::Up | KeyCode::Char('k') => Key::Up,
        KeyCode::Down | KeyCode::Char('j') => Key::Down,
        KeyCode::Left | KeyCode::Char('h') => Key::Left,
        KeyCode::Right | KeyCode::Tab | KeyCode::Char('l') => Key::Right,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
