//! Curves in a terminal: lines of dots in colours, or of letters where there are none.

use super::ink::{colour, letter, number, styled};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Color;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Text};
use ratatui::widgets::Paragraph;
use ratatui::widgets::canvas::{Canvas, Context, Line as Stroke, Points};

/// Columns of the numbers beside the curves.
const GUTTER: u16 = 8;

/// The curves of a column, one per population, with the population's number.
pub(super) type Curves = Vec<(usize, Vec<(f64, f64)>)>;

/// Draws `curves` in `area`, with the numbers that they reach from and to.
pub(super) fn draw(frame: &mut Frame, area: Rect, curves: &Curves, has_colour: bool) {
    let values = || curves.iter().flat_map(|(_, points)| points).filter(|(_, y)| y.is_finite());
    let Some((x_bounds, y_bounds)) = bounds(values) else {
        frame.render_widget(Paragraph::new("nothing recorded yet").centered(), area);
        return;
    };
    let [upper, lower] = Layout::vertical([Constraint::Min(2), Constraint::Length(1)]).areas(area);
    let [beside, inside] = Layout::horizontal([Constraint::Length(GUTTER), Constraint::Min(4)]).areas(upper);
    frame.render_widget(Paragraph::new(scale(y_bounds, beside.height)), beside);
    let canvas = Canvas::default().marker(Marker::Braille).x_bounds(x_bounds).y_bounds(y_bounds).paint(|context| {
        curves.iter().for_each(|(number, points)| stroke(context, *number, points, has_colour));
        context.layer();
        let mut taken = Vec::new();
        for (number, points) in curves {
            label(context, *number, points, (x_bounds, y_bounds), inside, has_colour, &mut taken);
        }
    });
    frame.render_widget(canvas, inside);
    let [_, below] = Layout::horizontal([Constraint::Length(GUTTER), Constraint::Min(4)]).areas(lower);
    frame.render_widget(Line::from(format!("tick {}", x_bounds[0])), below);
    if x_bounds[1] > x_bounds[0] && values().count() > 1 {
        frame.render_widget(Line::from(format!("{}", x_bounds[1])).right_aligned(), below);
    }
}

/// The first and the last tick, and the smallest and the greatest value; shares are drawn from 0 to 1.
fn bounds<'a, I: Iterator<Item = &'a (f64, f64)>>(values: impl Fn() -> I) -> Option<([f64; 2], [f64; 2])> {
    let least = |of: fn(&(f64, f64)) -> f64| values().map(of).fold(f64::INFINITY, f64::min);
    let most = |of: fn(&(f64, f64)) -> f64| values().map(of).fold(f64::NEG_INFINITY, f64::max);
    let x = [least(|point| point.0), most(|point| point.0)];
    let y = [least(|point| point.1), most(|point| point.1)];
    if x[0] > x[1] {
        return None;
    }
    let y = match y {
        [low, high] if low >= 0.0 && high <= 1.0 => [0.0, 1.0],
        [low, high] if low == high => [low - 0.5, high + 0.5],
        y => y,
    };
    // A single tick is drawn in the middle.
    Some((if x[0] == x[1] { [x[0], x[0] + 1.0] } else { x }, y))
}

/// The numbers beside the curves: at the top, in the middle and at the bottom.
fn scale([low, high]: [f64; 2], height: u16) -> Text<'static> {
    let last = usize::from(height.saturating_sub(1));
    let mut lines = vec![Line::default(); last + 1];
    for (row, value) in
        [(0, high), (last / 2, high - (high - low) * (last / 2) as f64 / last.max(1) as f64), (last, low)]
    {
        lines[row] = Line::from(format!("{} ", number(value))).right_aligned();
    }
    Text::from(lines)
}

/// Draws a population's points and the lines between them; a gap stays a gap.
fn stroke(context: &mut Context, population: usize, points: &[(f64, f64)], has_colour: bool) {
    let color = if has_colour { colour(population) } else { Color::Reset };
    context.marker(if has_colour { Marker::Braille } else { Marker::Custom(letter(population)) });
    for pair in points.windows(2).filter(|pair| pair.iter().all(|(_, y)| y.is_finite())) {
        context.draw(&Stroke { x1: pair[0].0, y1: pair[0].1, x2: pair[1].0, y2: pair[1].1, color });
    }
    let coords: Vec<(f64, f64)> = points.iter().copied().filter(|(_, y)| y.is_finite()).collect();
    context.draw(&Points { coords: &coords, color });
}

/// Writes a population's letter where its curve ends, or left of it where another's is.
fn label(
    context: &mut Context,
    population: usize,
    points: &[(f64, f64)],
    ([left, right], [low, high]): ([f64; 2], [f64; 2]),
    area: Rect,
    has_colour: bool,
    taken: &mut Vec<(i64, i64)>,
) {
    let Some(&(x, y)) = points.iter().rev().find(|(_, y)| y.is_finite()) else { return };
    let [columns, rows] = [area.width, area.height].map(|size| f64::from(size.saturating_sub(1).max(1)));
    let row = ((high - y) / (high - low) * rows).round() as i64;
    let mut column = ((x - left) / (right - left) * columns).round() as i64;
    while taken.contains(&(column, row)) && column > 0 {
        column -= 1;
    }
    taken.push((column, row));
    let x = left + (right - left) * column as f64 / columns;
    context.print(x, y, Line::from(styled(letter(population).to_string(), population, has_colour)));
}
