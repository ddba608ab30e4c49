//! Decimal numbers as people write them, added without rounding: the tenth step of 0.1 is 1, and is written `1`.

use std::fmt;

/// Digits that are read, and the largest exponent: with both at their limits, sums still fit.
const DIGITS_MAX: usize = 18;

/// `units / 10^places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    units: i128,
    places: u32,
}

impl Decimal {
    /// Reads `-3`, `0.25`, `1e-4`; `None` if `text` is no such number, or has too many digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || digits.len() > DIGITS_MAX || exponent.unsigned_abs() as usize > DIGITS_MAX {
            return None;
        }
        let units = digits.parse::<i128>().ok()? * if negative { -1 } else { 1 };
        let places = fraction.len() as i32 - exponent;
        match u32::try_from(places) {
            Ok(places) => Some(Self { units, places }),
            Err(_) => Some(Self { units: units.checked_mul(10_i128.checked_pow(places.unsigned_abs())?)?, places: 0 }),
        }
    }

    /// The numbers as whole multiples of the smallest place that any of them has, and that place; `None` if they are
    /// too far apart.
    pub(super) fn aligned<const N: usize>(numbers: [Self; N]) -> Option<([i128; N], u32)> {
        let places = numbers.iter().map(|number| number.places).max().unwrap_or(0);
        let mut units = [0; N];
        for (units, number) in units.iter_mut().zip(numbers) {
            *units = number.units.checked_mul(10_i128.checked_pow(places - number.places)?)?;
        }
        Some((units, places))
    }

    /// `units / 10^places`.
    pub(super) fn new(units: i128, places: u32) -> Self {
        Self { units, places }
    }

    /// Whether it has no fraction.
    pub(super) fn is_whole(self) -> bool {
        10_i128.checked_pow(self.places).is_some_and(|unit| self.units % unit == 0)
    }

    /// The nearest binary number.
    pub(super) fn as_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Decimal {
    /// Without an exponent and trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = format!("{:0>1$}", self.units.unsigned_abs(), self.places as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.places as usize);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_written_as_people_write_them() {
        let cases =
            [("0.250", "0.25"), ("-1.50", "-1.5"), ("1e-3", "0.001"), ("2e3", "2000"), ("007", "7"), ("-0", "0")];
        for (text, written) in cases {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), written, "{text}");
        }
        for wrong in ["", "-", ".", "1.2.3", "x", "1e", "inf", "nan", "1e99", "1234567890123456789", "+1", "1_000"] {
            assert_eq!(Decimal::parse(wrong), None, "{wrong}");
        }
        assert!(Decimal::parse("2.0").unwrap().is_whole() && !Decimal::parse("0.5").unwrap().is_whole());
        assert_eq!(Decimal::parse("0.1").unwrap().as_f64(), 0.1);
    }
}
