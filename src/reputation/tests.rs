//! Norms against the literature's tables, by hand-made sequences, and against the closed form of the share of good
//! agents under errors.

use super::image_score::ImageScore;
use super::leading_eight::LeadingEight;
use super::scoring::Scoring;
use super::shunning::Shunning;
use super::simple_standing::SimpleStanding;
use super::standing::Standing;
use super::stern_judging::SternJudging;
use super::third_order::{BAD, GOOD};
use super::*;
use crate::testing::assert_near;
use crate::world::Deed;

/// Every combination of the actor's reputation, the recipient's, and the action.
fn deeds() -> impl Iterator<Item = Deed> {
    [GOOD, BAD].into_iter().flat_map(|actor| {
        [GOOD, BAD].into_iter().flat_map(move |recipient| {
            [true, false].into_iter().map(move |cooperated| Deed { actor, recipient, cooperated })
        })
    })
}

/// What a norm says of cooperation with good, good; good, bad; bad, good; bad, bad (actor, recipient), then of
/// defection: the columns of Ohtsuki and Iwasa's tables.
fn table(norm: &dyn Norm) -> String {
    let of = |cooperated: bool| {
        let pairs = [(GOOD, GOOD), (GOOD, BAD), (BAD, GOOD), (BAD, BAD)];
        let judge = move |(actor, recipient)| norm.judge(Deed { actor, recipient, cooperated });
        pairs.map(judge).map(|reputation| if norm.is_good(reputation) { "g" } else { "b" }).concat()
    };
    format!("{} {}", of(true), of(false))
}

#[test]
fn norms_are_those_of_the_literature() {
    for (norm, expected) in [
        (&Scoring as &dyn Norm, "gggg bbbb"),
        (&Shunning, "gbgb bbbb"),
        (&SimpleStanding, "gggg bgbg"),
        (&Standing, "gggg bgbb"),
        (&SternJudging, "gbgb bgbg"),
    ] {
        assert_eq!(table(norm), expected, "{}", norm.summary());
    }
    // L1 to L8, in the order of Ohtsuki and Iwasa 2006.
    let eight: Vec<String> = (1..=8).map(|number| table(&LeadingEight { number })).collect();
    let expected =
        ["gggg bgbb", "gbgg bgbb", "gggg bgbg", "gggb bgbg", "gbgg bgbg", "gbgb bgbg", "gggb bgbb", "gbgb bgbb"];
    assert_eq!(eight, expected);
    for (number, named) in [(1, &Standing as &dyn Norm), (3, &SimpleStanding), (6, &SternJudging)] {
        assert_eq!(table(&LeadingEight { number }), table(named));
    }
}

#[test]
fn all_of_the_leading_eight_maintain_cooperation_identify_defectors_punish_and_forgive() {
    for number in 1..=8 {
        let norm = LeadingEight { number };
        let judge = |actor, recipient, cooperated| norm.judge(Deed { actor, recipient, cooperated });
        assert_eq!(judge(GOOD, GOOD, true), GOOD, "maintenance of cooperation");
        assert_eq!([judge(GOOD, GOOD, false), judge(BAD, GOOD, false)], [BAD; 2], "identification of defectors");
        assert_eq!(judge(GOOD, BAD, false), GOOD, "justified punishment");
        assert_eq!(judge(BAD, GOOD, true), GOOD, "apology and forgiveness");
    }
    assert!(ListedNorm::faults(&LeadingEight { number: 9 })[0].message.contains("no number 9"));
}

#[test]
fn errors_give_the_other_reputation() {
    for deed in deeds() {
        for norm in [&SternJudging as &dyn Norm, &Standing, &Shunning] {
            assert_eq!(norm.judge(deed) + norm.misjudge(deed), 1);
        }
    }
}

#[test]
fn image_scores_rise_and_fall_between_their_bounds() {
    let norm = ImageScore { bound: 2, good_from: 0 };
    assert_eq!((norm.reputations(), norm.first(), norm.score(norm.first())), (5, 2, 0.0));
    let after = |acts: &str| {
        let step = |actor, act| norm.judge(Deed { actor, recipient: 0, cooperated: act == 'C' });
        norm.score(acts.chars().fold(norm.first(), step))
    };
    let scores = [("C", 1.0), ("CC", 2.0), ("CCC", 2.0), ("CCCD", 1.0), ("D", -1.0), ("DDDDC", -1.0), ("CDCD", 0.0)];
    for (acts, score) in scores {
        assert_eq!(after(acts), score, "{acts}");
    }
    assert_eq!((0..5).map(|r| norm.is_good(r)).collect::<Vec<_>>(), [false, false, true, true, true]);
    let deed = Deed { actor: 2, recipient: 0, cooperated: true };
    assert_eq!((norm.judge(deed), norm.misjudge(deed)), (3, 1));
    assert_eq!(norm.in_words(0), "an image score of -2 on a scale from -2 to 2");
    for (bound, good_from, at) in [(0, 0, ".bound"), (101, 0, ".bound"), (2, -2, ".good_from"), (2, 3, ".good_from")] {
        assert_eq!(ListedNorm::faults(&ImageScore { bound, good_from })[0].at, at);
    }
}

