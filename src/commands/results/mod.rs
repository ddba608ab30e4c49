//! The commands that read what runs have left, and what they share with the commands that make runs.

pub(super) mod compare;
pub(super) mod evaluate;
pub(super) mod export;
pub(super) mod live;
pub(super) mod merge;
pub(super) mod meta;
pub(super) mod report;
pub(super) mod tournament;
pub(super) mod words;
