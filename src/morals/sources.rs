//! Publications that several terms come from.

pub(super) const DYADS: &str = "Tennant, Hailes & Musolesi 2023 (IJCAI), arXiv 2301.08491, Table 2";
pub(super) const POPULATIONS: &str = "Tennant, Hailes & Musolesi 2024 (AIES), arXiv 2403.04202, Table 2";
pub(super) const POPULATIONS_CODE: &str =
    "released code of Tennant, Hailes & Musolesi 2024 (AIES), arXiv 2403.04202; not used in the paper";
pub(super) const LLM: &str = "Tennant, Hailes & Musolesi 2023 (IJCAI), arXiv 2301.08491, Table 2; \
     for LLM agents Tennant, Hailes & Musolesi 2025 (ICLR), arXiv 2410.01639, Table 1";
