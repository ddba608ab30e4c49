//! The word that was probably meant.

/// Below this likeness a word is not offered.
const LIKENESS_MIN: f64 = 0.5;
/// Likeness of words of which one begins with the other: abbreviations are out of reach of edits.
const LIKENESS_OF_BEGINNINGS: f64 = 0.7;
/// Longer words are not typing slips, and comparing them takes quadratic time.
const WORD_MAX: usize = 200;

/// The candidate nearest to `word`, if one is near enough to be meant; the first of equally near ones. Letter case and
/// the characters `_`, `-` and space do not count.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > WORD_MAX {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
    let word = plain(word);
    let scored = candidates.into_iter().map(|candidate| {
        let other = plain(candidate);
        let typo = strsim::normalized_damerau_levenshtein(&word, &other);
        let begins = word.len() >= 3 && (other.starts_with(&word) || word.starts_with(&other));
        (f64::max(typo, if begins { LIKENESS_OF_BEGINNINGS } else { 0.0 }), candidate)
    });
    let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (best.0 >= LIKENESS_MIN).then_some(best.1)
}

/// The question whether `word` was meant, to be appended to an error; empty if there is no word.
pub fn did_you_mean(word: Option<&str>) -> String {
    word.map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

/// [`did_you_mean`] at the end of a sentence that another follows: without a word, a full stop.
pub fn did_you_mean_or_stop(word: Option<&str>) -> String {
    if word.is_some() { did_you_mean(word) } else { ".".into() }
}

/// Advice for an unknown `word`: the nearest candidate if there is one, then all of them if they are few.
pub fn advice<'a>(word: &str, candidates: &[&'a str]) -> Option<String> {
    // More than this and the list hides the answer.
    const LISTED_MAX: usize = 16;
    let near: Option<&'a str> = nearest(word, candidates.iter().copied());
    let list = (!candidates.is_empty() && candidates.len() <= LISTED_MAX).then(|| list(candidates));
    match (near, list) {
        (Some(near), Some(list)) if candidates.len() > 1 => Some(format!("did you mean `{near}`? valid: {list}")),
        (Some(near), _) => Some(format!("did you mean `{near}`?")),
        (None, Some(list)) => Some(format!("valid: {list}")),
        (None, None) => None,
    }
}

/// `a`, `b`, `c` in backquotes.
pub fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_abbreviations_and_other_spellings_are_found() {
        let words = ["always_defect", "tit_for_tat", "grim", "payoff_mean"];
        let cases = [("alwaysdefect", 0), ("AlwaysDefekt", 0), ("titfortat", 1), ("grmi", 2), ("payoff", 3)];
        for (word, found) in cases {
            assert_eq!(nearest(word, words), Some(words[found]), "{word}");
        }
        assert_eq!(nearest("zzz", words), None);
        assert_eq!(nearest(&"grim".repeat(1000), words), None);
    }

    #[test]
    fn of_equals_the_first_is_offered() {
        assert_eq!(nearest("ac", ["ab", "ad"]), Some("ab"));
        assert_eq!(nearest("ac", ["ad", "ab"]), Some("ad"));
    }

    #[test]
    fn a_question_ends_a_sentence_and_so_does_its_absence() {
        assert_eq!([did_you_mean(Some("grim")), did_you_mean(None)], ["; did you mean `grim`?", ""]);
        assert_eq!([Some("grim"), None].map(did_you_mean_or_stop), ["; did you mean `grim`?", "."]);
    }
}
