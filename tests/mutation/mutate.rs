//! Small damage to text and bytes, drawn from a seed.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Replacements for a word of a text file: limits, nonsense, and what parsers trip over.
const WORDS: [&str; 46] = [
    "0",
    "-1",
    "1",
    "12",
    "20",
    "255",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "99999999999999999999999999",
    "1e9",
    "1e30",
    "1e308",
    "-1e308",
    "1e999",
    "1e-320",
    "nan",
    "inf",
    "-inf",
    "null",
    "true",
    "None",
    "Some(1)",
    "\"\"",
    "\"\u{1b}[2J\"",
    "\"../../x\"",
    "\"\\u{0}\"",
    "r#\"",
    "/*",
    "//",
    "((((((((((((((((",
    "[[[[[[[[[[[[[[[[",
    "{{{{{{{{",
    "))",
    "]",
    "}",
    "\u{feff}",
    "\u{202e}",
    "\r\n",
    "\t",
    ",,",
    "Shuffled",
    "Counterbalanced",
];

/// Numbers of four and eight bytes at which lengths, offsets and types go wrong.
const NUMBERS: [u64; 14] = [
    0,
    1,
    7,
    255,
    65_535,
    1 << 20,
    (1 << 31) - 1,
    1 << 31,
    u32::MAX as u64,
    1 << 32,
    1 << 40,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX,
];

/// Damages a text one to four times.
pub(crate) fn text(rng: &mut ChaCha8Rng, text: &[u8], foreign: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        // Most mutants keep to the language, since what the lexer refuses reaches nothing beyond it.
        match rng.random_range(0..10) {
            0 => bytes_once(rng, &mut out),
            1 => repeat(rng, &mut out),
            _ => words(rng, &mut out, foreign),
        }
    }
    out
}

/// Damages bytes one to four times.
pub(crate) fn bytes(rng: &mut ChaCha8Rng, bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        bytes_once(rng, &mut out);
    }
    out
}

/// Flips one bit.
pub(crate) fn flip(rng: &mut ChaCha8Rng, bytes: &mut [u8]) {
    if !bytes.is_empty() {
        let place = rng.random_range(0..bytes.len());
        bytes[place] ^= 1 << rng.random_range(0..8);
    }
}

fn bytes_once(rng: &mut ChaCha8Rng, out: &mut Vec<u8>) {
    if out.is_empty() {
        out.push(rng.random());
        return;
    }
    // Headers are short and decide everything, so half of the damage is done there.
    let end = if rng.random() { out.len() } else { out.len().min(2048) };
    let place = rng.random_range(0..end);
    match rng.random_range(0..7) {
        0 => flip(rng, &mut out[..end]),
        1 => out[place] = *[0, 1, 0x7f, 0x80, 0xff, b'"', b'\n', rng.random()].choose(rng).expect("some"),
        2 => {
            let number = NUMBERS.choose(rng).expect("some").to_le_bytes();
            let width = if rng.random() { 4 } else { 8 }.min(out.len() - place);
            out[place..place + width].copy_from_slice(&number[..width]);
        }
        3 => out.truncate(place),
        4 => {
            let length = rng.random_range(1..=64).min(out.len() - place);
            out.drain(place..place + length);
        }
        5 => {
            let length = rng.random_range(1..=64).min(out.len() - place);
            let chunk = out[place..place + length].to_vec();
            let target = rng.random_range(0..=out.len());
            out.splice(target..target, chunk);
        }
        _ => {
            // A weight that is not a usable number.
            let value = [f32::NAN, f32::INFINITY, 1e30, -1e38][rng.random_range(0..4)].to_le_bytes();
            let place = place - place % 4;
            let width = 4.min(out.len() - place);
            out[place..place + width].copy_from_slice(&value[..width]);
        }
    }
}

/// Repeats a piece of the text many times.
fn repeat(rng: &mut ChaCha8Rng, out: &mut Vec<u8>) {
    if out.is_empty() {
        return;
    }
    let place = rng.random_range(0..out.len());
    let length = rng.random_range(1..=40).min(out.len() - place);
    let times = *[2usize, 30, 1000, 20_000].choose(rng).expect("some");
    let chunk = out[place..place + length].repeat(times);
    out.splice(place..place, chunk);
}

/// Replaces, removes, doubles or swaps a word, or takes one from another text.
fn words(rng: &mut ChaCha8Rng, out: &mut Vec<u8>, foreign: &[u8]) {
    let here = spans(out);
    let Some(&(start, end)) = here.choose(rng) else { return };
    match rng.random_range(0..6) {
        0 => drop(out.drain(start..end)),
        1 => {
            let word = out[start..end].to_vec();
            out.splice(end..end, word);
        }
        2 => {
            let &(other, other_end) = here.choose(rng).expect("there is one");
            let word = out[other..other_end].to_vec();
            out.splice(start..end, word);
        }
        3 => {
            let there = spans(foreign);
            let word = there.choose(rng).map_or(&b""[..], |&(start, end)| &foreign[start..end]).to_vec();
            out.splice(start..end, word);
        }
        _ => {
            let word = WORDS.choose(rng).expect("some").as_bytes().to_vec();
            let end = if rng.random() { end } else { start };
            out.splice(start..end, word);
        }
    }
}

/// The spans of words, numbers and single signs.
fn spans(text: &[u8]) -> Vec<(usize, usize)> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-') || byte >= 128;
    let mut spans = Vec::new();
    let mut place = 0;
    while place < text.len() {
        let start = place;
        place += 1;
        if is_word(text[start]) {
            while place < text.len() && is_word(text[place]) {
                place += 1;
            }
        }
        if !text[start].is_ascii_whitespace() {
            spans.push((start, place));
        }
    }
    spans
}
