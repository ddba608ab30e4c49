//! The screen: a list of runs, or one run with its curves and populations.

use super::app::App;
use super::chart;
use super::ink::{letter, number, styled};
use crate::commands::terminal::time::{fine as brief, long as readable};
use crate::host;
use crate::text::shown;
use crate::watch::{Glance, Manifest, POPULATIONS_MAX, PopulationNow, Run, Runs};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::time::Duration;

/// Rows of the table of populations, its head included, at most.
const TABLE_MAX: u16 = 14;
/// Columns of the table of populations besides their names.
const BESIDE_NAMES: u16 = 63;
/// Age from which a manifest's is shown: while ticks are short, it is written every ten seconds.
const OLD: Duration = Duration::from_secs(30);

/// Draws everything.
pub(super) fn draw(frame: &mut Frame, app: &App) {
    match (app.run(), app.listed()) {
        (Some(run), _) => draw_run(frame, app, run),
        (None, Some(runs)) => draw_list(frame, app, runs),
        (None, None) => {}
    }
}

fn draw_run(frame: &mut Frame, app: &App, run: &Run) {
    let heads = heads(run, frame.area().width, app.has_colour);
    let populations = &run.now().populations;
    let height = frame.area().height;
    let rows = (populations.len() as u16 + 1).min(TABLE_MAX).min((height * 2 / 5).max(3));
    let parts = [
        Constraint::Length(heads.len() as u16),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(rows),
        Constraint::Length(1),
    ];
    let [top, title, curves, table, keys] = Layout::vertical(parts).areas(frame.area());
    frame.render_widget(Paragraph::new(heads), top);
    draw_curves(frame, app, run, title, curves);
    draw_populations(frame, app, populations, table);
    let back = if app.has_list() { "  b: all runs" } else { "" };
    let scroll = if populations.len() as u16 + 1 > rows { "  ↑ ↓: more populations" } else { "" };
    if app.has_keys {
        frame.render_widget(Line::from(format!("q: quit{back}  ← →: other columns{scroll}")).dim(app), keys);
    }
}

/// Who the run is, how far it has come and how fast it goes.
fn heads(run: &Run, width: u16, has_colour: bool) -> Vec<Line<'static>> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let Some(manifest) = run.manifest() else {
        let problem = run.problem().unwrap_or("reading");
        return vec![Line::from(vec![
            Span::styled(shown(&run.name()).into_owned(), bold),
            Span::raw(": "),
            problem.to_owned().into(),
        ])];
    };
    let of = format!("  {}, seed {}  ", shown(&manifest.scenario), manifest.seed);
    let name = Span::styled(shown(&run.name()).into_owned(), bold);
    let machine = machine(manifest);
    let mut lines = vec![Line::from(vec![name, Span::raw(of), status(&manifest.status, has_colour), machine.into()])];
    lines.push(progress(run.ticks_played(), manifest.ticks, width));
    lines.push(Line::from(pace(run, manifest)));
    let trouble = manifest.error.as_deref().or(run.problem());
    let halted = manifest.halted.iter().map(|halted| halted.agent.as_str()).collect::<Vec<_>>().join(", ");
    let trouble =
        trouble.map(str::to_owned).or_else(|| (!halted.is_empty()).then(|| format!("stopped learning: {halted}")));
    if let Some(trouble) = trouble {
        lines.push(Line::from(Span::styled(shown(&trouble).into_owned(), warning(has_colour))));
    }
    lines
}

/// What the run runs on, as far as the manifest says.
fn machine(manifest: &Manifest) -> String {
    let model = manifest.model.as_ref().map(|model| shown(&model.name).into_owned());
    let device = Some(shown(&manifest.device).into_owned()).filter(|device| !device.is_empty());
    let threads = (manifest.threads > 0).then(|| format!("{} threads", manifest.threads));
    let on = [model, device].into_iter().flatten().collect::<Vec<_>>().join(" on ");
    let parts: Vec<String> = [Some(on).filter(|on| !on.is_empty()), threads].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(" · {}", parts.join(", ")) }
}