/// A slip is forgiven under simple standing and stern judging, and spreads under scoring: three discriminators, one of
/// whom once fails to help.
#[test]
fn a_slip_among_discriminators_by_hand() {
    let played = |norm: &dyn Norm, pairs: &[(usize, usize)]| {
        let mut known = [GOOD; 3];
        for (round, &(donor, recipient)) in pairs.iter().enumerate() {
            let means_to = norm.is_good(known[recipient]);
            let deed = Deed { actor: known[donor], recipient: known[recipient], cooperated: means_to && round > 0 };
            known[donor] = norm.judge(deed);
        }
        known.map(|reputation| if norm.is_good(reputation) { 'g' } else { 'b' })
    };
    // 0 slips towards 1; 2 meets 0; 1 meets 2; 0 meets 1.
    let pairs = [(0, 1), (2, 0), (1, 2), (0, 1)];
    assert_eq!(played(&Scoring, &pairs[..1]), ['b', 'g', 'g']);
    // 2 refuses 0, and is bad for it, whom 1 then refuses.
    assert_eq!(played(&Scoring, &pairs), ['b', 'b', 'b']);
    assert_eq!(played(&Shunning, &pairs), ['b', 'b', 'b']);
    // 2 refuses 0, rightly; 1 helps 2; 0 helps 1, and is good again.
    for norm in [&SimpleStanding as &dyn Norm, &Standing, &SternJudging] {
        assert_eq!(played(norm, &pairs), ['g', 'g', 'g'], "{}", norm.summary());
    }
}

/// The share of good agents among discriminators after one more judgement each, from the share `g`: assessments err
/// with chance `a`, and help fails with chance `e`.
fn next_share(norm: &dyn Norm, g: f64, a: f64, e: f64) -> f64 {
    let mut share = 0.0;
    for (actor, of_actor) in [(GOOD, g), (BAD, 1.0 - g)] {
        for (recipient, of_recipient) in [(GOOD, g), (BAD, 1.0 - g)] {
            let helps = if recipient == GOOD { 1.0 - e } else { 0.0 };
            for (cooperated, chance) in [(true, helps), (false, 1.0 - helps)] {
                let deed = Deed { actor, recipient, cooperated };
                let good = if norm.judge(deed) == GOOD { 1.0 - a } else { a };
                share += of_actor * of_recipient * chance * good;
            }
        }
    }
    share
}

/// Stationary shares of good discriminators, as formulas: under stern judging and simple standing a deed is good unless
/// help towards the good failed, so g = a + (1 − 2a)(1 − eg); under scoring and shunning only help towards the good is
/// good, so g = a + (1 − 2a)(1 − e)g.
#[test]
fn the_share_of_good_agents_settles_where_the_closed_form_says() {
    for (a, e) in [(0.02, 0.05), (0.1, 0.0), (0.01, 0.2)] {
        let settled = |norm: &dyn Norm| (0..10_000).fold(0.5, |g, _| next_share(norm, g, a, e));
        let forgiving = (1.0 - a) / (1.0 + (1.0 - 2.0 * a) * e);
        let harsh = a / (1.0 - (1.0 - 2.0 * a) * (1.0 - e));
        for (norm, expected) in [
            (&SternJudging as &dyn Norm, forgiving),
            (&SimpleStanding, forgiving),
            (&Scoring, harsh),
            (&Shunning, harsh),
        ] {
            assert_near(settled(norm), expected, 1e-9);
        }
        // Under standing the bad stay bad for refusing the bad: g = a + (1 − 2a) ((1 − e) g + (1 − g) g).
        let sure = 1.0 - 2.0 * a;
        let b = 1.0 - sure * (2.0 - e);
        assert_near(settled(&Standing), ((b * b + 4.0 * sure * a).sqrt() - b) / (2.0 * sure), 1e-9);
    }
}
