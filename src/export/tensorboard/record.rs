//! The framing of TensorBoard's event files, and the few messages in them.
//!
//! A file is a sequence of records (TFRecord): length as u64, masked CRC-32C of the length, data, masked CRC-32C of the
//! data, all little-endian. The data is an `Event` of tensorflow/core/util/event.proto in protobuf's wire format, of
//! which only the fields below are needed.

use crc::{CRC_32_ISCSI, Crc};

const CASTAGNOLI: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// The first record of a file.
pub(super) fn version() -> Vec<u8> {
    let mut event = Message::default();
    event.double(1, 0.0);
    event.bytes(3, b"brain.Event:2");
    record(&event.0)
}

/// A number at `step`, called `tag`.
pub(super) fn scalar(tag: &str, step: u64, number: f64) -> Vec<u8> {
    let mut value = Message::default();
    value.bytes(1, tag.as_bytes());
    value.float(2, number as f32);
    event(step, &value)
}

/// The distribution of `numbers`, which lie between 0 and 1, at `step`, called `tag`.
pub(super) fn histogram(tag: &str, step: u64, numbers: &[f64]) -> Vec<u8> {
    let mut counts = [0.0; BUCKETS];
    for number in numbers {
        let bucket = (number * BUCKETS as f64).ceil() as usize;
        counts[bucket.saturating_sub(1).min(BUCKETS - 1)] += 1.0;
    }
    let limits: [f64; BUCKETS] = std::array::from_fn(|bucket| (bucket + 1) as f64 / BUCKETS as f64);
    let sum = |of: fn(f64) -> f64| numbers.iter().copied().map(of).sum::<f64>();
    let mut histogram = Message::default();
    histogram.double(1, numbers.iter().copied().fold(f64::INFINITY, f64::min));
    histogram.double(2, numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    histogram.double(3, numbers.len() as f64);
    histogram.double(4, sum(|number| number));
    histogram.double(5, sum(|number| number * number));
    histogram.doubles(6, &limits);
    histogram.doubles(7, &counts);
    let mut value = Message::default();
    value.bytes(1, tag.as_bytes());
    value.bytes(5, &histogram.0);
    event(step, &value)
}

/// Steps of a histogram from 0 to 1.
const BUCKETS: usize = 20;

/// An event with one value. Its time is its step: clock times are in `manifest.json` alone, so that the same run leaves
/// the same bytes.
fn event(step: u64, value: &Message) -> Vec<u8> {
    let mut summary = Message::default();
    summary.bytes(1, &value.0);
    let mut event = Message::default();
    event.double(1, step as f64);
    event.whole(2, step);
    event.bytes(5, &summary.0);
    record(&event.0)
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), data, &masked(data)].concat()
}

/// The checksum as the format stores it, rotated and shifted so that checksums of checksums stay good ones.
fn masked(data: &[u8]) -> [u8; 4] {
    let sum = CASTAGNOLI.checksum(data);
    sum.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// A protobuf message in its wire format.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn key(&mut self, field: u64, wire_type: u64) {
        self.varint(field << 3 | wire_type);
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn whole(&mut self, field: u64, number: u64) {
        self.key(field, 0);
        self.varint(number);
    }

    fn double(&mut self, field: u64, number: f64) {
        self.key(field, 1);
        self.0.extend(number.to_le_bytes());
    }

    fn float(&mut self, field: u64, number: f32) {
        self.key(field, 5);
        self.0.extend(number.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.key(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn doubles(&mut self, field: u64, numbers: &[f64]) {
        let packed: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.bytes(field, &packed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that TensorFlow writes for these, from the description of the format.
    #[test]
    fn checksums_are_castagnolis_and_masked() {
        assert_eq!(CASTAGNOLI.checksum(b"123456789"), 0xe306_9283);
        let expected = 0xe306_9283_u32.rotate_right(15).wrapping_add(0xa282_ead8);
        assert_eq!(masked(b"123456789"), expected.to_le_bytes());
    }

    #[test]
    fn a_record_holds_its_length_and_its_data() {
        let bytes = scalar("a", 300, 0.5);
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert_eq!(bytes.len(), 8 + 4 + length + 4);
        let mut expected = vec![0x09];
        expected.extend(300f64.to_le_bytes());
        // Step 300 takes two bytes; then the summary, its value, the tag and the number.
        expected.extend([0x10, 0xac, 0x02, 0x2a, 10, 0x0a, 8, 0x0a, 1, b'a', 0x15, 0, 0, 0, 0x3f]);
        assert_eq!(bytes[12..12 + length], expected);
    }
}
