//! Figures as SVG. The library places axes, ticks and shapes, and escapes what is written.
//!
//! Pixels are whole numbers, so everything is drawn twice as large as it is shown.

use super::axis::Axis;
use super::parts::{COLOURS, Dot, Figure, Line, Panel, Spread};
use crate::text::{shortened, shown};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint};
use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;

/// Half-pixels of a pixel.
const FINE: u32 = 2;
/// Size of a panel, in pixels.
const SIZE: (u32, u32) = (720, 420);
/// Width of the legend, in pixels.
const LEGEND: u32 = 212;
/// Height of a name of the legend in one line and in two, in pixels: there is room for those of all styles.
const NAME_HEIGHT: [u32; 2] = [22, 28];
/// Room above the plot and to its right, in pixels.
const MARGIN: u32 = 14;
/// The longest line of a name in a legend, and the longest title of an axis, in characters.
const NAME_MAX: usize = 24;
const TITLE_MAX: usize = 48;
/// Sizes of text, in pixels.
const LABEL: u32 = 13;
const TITLE: u32 = 15;
/// Width of a character of a label, about, in pixels.
const CHARACTER: f64 = 7.0;
/// Lines with more points than this have markers at some of them alone.
const MARKERS_MAX: usize = 12;
/// Width of a box, as a share of its category.
const BOX: f64 = 0.6;
/// Dashes and gaps, in half-pixels.
const DASH: (u32, u32) = (12, 8);

/// The colours of Okabe and Ito, which people who do not see all colours tell apart, without the yellow, which is hard
/// to see on white.
const PALETTE: [RGBColor; COLOURS] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x00, 0x00, 0x00),
];
const GREY: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
const DARK: RGBColor = RGBColor(0x33, 0x33, 0x33);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Done<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// An axis as the library wants it: linear, with ticks of our own.
struct Scale {
    line: RangedCoordf64,
    ticks: Vec<f64>,
}

impl Scale {
    fn of(axis: &Axis) -> Self {
        let line = (axis.range[0]..axis.range[1]).into();
        Self { line, ticks: axis.ticks.iter().map(|(tick, _)| *tick).collect() }
    }
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.line.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.line.range()
    }
}

