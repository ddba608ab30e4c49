//! What commands take in: devices and models, folders of runs, scenario files with their changes.

pub(super) mod folder;
pub(super) mod machine;
pub(super) mod scenario;
