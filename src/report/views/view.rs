//! What a view is.

use crate::report::ReportError;
use serde_json::Value;

/// A part of the page with a heading.
pub(crate) struct View<S> {
    /// Its name in addresses, and in the script: `views.NAME = (section, data) => …`.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// The script that draws it.
    pub script: &'static str,
    /// What the script gets, from the subject of the page; `None` if there is nothing to show.
    pub data: fn(&S) -> Result<Option<Value>, ReportError>,
}
