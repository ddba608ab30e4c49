//! Lengths of time for people.

use std::time::Duration;

/// A number of seconds in a few characters: `7.2 s`, `59 s`, `12 min`, `3.5 h`, `4.2 d`.
pub(in crate::commands) fn short(seconds: f64) -> String {
    match seconds {
        ..10.0 => format!("{seconds:.1} s"),
        ..60.0 => format!("{seconds:.0} s"),
        ..3600.0 => format!("{:.0} min", seconds / 60.0),
        ..86_400.0 => format!("{:.1} h", seconds / 3600.0),
        _ => format!("{:.1} d", seconds / 86_400.0),
    }
}

/// In two units: `4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
pub(in crate::commands) fn long(time: Duration) -> String {
    let seconds = time.as_secs();
    let two = |size: u64, unit: &str, small: u64, small_unit: &str| {
        format!("{} {unit} {} {small_unit}", seconds / size, seconds % size / small)
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => two(60, "min", 1, "s"),
        3600..86_400 => two(3600, "h", 60, "min"),
        _ => two(86_400, "d", 3600, "h"),
    }
}

/// The same for a number of seconds that may be small: `0.3 ms`, `12 ms`, `4.2 s`.
pub(in crate::commands) fn fine(seconds: f64) -> String {
    match seconds {
        ..0.00995 => format!("{:.1} ms", 1000.0 * seconds),
        ..0.9995 => format!("{:.0} ms", 1000.0 * seconds),
        ..59.95 => format!("{seconds:.1} s"),
        _ => long(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_have_one_unit() {
        let times = [0.04, 59.4, 720.0, 12_600.0, 360_000.0, f64::NAN].map(short);
        assert_eq!(times, ["0.0 s", "59 s", "12 min", "3.5 h", "4.2 d", "NaN d"]);
    }

    #[test]
    fn long_times_have_two() {
        let cases = [(0, "0 s"), (59, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (273_600, "3 d 4 h")];
        for (seconds, text) in cases {
            assert_eq!(long(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn parts_of_a_second_are_told() {
        let cases = [(0.0003, "0.3 ms"), (0.012, "12 ms"), (4.21, "4.2 s"), (59.99, "59 s"), (200.0, "3 min 20 s")];
        for (seconds, text) in cases {
            assert_eq!(fine(seconds), text);
        }
        assert!(fine(f64::INFINITY).contains(" d "));
    }
}