/// A bar, and the ticks behind it.
fn progress(played: u64, ticks: u64, width: u16) -> Line<'static> {
    let share = if ticks == 0 { 0.0 } else { (played as f64 / ticks as f64).min(1.0) };
    let text = format!(" tick {played} of {ticks} ({:.0} %)", (100.0 * share).floor());
    let room = usize::from(width).saturating_sub(text.chars().count() + 1).min(40);
    let full = (share * room as f64).round() as usize;
    Line::from(format!("{}{}{text}", "█".repeat(full), "░".repeat(room - full)))
}

/// How fast the run goes and how long it will take, or took.
fn pace(run: &Run, manifest: &Manifest) -> String {
    let mut parts = Vec::new();
    if run.share_read() < 1.0 {
        parts.push(format!("{:.0} % of the tables read", 100.0 * run.share_read()));
    }
    let speed = run.ticks_per_second().map(|speed| match speed {
        1.0.. => format!("{speed:.1} ticks per second"),
        _ => format!("{} per tick", brief(1.0 / speed)),
    });
    parts.extend(speed);
    let seconds = |seconds: f64| readable(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    if let Some(left) = run.seconds_left() {
        parts.push(format!("{} left", seconds(left)));
    }
    let time = seconds(manifest.seconds);
    parts.push(if manifest.is_running() { format!("{time} so far") } else { format!("took {time}") });
    if let Some(age) = run.age().filter(|age| manifest.is_running() && *age >= OLD) {
        parts.push(format!("last heard of {} ago", readable(age)));
    }
    if let Some(memory) = &manifest.memory {
        parts.push(format!("about {} of memory", host::readable(memory.peak_bytes_estimated)));
    }
    parts.join(" · ")
}

fn draw_curves(frame: &mut Frame, app: &App, run: &Run, title: Rect, area: Rect) {
    let Some((measure, place, count)) = app.measure(run) else {
        frame.render_widget(Paragraph::new("no rows yet").centered(), area);
        return;
    };
    let curves = run.curves(&measure);
    let whose = if measure.is_of_all { "all agents" } else { "means of populations" };
    let cut = if curves.is_cut() { format!(", the first {POPULATIONS_MAX}") } else { String::new() };
    let name = Span::styled(shown(&measure.name).into_owned(), Style::new().add_modifier(Modifier::BOLD));
    let rest = format!("  {whose}{cut}; column {} of {count}", place + 1);
    frame.render_widget(Line::from(vec![name, Span::raw(rest)]), title);
    // Of all agents together, there is one curve, which belongs to no population.
    let points = (0..curves.populations().len()).map(|number| (number, curves.points(number, measure.column)));
    chart::draw(frame, area, &points.collect(), app.has_colour);
}

fn draw_populations(frame: &mut Frame, app: &App, populations: &[PopulationNow], area: Rect) {
    if area.height == 0 || populations.is_empty() {
        return;
    }
    let width = usize::from(area.width.saturating_sub(BESIDE_NAMES).clamp(8, 30));
    let head = format!(
        "  {:<width$} {:>3} start   CC   CD   DC   DD  {:<16} {:>5} {:>6}",
        "population", "n", "nearest", "coop.", "payoff"
    );
    let mut lines = vec![Line::from(head).dim(app)];
    let rows = usize::from(area.height - 1);
    let from = app.scrolled.min(populations.len().saturating_sub(rows));
    for (number, population) in populations.iter().enumerate().skip(from).take(rows) {
        let [start, cc, cd, dc, dd] = population.p_cooperate().map(share);
        let nearest = match population.nearest() {
            None => "-".to_owned(),
            Some((name, count)) if count == population.members => shown(name).into_owned(),
            Some((name, count)) => format!("{} {count}/{}", shown(name), population.members),
        };
        let star = if population.is_counted { "*" } else { "" };
        let name = cropped(&format!("{}{star}", shown(&population.name)), width);
        let text = format!(
            " {name:<width$} {:>3} {start:>5} {cc:>4} {cd:>4} {dc:>4} {dd:>4}  {:<16} {:>5} {:>6}",
            population.members,
            cropped(&nearest, 16),
            share(population.cooperation()),
            number_of(population.payoff()),
        );
        lines.push(Line::from(vec![styled(letter(number).to_string(), number, app.has_colour), Span::raw(text)]));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn draw_list(frame: &mut Frame, app: &App, runs: &Runs) {
    let [top, middle, keys] =
        Layout::vertical([Constraint::Length(2), Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
    let count = |status: &str| {
        let is_so = |run: &&Glance| run.manifest.as_ref().is_some_and(|manifest| manifest.status == status);
        runs.all().iter().filter(is_so).count()
    };
    let counts = ["running", "done", "failed", "interrupted", "cut off"].map(|status| (count(status), status));
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, status)| format!("{count} {status}"));
    let more = if runs.is_cut() { "; there are more" } else { "" };
    let title = format!("{} runs: {}{more}", runs.all().len(), counts.collect::<Vec<_>>().join(", "));
    let width = usize::from(middle.width.saturating_sub(58).clamp(12, 60));
    let head = format!("  {:<width$} {:<11} {:>15} {:>6} {:>15}", "run", "status", "ticks", "coop.", "left");
    let bold = Style::new().add_modifier(Modifier::BOLD);
    frame.render_widget(Paragraph::new(vec![Line::from(Span::styled(title, bold)), Line::from(head).dim(app)]), top);
    let rows = usize::from(middle.height).max(1);
    let from = (app.marked + 1).saturating_sub(rows);
    let lines: Vec<Line> = runs
        .all()
        .iter()
        .enumerate()
        .skip(from)
        .take(rows)
        .map(|(number, run)| {
            let line = list_line(run, width, app.has_colour);
            if number == app.marked { line.style(Style::new().add_modifier(Modifier::REVERSED)) } else { line }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), middle);
    if app.has_keys {
        frame.render_widget(Line::from("q: quit  ↑ ↓: choose  Enter: open").dim(app), keys);
    }
}

fn list_line(run: &Glance, width: usize, has_colour: bool) -> Line<'static> {
    let name = cropped(&shown(&run.name), width);
    let Some(manifest) = &run.manifest else {
        return Line::from(format!("  {name:<width$} its manifest.json cannot be read"));
    };
    let ticks = format!("{}/{}", run.ticks_played, manifest.ticks);
    let left = run.seconds_left().and_then(|left| Duration::try_from_secs_f64(left).ok());
    let rest = format!(
        "{} {ticks:>15} {:>6} {:>15}",
        " ".repeat(11usize.saturating_sub(manifest.status.chars().count())),
        run.cooperation.map_or_else(|| "-".into(), share),
        left.map_or_else(String::new, readable),
    );
    Line::from(vec![Span::raw(format!("  {name:<width$} ")), status(&manifest.status, has_colour), Span::raw(rest)])
}

/// The status of a run, in its colour.
fn status(status: &str, has_colour: bool) -> Span<'static> {
    let colour = match status {
        "running" => Color::Green,
        "failed" => Color::Red,
        "interrupted" | "cut off" => Color::Yellow,
        _ => Color::Reset,
    };
    let style = if has_colour { Style::new().fg(colour) } else { Style::new() };
    Span::styled(shown(status).into_owned(), style)
}

fn warning(has_colour: bool) -> Style {
    let style = Style::new().add_modifier(Modifier::BOLD);
    if has_colour { style.fg(Color::Red) } else { style }
}

fn number_of(value: f64) -> String {
    if value.is_nan() { "-".into() } else { number(value) }
}

fn share(value: f64) -> String {
    if value.is_nan() { "-".into() } else { format!("{value:.2}") }
}

/// `text` in at most `width` characters.
fn cropped(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Lines that matter less.
trait Dim {
    fn dim(self, app: &App) -> Self;
}

impl Dim for Line<'_> {
    fn dim(self, app: &App) -> Self {
        if app.has_colour { self.style(Style::new().add_modifier(Modifier::DIM)) } else { self }
    }
}
