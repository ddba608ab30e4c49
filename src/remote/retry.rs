//! How long to wait before a request is repeated.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The wait before the first repetition; every further one is twice as long …
const FIRST: Duration = Duration::from_millis(500);
/// … up to this.
const LONGEST: Duration = Duration::from_secs(30);
/// A server that asks for more is not waited for.
pub(super) const ASKED_MAX: Duration = Duration::from_secs(300);

/// The wait before repetition `number` (from 0) of the request with this `hash`. Requests that failed together must not
/// come back together, so each waits between half of the full time and all of it, by its hash. What the server `asked`
/// for is kept in any case.
pub(super) fn wait(number: u32, hash: &[u8; 32], asked: Option<Duration>) -> Duration {
    let full = FIRST.saturating_mul(1 << number.min(16)).min(LONGEST);
    let share = f64::from(hash[number as usize % hash.len()]) / 255.0;
    full.mul_f64(0.5 + 0.5 * share).max(asked.unwrap_or_default())
}

/// What the header `Retry-After` asks for: seconds, or a date; `None` if it is neither.
pub(super) fn asked_for(header: &str) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = UNIX_EPOCH.checked_add(Duration::from_secs(unix_seconds(header)?))?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// A date of HTTP, `Sun, 06 Nov 1994 08:49:37 GMT`, in seconds since 1970.
fn unix_seconds(date: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = date.split_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words[..] else { return None };
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let clock: Vec<u64> = time.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = clock[..] else { return None };
    if !(1970..10_000).contains(&year) || !(1..=31).contains(&day) || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    // Days since 1970 by the civil calendar, with years that begin in March (Hinnant, "chrono-compatible low-level date
    // algorithms").
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + of_year;
    Some((days - 719_468) * 86_400 + hours * 3600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_differ_by_request() {
        let (low, high) = ([0; 32], [255; 32]);
        let millis = |number, hash| wait(number, hash, None).as_millis();
        assert_eq!([millis(0, &low), millis(0, &high), millis(3, &low), millis(3, &high)], [250, 500, 2000, 4000]);
        assert_eq!(millis(60, &high), 30_000);
        assert_eq!(wait(0, &low, Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(wait(0, &low, Some(Duration::ZERO)), Duration::from_millis(250));
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(asked_for(" 12 "), Some(Duration::from_secs(12)));
        assert_eq!(unix_seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(unix_seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(unix_seconds("Thu, 29 Feb 2024 12:00:00 GMT"), Some(1_709_208_000));
        assert_eq!(asked_for("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        for nonsense in ["", "soon", "-1", "1.5", "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(asked_for(nonsense), None, "{nonsense}");
        }
    }
}
