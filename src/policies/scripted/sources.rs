//! Works that several strategies come from.

pub(super) const AXELROD_1980: &str =
    "Axelrod 1980, Effective Choice in the Prisoner's Dilemma, J. Conflict Resolution 24";
pub(super) const AXELROD_1984: &str = "Axelrod 1984, The Evolution of Cooperation";
