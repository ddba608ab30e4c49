//! Entries to Axelrod's second tournament that are no kin of another strategy here.

pub mod black;
pub mod cave;
pub mod champion;
pub mod eatherley;
pub mod getzler;
pub mod gladstein;
pub mod grofman;
pub mod leyvraz;
pub mod mikkelson;
pub mod revised_downing;
pub mod tester;
pub mod tranquilizer;
pub mod weiner;
pub mod white;
