//! Scripted strategies: one small rule each, with its source.
