//! Measures fixation probabilities and small-mutation chains: the counterpart of `benches/peers/egttools_fixation.py`.
//!
//! `cargo run --release --example bench_fixation [repeats]`; one thread, processor time.

use agora::dynamics::{DenseMatrix, Process, fixation, full_chain, small_mutation};
use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

/// Nanoseconds that this thread has run on a processor, where Linux reports them; other programs then disturb little.
fn processor_time() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

/// Microseconds of one call, the mean over `repeats`: processor time where it is known, else wall-clock time.
fn microseconds(repeats: u32, mut call: impl FnMut() -> Result<(), String>) -> Result<f64, String> {
    let (start, before) = (Instant::now(), processor_time());
    for _ in 0..repeats {
        call()?;
    }
    let nanoseconds = match (before, processor_time()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed().as_nanos() as f64,
    };
    Ok(nanoseconds / 1e3 / f64::from(repeats))
}

fn main() -> Result<(), String> {
    let repeats = std::env::args().nth(1).map_or(Ok(10_000), |text| text.parse());
    let repeats: u32 = repeats.map_err(|problem| format!("repeats: {problem}"))?;
    let game = DenseMatrix::from([[3.0, 0.0, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]]);
    let five = DenseMatrix::new(5, 5, (0..25).map(|i| f64::from(i * 7919 % 101) / 20.0).collect())?;
    let process = Process::fermi(0.1);
    let mut out = io::stdout();
    let mut say = |what: &str, time: f64| writeln!(out, "{what}: {time:.2} µs").map_err(|problem| problem.to_string());
    let time = microseconds(repeats, || {
        black_box(fixation::fixation(black_box(&game), [2, 1], 100, &process)?);
        Ok(())
    })?;
    say("fixation, N = 100", time)?;
    let time = microseconds(repeats, || {
        black_box(small_mutation::chain(black_box(&five), 100, &process)?);
        Ok(())
    })?;
    say("small-mutation chain of 5 types, N = 100", time)?;
    let time = microseconds((repeats / 100).max(1), || {
        let mutation = full_chain::uniform(3, 0.01)?;
        black_box(full_chain::stationary(black_box(&game), 30, &process, &mutation)?);
        Ok(())
    })?;
    say("whole chain of 3 types with its stationary distribution, N = 30", time)
}
