//! A line chart as SVG; bars if there is only one point to draw.

use std::fmt::Write;

/// Colours of populations: first those that people with any kind of colour vision can tell apart (Okabe and Ito 2008),
/// without yellow, which is too faint on white, then darker ones (after Tol).
const COLOURS: [&str; 12] = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#555555", "#332288", "#882255", "#999933",
    "#661100", "#000000",
];
/// Where the colours begin again, curves are dashed: no two of the first 48 look the same.
const DASHES: [&str; 4] = ["", "7 3", "2 3", "9 3 2 3"];
/// Colours for anything that is not a population; no population has any of them.
const OTHER_COLOURS: [&str; 5] = ["#222222", "#228833", "#AA3377", "#B07D00", "#6A51A3"];

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;
/// Width reserved for the names of bars.
const NAMES: f64 = 170.0;
/// Characters of a name that fit into it.
const NAME_MAX: usize = 26;
const BAR: f64 = 18.0;

/// The subject of a chart's curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Palette {
    /// A curve per population: the same colour in every chart.
    Populations,
    /// Anything else.
    Others,
}

/// A named curve; points with a NaN are gaps.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// Its name in the legend.
    pub name: String,
    /// Points (x, y), in order of x.
    pub points: Vec<(f64, f64)>,
}

/// A chart with title, axes and legend. `range` fixes the y axis; `None` fits it to the curves.
pub(super) fn chart(title: &str, curves: &[Curve], palette: Palette, range: Option<(f64, f64)>) -> String {
    let ys = || curves.iter().flat_map(|c| &c.points).map(|p| p.1).filter(|y| y.is_finite());
    let (low, high) = range.unwrap_or_else(|| {
        let (low, high) = (ys().fold(f64::INFINITY, f64::min).min(0.0), ys().fold(f64::NEG_INFINITY, f64::max));
        (low, if high > low { high } else { low + 1.0 })
    });
    if curves.iter().all(|curve| curve.points.len() <= 1) {
        return bars(title, curves, palette, (low, high));
    }
    let last = curves.iter().flat_map(|c| &c.points).map(|p| p.0).fold(1.0, f64::max);
    let x = |tick: f64| LEFT + tick / last * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    let mut svg = opening(title, HEIGHT);
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
    let _ = write!(svg, "<text x=\"{:.1}\" y=\"{baseline}\" text-anchor=\"end\">tick {last:.0}</text>", WIDTH - RIGHT);
    for (index, curve) in curves.iter().enumerate() {
        for run in curve.points.split(|p| !p.1.is_finite()).filter(|run| !run.is_empty()) {
            if let [(tick, value)] = run {
                // A line through one point would be invisible.
                let colour = colour(palette, index);
                let _ =
                    write!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\" fill=\"{colour}\"/>", x(*tick), y(*value));
                continue;
            }
            let points: Vec<String> = run.iter().map(|p| format!("{:.1},{:.1}", x(p.0), y(p.1))).collect();
            let _ = write!(svg, "<polyline points=\"{}\" {}/>", points.join(" "), stroke(palette, index));
        }
    }
    svg.push_str("</svg><ul>");
    for (index, curve) in curves.iter().enumerate() {
        let _ = write!(
            svg,
            "<li><svg class=\"key\" viewBox=\"0 0 24 8\"><line x1=\"0\" x2=\"24\" y1=\"4\" y2=\"4\" {}/></svg>{}</li>",
            stroke(palette, index),
            escape(&curve.name)
        );
    }
    svg.push_str("</ul></figure>\n");
    svg
}

/// The only point of each curve as a bar, with its name and value.
fn bars(title: &str, curves: &[Curve], palette: Palette, (low, high): (f64, f64)) -> String {
    let height = BAR * curves.len() as f64 + 8.0;
    let mut svg = opening(title, height);
    // Values are written to the right of the longest bar.
    let x = |value: f64| NAMES + (value - low) / (high - low) * (WIDTH - NAMES - 40.0);
    for (index, curve) in curves.iter().enumerate() {
        let value = curve.points.first().map_or(f64::NAN, |point| point.1);
        let top = 4.0 + BAR * index as f64;
        let baseline = top + 13.0;
        let name: String = curve.name.chars().take(NAME_MAX).collect();
        let _ =
            write!(svg, "<text x=\"{}\" y=\"{baseline}\" text-anchor=\"end\">{}</text>", NAMES - 6.0, escape(&name));
        if !value.is_finite() {
            let _ = write!(svg, "<text x=\"{NAMES}\" y=\"{baseline}\">-</text>");
            continue;
        }
        let (from, to) = (x(value.min(0.0).max(low)), x(value.max(0.0).min(high)));
        let _ = write!(
            svg,
            "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/><text x=\"{:.1}\" \
             y=\"{baseline}\">{}</text>",
            top + 2.0,
            (to - from).max(1.0),
            BAR - 4.0,
            colour(palette, index),
            to + 5.0,
            short(value)
        );
    }
    svg + "</svg></figure>\n"
}

/// The opening of a chart. The drawing carries its own styles, so that it looks the same when it is copied out of the
/// page.
fn opening(title: &str, height: f64) -> String {
    let title = escape(title);
    format!(
        "<figure><figcaption>{title}</figcaption><svg role=\"img\" aria-label=\"{title}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\" fill=\"#555\">"
    )
}

fn colour(palette: Palette, index: usize) -> &'static str {
    match palette {
        Palette::Populations => COLOURS[index % COLOURS.len()],
        Palette::Others => OTHER_COLOURS[index % OTHER_COLOURS.len()],
    }
}

fn stroke(palette: Palette, index: usize) -> String {
    let dash = match palette {
        Palette::Populations => DASHES[index / COLOURS.len() % DASHES.len()],
        Palette::Others => "",
    };
    let colour = colour(palette, index);
    format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"")
}

/// At most two decimals.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// Text escaped for HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn populations_look_different_from_each_other_and_from_everything_else() {
        let strokes: BTreeSet<String> = (0..48).map(|index| stroke(Palette::Populations, index)).collect();
        assert_eq!(strokes.len(), 48);
        let colours: BTreeSet<&str> = (0..12).map(|index| colour(Palette::Populations, index)).collect();
        assert_eq!(colours.len(), 12, "colour alone tells the first twelve apart");
        assert!((0..5).all(|index| !colours.contains(colour(Palette::Others, index))));
    }

    #[test]
    fn every_point_is_drawn() {
        let curve = |points: &[(f64, f64)]| Curve { name: "a".into(), points: points.to_vec() };
        let lines = chart("t", &[curve(&[(0.0, 0.1), (1.0, f64::NAN), (2.0, 0.3), (3.0, 0.4)])], Palette::Others, None);
        assert_eq!((lines.matches("<circle").count(), lines.matches("<polyline").count()), (1, 1), "{lines}");
        let single = chart("t", &[curve(&[(0.0, 0.5)]), curve(&[(0.0, f64::NAN)])], Palette::Populations, None);
        assert!(single.contains("<rect") && single.contains(">0.5<") && single.contains(">-<"), "{single}");
        let negative = chart("t", &[curve(&[(0.0, -2.0)])], Palette::Populations, None);
        assert!(negative.contains("<rect") && negative.contains(">-2<"), "{negative}");
    }
}