impl Figure {
    /// The figure as SVG with a white background, 720 px wide; each panel is 420 px high. Equal figures have equal
    /// bytes.
    pub fn svg(&self) -> String {
        let (width, height) = (SIZE.0 * FINE, SIZE.1 * FINE * self.panels.len() as u32);
        let mut text = String::new();
        {
            let root = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
            draw(&root, self).expect("a string takes everything");
        }
        // The first tag is the library's; the size shown and the words for readers who do not see the figure are ours.
        let rest = text.split_once(">\n").map_or("", |(_, rest)| rest);
        let (shown_width, shown_height) = (width / FINE, height / FINE);
        let (title, description) = (escaped(&self.title), escaped(&self.description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{shown_width}\" height=\"{shown_height}\" \
             viewBox=\"0 0 {width} {height}\">\n<title>{title}</title>\n<desc>{description}</desc>\n{rest}"
        )
    }
}

/// Text between tags.
fn escaped(text: &str) -> String {
    let lines = text.lines().map(plain).collect::<Vec<_>>().join("\n");
    lines.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text of one line without characters that XML has no place for.
fn plain(text: &str) -> String {
    shown(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn draw<'a>(root: &Area<'a>, figure: &Figure) -> Done<'a> {
    root.fill(&WHITE)?;
    for (index, panel) in figure.panels.iter().enumerate() {
        let top = index as u32 * SIZE.1 * FINE;
        draw_panel(root, panel, top)?;
    }
    root.present()
}

/// Where the parts of a panel lie, in pixels.
struct Room {
    /// Where the legend begins.
    right: u32,
    /// Width of the labels and the title of the y axis.
    left: u32,
    /// Height of those of the x axis.
    bottom: u32,
    /// Whether the labels of the x axis are turned, as there is no room for them side by side.
    is_turned: bool,
    has_legend: bool,
}

impl Room {
    fn of(panel: &Panel) -> Self {
        let widest = |axis: &Axis| {
            let characters = axis.ticks.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
            (CHARACTER * characters as f64) as u32
        };
        let has_legend = panel.lines.iter().any(|line| !line.name.is_empty());
        let right = SIZE.0 - if has_legend { LEGEND } else { 0 };
        let left = 34 + widest(&panel.y).max(20);
        let place = (right - left - MARGIN - 6) / panel.x.ticks.len().max(1) as u32;
        let is_turned = widest(&panel.x) + 8 > place;
        let bottom = if is_turned { 32 + widest(&panel.x) } else { 46 };
        Self { right, left, bottom, is_turned, has_legend }
    }
}

fn draw_panel<'a>(root: &Area<'a>, panel: &Panel, top: u32) -> Done<'a> {
    let room = Room::of(panel);
    let area = root.clone().shrink((0, top), (room.right * FINE, SIZE.1 * FINE));
    let mut chart = ChartBuilder::on(&area);
    chart.margin_right(px(MARGIN)).margin_top(px(MARGIN)).margin_left(px(6)).margin_bottom(px(4));
    chart.x_label_area_size(px(room.bottom)).y_label_area_size(px(room.left));
    if !panel.caption.is_empty() {
        chart.caption(plain(&shortened(&panel.caption, TITLE_MAX)), style(TITLE));
    }
    let mut chart = chart.build_cartesian_2d(Scale::of(&panel.x), Scale::of(&panel.y))?;
    let x_label = |tick: &f64| if room.is_turned { String::new() } else { label(&panel.x, *tick) };
    let y_label = |tick: &f64| label(&panel.y, *tick);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GREY.stroke_width(FINE))
        .axis_style(DARK.stroke_width(FINE))
        .label_style(style(LABEL))
        .axis_desc_style(style(TITLE))
        .x_label_formatter(&x_label)
        .y_label_formatter(&y_label)
        .x_desc(plain(&shortened(&panel.x.title, TITLE_MAX)))
        .y_desc(plain(&shortened(&panel.y.title, TITLE_MAX)))
        .draw()?;
    let at = |x: f64, y: f64| chart.backend_coord(&(x, y));
    if room.is_turned {
        let turned = style(LABEL).transform(FontTransform::Rotate270).pos(Pos::new(HPos::Right, VPos::Center));
        for (tick, label) in &panel.x.ticks {
            let (x, y) = at(*tick, panel.y.range[0]);
            root.draw(&Text::new(plain(label), (x, y + px(10)), turned.clone()))?;
        }
    }
    if panel.y.ticks.first().is_some_and(|(tick, _)| *tick < 0.0) && panel.y.range[1] > 0.0 {
        let zero = vec![at(panel.x.range[0], 0.0), at(panel.x.range[1], 0.0)];
        root.draw(&PathElement::new(zero, DARK.stroke_width(FINE)))?;
    }
    let middle = (panel.lines.len() as f64 - 1.0) / 2.0;
    for (index, line) in panel.lines.iter().enumerate() {
        let aside = (index as f64 - middle) * panel.x.apart;
        draw_line(root, panel, line, |dot, y| at(dot.x + aside, y))?;
    }
    for spread in &panel.boxes {
        draw_box(root, spread, at)?;
    }
    if room.has_legend {
        draw_legend(root, panel, (px(room.right), top as i32 + px(24)))?;
    }
    Ok(())
}

/// The intervals, the line and the markers.
fn draw_line<'a>(root: &Area<'a>, panel: &Panel, line: &Line, at: impl Fn(&Dot, f64) -> (i32, i32)) -> Done<'a> {
    let colour = colour(line);
    let is_joined = panel.x.is_continuous && line.points.len() > 1;
    let intervals = line.points.iter().filter_map(|dot| Some((dot, dot.interval?)));
    if panel.is_band && is_joined {
        let (lower, mut upper): (Vec<_>, Vec<_>) =
            intervals.map(|(dot, [low, high])| (at(dot, low), at(dot, high))).unzip();
        upper.reverse();
        if !lower.is_empty() {
            root.draw(&Polygon::new([lower, upper].concat(), colour.mix(0.15)))?;
        }
    } else {
        for (dot, [low, high]) in intervals {
            root.draw(&PathElement::new(vec![at(dot, low), at(dot, high)], colour.stroke_width(3)))?;
        }
    }
    if is_joined {
        join(root, line, line.points.iter().map(|dot| at(dot, dot.mean)).collect())?;
    }
    let step = if panel.is_band { line.points.len().div_ceil(MARKERS_MAX) } else { 1 };
    for dot in line.points.iter().step_by(step.max(1)) {
        mark(root, line, at(dot, dot.mean))?;
    }
    Ok(())
}

