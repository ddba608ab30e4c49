//! Integration tests: one binary, one module per topic. `completeness` fails if a file here is not declared.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

mod adapters;
mod columns;
mod completeness;
mod determinism;
mod disk;
mod evaluate;
mod evolution;
mod exact;
mod families;
mod fields;
mod frozen;
mod generation;
mod guards;
mod imports;
mod inputs;
mod layers;
mod memory;
mod models;
mod my_sim;
mod network;
mod one_line;
mod output;
mod papers;
mod prompt_command;
mod prompts;
mod read_out;
mod readme;
mod reference;
mod refusals;
mod resume;
mod run_directory;
mod schedule;
mod score;
mod support;
mod sweep;
mod tabular;
mod talk;
#[path = "../src/testing.rs"]
mod testing;
mod transcripts;
