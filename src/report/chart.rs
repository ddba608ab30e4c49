//! A line chart as SVG.

use std::fmt::Write;

/// Colours that people with any colour vision tell apart (Okabe and Ito 2008), yellow left out for its faintness on white.
const COLOURS: [&str; 7] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#555555"];
/// The same colour comes again with another dash.
const DASHES: [&str; 3] = ["", "6 3", "2 3"];

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;

/// A named curve; points with a NaN are gaps.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// Its name in the legend.
    pub name: String,
    /// (x, y), by x.
    pub points: Vec<(f64, f64)>,
}

/// A chart with title, axes and legend. `range` fixes the y axis; none: what the curves need.
pub(super) fn chart(title: &str, curves: &[Curve], range: Option<(f64, f64)>) -> String {
    let ys = || curves.iter().flat_map(|c| &c.points).map(|p| p.1).filter(|y| y.is_finite());
    let (low, high) = range.unwrap_or_else(|| {
        let (low, high) = (ys().fold(f64::INFINITY, f64::min).min(0.0), ys().fold(f64::NEG_INFINITY, f64::max));
        (low, if high > low { high } else { low + 1.0 })
    });
    let last = curves.iter().flat_map(|c| &c.points).map(|p| p.0).fold(1.0, f64::max);
    let x = |tick: f64| LEFT + tick / last * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    // The drawing says itself how it looks, so that it stays the same when it is copied out of the page.
    let mut svg = format!(
        "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"11\" fill=\"#555\">",
        escape(title)
    );
    for step in 0..=4 {
        let value = low + (high - low) * f64::from(step) / 4.0;
        let at = y(value);
        let _ = write!(
            svg,
            "<line stroke=\"#ddd\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0,
            short(value)
        );
    }
    let baseline = HEIGHT - 8.0;
    let _ = write!(svg, "<text x=\"{LEFT}\" y=\"{baseline}\">0</text>");
    let _ = write!(svg, "<text x=\"{:.1}\" y=\"{baseline}\" text-anchor=\"end\">tick {last}</text>", WIDTH - RIGHT);
    for (index, curve) in curves.iter().enumerate() {
        for run in curve.points.split(|p| !p.1.is_finite()).filter(|run| !run.is_empty()) {
            let points: Vec<String> = run.iter().map(|p| format!("{:.1},{:.1}", x(p.0), y(p.1))).collect();
            let _ = write!(svg, "<polyline points=\"{}\" {}/>", points.join(" "), stroke(index));
        }
    }
    svg.push_str("</svg><ul>");
    for (index, curve) in curves.iter().enumerate() {
        let _ = write!(
            svg,
            "<li><svg class=\"key\" viewBox=\"0 0 24 8\"><line x1=\"0\" x2=\"24\" y1=\"4\" y2=\"4\" {}/></svg>{}</li>",
            stroke(index),
            escape(&curve.name)
        );
    }
    svg.push_str("</ul></figure>\n");
    svg
}

fn stroke(index: usize) -> String {
    let dash = DASHES[index / COLOURS.len() % DASHES.len()];
    format!(
        "fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"",
        COLOURS[index % COLOURS.len()]
    )
}

/// At most two decimals.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// Text as HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