/// A box from the first to the last quartile with a line at the median, and whiskers to the ends.
fn draw_box<'a>(root: &Area<'a>, spread: &Spread, at: impl Fn(f64, f64) -> (i32, i32)) -> Done<'a> {
    let [least, first, median, last, greatest] = spread.numbers;
    let (left, right) = (spread.x - BOX / 2.0, spread.x + BOX / 2.0);
    let stroke = PALETTE[0].stroke_width(2 * FINE);
    for (from, to) in [(least, first), (last, greatest)] {
        root.draw(&PathElement::new(vec![at(spread.x, from), at(spread.x, to)], stroke))?;
    }
    for end in [least, greatest] {
        root.draw(&PathElement::new(vec![at(spread.x - BOX / 4.0, end), at(spread.x + BOX / 4.0, end)], stroke))?;
    }
    let corners = [at(left, last), at(right, first)];
    root.draw(&Rectangle::new(corners, PALETTE[0].mix(0.25).filled()))?;
    root.draw(&Rectangle::new(corners, stroke))?;
    root.draw(&PathElement::new(vec![at(left, median), at(right, median)], DARK.stroke_width(2 * FINE)))
}

fn draw_legend<'a>(root: &Area<'a>, panel: &Panel, (left, top): (i32, i32)) -> Done<'a> {
    let text = style(LABEL).pos(Pos::new(HPos::Left, VPos::Center));
    let names: Vec<Vec<String>> = panel.lines.iter().map(|line| in_two_lines(&line.name)).collect();
    let height = px(NAME_HEIGHT[usize::from(names.iter().any(|lines| lines.len() > 1))]);
    for (index, (line, name)) in panel.lines.iter().zip(names).enumerate() {
        let y = top + index as i32 * height;
        if panel.x.is_continuous {
            join(root, line, vec![(left, y), (left + px(24), y)])?;
        }
        mark(root, line, (left + px(12), y))?;
        let above = (name.len() as i32 - 1) * px(LABEL) / 2;
        for (number, part) in name.into_iter().enumerate() {
            let y = y - above + number as i32 * px(LABEL);
            root.draw(&Text::new(part, (left + px(30), y), text.clone()))?;
        }
    }
    Ok(())
}

/// A name in at most two lines, broken between words where there are any.
fn in_two_lines(name: &str) -> Vec<String> {
    let name = plain(name);
    let cut = |part: &str| shortened(part, NAME_MAX);
    let lines = textwrap::wrap(&name, textwrap::Options::new(NAME_MAX).break_words(false));
    match lines.as_slice() {
        [] => Vec::new(),
        [one] => vec![cut(one)],
        [first, rest @ ..] => vec![cut(first), cut(&rest.join(" "))],
    }
}

/// Pixels as the library counts them.
fn px(pixels: u32) -> i32 {
    (pixels * FINE) as i32
}

fn style(size: u32) -> TextStyle<'static> {
    // The library writes sizes of fonts divided by 1.24.
    ("sans-serif", f64::from(size * FINE) * 1.24).into_font().color(&DARK)
}

fn label(axis: &Axis, tick: f64) -> String {
    axis.ticks.iter().find(|(known, _)| *known == tick).map_or_else(String::new, |(_, label)| plain(label))
}

fn colour(line: &Line) -> RGBColor {
    PALETTE[line.style % COLOURS]
}

/// A line through points: dashed in the second round of colours.
fn join<'a>(root: &Area<'a>, line: &Line, points: Vec<(i32, i32)>) -> Done<'a> {
    let stroke = colour(line).stroke_width(2 * FINE);
    if line.style < COLOURS {
        root.draw(&PathElement::new(points, stroke))
    } else {
        root.draw(&DashedPathElement::new(points, DASH.0, DASH.1, stroke))
    }
}

/// The marker of a line: circle, square, triangle, diamond, cross.
fn mark<'a>(root: &Area<'a>, line: &Line, (x, y): (i32, i32)) -> Done<'a> {
    const R: i32 = 8;
    let fill = colour(line).filled();
    match line.style % 5 {
        0 => root.draw(&Circle::new((x, y), R, fill)),
        1 => root.draw(&Rectangle::new([(x - R + 1, y - R + 1), (x + R - 1, y + R - 1)], fill)),
        2 => root.draw(&TriangleMarker::new((x, y), R + 3, fill)),
        3 => root.draw(&Polygon::new(vec![(x - R - 2, y), (x, y - R - 2), (x + R + 2, y), (x, y + R + 2)], fill)),
        _ => root.draw(&Cross::new((x, y), R, colour(line).stroke_width(2 * FINE))),
    }
}
