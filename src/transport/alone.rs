//! One process by itself.

use super::Transport;

/// The only rank of its group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alone;

impl Transport for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn all_gather(&self, own: Vec<u8>) -> Vec<Vec<u8>> {
        vec![own]
    }

    fn carry(&self, _: usize, _: usize, own: Vec<u8>) -> Vec<u8> {
        own
    }
}
