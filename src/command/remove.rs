//! Remove: a line, if it is there.

use super::{Draft, LineRef, Outcome};
use crate::error::Result;

pub(super) fn apply(draft: &mut Draft<'_>, line: &LineRef) -> Result<Outcome> {
    let found = draft.find(line).map_err(|e| e.under("id"))?;
    if let Some(index) = found {
        draft.take(index);
    }
    Ok(Outcome::Removed { id: line.id.clone(), removed: found.is_some() })
}
