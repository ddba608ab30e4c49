//! The scores of a tournament, as a figure.

use super::axis::{Axis, Places};
use super::parts::{Figure, Panel, Spread};
use crate::compare::CompareError;
use crate::compare::tournament::Fared;

/// How to read a figure of scores.
const HOW: &str = "Populations by rank. Boxes span the middle half of the scores of the recorded ticks, with a line at \
                   the median; whiskers reach to the smallest and to the largest score.";

/// The scores of a tournament's populations, which are given by rank, as boxes.
///
/// # Errors
/// If there are more populations than readers tell apart, or if a score is too large to be drawn.
pub fn tournament_figure(fared: &[Fared]) -> Result<Figure, CompareError> {
    let names: Vec<String> = fared.iter().map(|fared| fared.population.clone()).collect();
    // A population that is called by a number is a category all the same.
    let x = Places::of_categories("population", &names, 1.0)?.axis;
    let spread = |(place, fared): (usize, &Fared)| {
        let mut scores = fared.scores.clone();
        scores.sort_by(f64::total_cmp);
        Spread { x: place as f64, numbers: [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(&scores, share)) }
    };
    let boxes: Vec<Spread> = fared.iter().enumerate().map(spread).collect();
    let ends: Vec<f64> = boxes.iter().flat_map(|spread| spread.numbers).collect();
    let y = Axis::of_measure("score", &ends, [f64::NEG_INFINITY, f64::INFINITY])?;
    let panel = Panel { caption: String::new(), x, y, lines: Vec::new(), boxes, is_band: false };
    Figure { title: "Scores by population".into(), description: HOW.into(), panels: vec![panel] }.checked()
}

/// The value below which this share of `sorted` lies, between the nearest two (Hyndman & Fan 1996, type 7).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fared(population: &str, scores: &[f64]) -> Fared {
        Fared {
            population: population.into(),
            scores: scores.to_vec(),
            score: 0.0,
            cooperation: 0.0,
            wins: 0.0,
            difference: 0.0,
            payoffs: Vec::new(),
        }
    }

    #[test]
    fn boxes_have_the_quartiles_and_stand_by_rank() {
        let figure = tournament_figure(&[fared("7", &[4.0, 1.0, 2.0, 3.0]), fared("<b>", &[2.5])]).unwrap();
        let boxes = &figure.panels[0].boxes;
        assert_eq!(boxes[0], Spread { x: 0.0, numbers: [1.0, 1.75, 2.5, 3.25, 4.0] });
        assert_eq!(boxes[1], Spread { x: 1.0, numbers: [2.5; 5] });
        let svg = figure.svg();
        assert!(svg.contains("&lt;b&gt;") && svg.contains("Boxes span the middle half"), "{svg}");
        assert_eq!(svg.matches("opacity=\"0.25\"").count(), 2, "{svg}");
        let many: Vec<Fared> = (0..41).map(|n| fared(&n.to_string(), &[1.0])).collect();
        let refused = tournament_figure(&many).unwrap_err().to_string();
        assert!(refused.contains("its x axis has 41 places"), "{refused}");
    }
}
