//! Entries to Axelrod's first tournament that are no kin of another strategy here. Grofman's and Joss's are in
//! `memory_one/`, Shubik's is in `reciprocal/`, Friedman's is [`Grim`](super::grudging::grim::Grim).

pub mod davis;
pub mod downing;
pub mod feld;
pub mod graaskamp;
pub mod nydegger;
pub mod stein_and_rapoport;
pub mod tideman_and_chieruzzi;
pub mod tullock;
