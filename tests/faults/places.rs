//! Every place of every kind of run: killed there, failing there, on a disk that is full from there on.

use crate::kinds::Kind;
use crate::sim::{Ended, Place, difference, everything, name, results, told};
use agora::faults::Mishap;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// A run to which nothing happened.
pub(crate) struct Straight {
    pub(crate) results: BTreeMap<String, Vec<u8>>,
    /// The places that it passed, on one thread.
    pub(crate) places: Vec<String>,
    pub(crate) seconds: Duration,
    pub(crate) ticks: u32,
    /// The hashes of its results, as its manifest tells them.
    outputs: serde_json::Value,
}

impl Straight {
    /// Runs `scenario` in `folder`.
    pub(crate) fn of(scenario: &str, folder: &Path) -> Self {
        let place = Place::new(folder, scenario);
        let begun = Instant::now();
        let Ended { code, stderr, places, .. } = place.play(1, false, None);
        let seconds = begun.elapsed();
        assert_eq!(code, Some(0), "{scenario}: {stderr}");
        let ticks = told(&place.run(), "ticks_played").as_u64().expect("a number") as u32;
        Self { results: results(&place.run()), places, seconds, ticks, outputs: told(&place.run(), "outputs") }
    }
}

/// What may befall a run: the number of a place, and what happens there.
pub(crate) fn mishaps(straight: &Straight) -> Vec<(u64, Mishap)> {
    let at = |(number, place): (usize, &String)| {
        let fails = (!place.starts_with("after")).then_some([Mishap::Fails, Mishap::StaysFull]);
        let all = std::iter::once(Mishap::Dies).chain(fails.into_iter().flatten());
        all.map(|mishap| (number as u64, mishap)).collect::<Vec<_>>()
    };
    straight.places.iter().enumerate().flat_map(at).collect()
}

/// Runs `kind` in `folder` with a mishap and goes on from there.
///
/// # Errors
/// With what went wrong.
pub(crate) fn check(
    kind: &Kind,
    scenario: &str,
    straight: &Straight,
    folder: &Path,
    (number, mishap): (u64, Mishap),
) -> Result<(), String> {
    let place = Place::new(folder, scenario);
    let ended = place.play(1, false, Some((number, mishap)));
    let here = &straight.places[number as usize];
    let judged = match mishap {
        Mishap::Dies if ended.code.is_some() => Err(format!("it was not killed, and ended with {:?}", ended.code)),
        Mishap::Dies => Ok(()),
        Mishap::Fails | Mishap::StaysFull => judge(&place, straight, &ended, here, mishap),
    };
    let threads = if number.is_multiple_of(2) { 1 } else { 2 };
    let judged = judged.and_then(|()| go_on(&place, straight, threads, 0));
    judged.map_err(|problem| format!("{} {number}, {} `{here}`: {problem}", kind.name, name(mishap)))
}

/// Whether a run in which a step failed said so, and left whole tables.
fn judge(place: &Place, straight: &Straight, ended: &Ended, here: &str, mishap: Mishap) -> Result<(), String> {
    let said = &ended.stderr;
    match ended.code {
        // What failed was of no consequence.
        Some(0) => return difference(&results(&place.run()), &straight.results).map_or(Ok(()), Err),
        Some(1) => {}
        other => return Err(format!("it ended with {other:?}: {}", end_of(said))),
    }
    if !said.contains("error: ") || !said.contains("no storage space") || said.contains("a defect of sim") {
        return Err(format!("it said: {}", end_of(said)));
    }
    let status = told(&place.run(), "status");
    // A manifest that could not be written says what it said before.
    let is_told = here.contains("manifest.json") || mishap == Mishap::StaysFull || status.is_null();
    if !is_told && status != "failed" && status != "done" {
        return Err(format!("its status is {status}"));
    }
    for (name, bytes) in everything(&place.run()) {
        if name.ends_with(".csv") && !bytes.is_empty() && bytes.last() != Some(&b'\n') {
            return Err(format!("{name} does not end with a whole row"));
        }
    }
    Ok(())
}

/// Whether the report of the run in `place` is the one that its files give.
fn is_as_drawn(place: &Place) -> bool {
    let report = || std::fs::read(place.run().join("report.html")).unwrap_or_default();
    let there = report();
    place.sim(&["report", "run"], None).code == Some(0) && !there.is_empty() && report() == there
}

/// The last words of a text.
pub(crate) fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(4)..].join("\n")
}

/// Has the run in `place` go on to its end, and compares what it leaves with a run to which nothing happened. It must
/// not begin before the tick `least`.
///
/// # Errors
/// With what went wrong.
pub(crate) fn go_on(place: &Place, straight: &Straight, threads: u32, least: u32) -> Result<(), String> {
    let ended = place.play(threads, true, None);
    let is_done = ended.code == Some(1) && ended.stderr.contains("already complete");
    if ended.code != Some(0) && !is_done {
        return Err(format!("--resume ended with {:?}: {}", ended.code, end_of(&ended.stderr)));
    }
    let resumed = ended.stdout.split_once("taken up again at tick ").map(|(_, rest)| rest.split_once(')'));
    let resumed = resumed.map(|rest| rest.and_then(|(tick, _)| tick.parse::<u32>().ok()).expect("a tick"));
    if let Some(resumed) = resumed.or_else(|| ended.stdout.contains("Results: ").then_some(0))
        && resumed < least
    {
        return Err(format!("it went on at tick {resumed}, though tick {least} had been reached"));
    }
    if let Some(difference) = difference(&results(&place.run()), &straight.results) {
        return Err(format!("after --resume: {difference}"));
    }
    if !is_as_drawn(place) {
        return Err("after --resume, report.html is not what `sim report` draws".into());
    }
    for (field, expected) in
        [("status", &"done".into()), ("ticks_played", &straight.ticks.into()), ("outputs", &straight.outputs)]
    {
        let found = told(&place.run(), field);
        if found != *expected {
            return Err(format!("after --resume, {field} is {found}, not {expected}"));
        }
    }
    Ok(())
}
