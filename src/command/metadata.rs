//! Metadata: the shop's own notes on a cart. Null removes.

use super::{Draft, Event, Outcome};
use crate::error::Result;
use crate::json::Raw;

pub(super) fn set(draft: &mut Draft<'_>, values: &[(Box<str>, Option<Raw>)]) -> Result<Outcome> {
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for (key, value) in values {
        let limits = &draft.context.settings.limits;
        let in_place = |e: crate::error::Error| e.under(key).under("values");
        limits.text(key).map_err(in_place)?;
        let there = draft.cart.metadata.iter().position(|(known, _)| known == key);
        match value {
            Some(value) => {
                limits.raw(value).map_err(in_place)?;
                match there {
                    Some(index) if draft.cart.metadata[index].1 == *value => continue,
                    Some(index) => draft.cart.metadata[index].1 = value.clone(),
                    None => {
                        draft.open();
                        draft.cart.metadata.push((key.clone(), value.clone()));
                    }
                }
                draft.changed(&["metadata.", key].concat());
                set.push(key.clone());
            }
            None => {
                if let Some(index) = there {
                    draft.cart.metadata.remove(index);
                    draft.changed(&["metadata.", key].concat());
                    removed.push(key.clone());
                }
            }
        }
    }
    match &*set {
        [] => {}
        [key] => {
            if let Some((key, Some(value))) = values.iter().find(|(name, _)| name == key) {
                draft.event(Event::MetadataAdded { key: key.clone(), value: value.clone() });
            }
        }
        keys => draft.event(Event::MetadataBatchAdded { keys: keys.to_vec() }),
    }
    for key in &removed {
        draft.event(Event::MetadataRemoved { key: key.clone() });
    }
    Ok(Outcome::MetadataSet { set, removed })
}

pub(super) fn clear(draft: &mut Draft<'_>) -> Result<Outcome> {
    let removed: Vec<Box<str>> = draft.cart.metadata.drain(..).map(|(key, _)| key).collect();
    if !removed.is_empty() {
        for key in &removed {
            draft.changed(&["metadata.", key].concat());
        }
        draft.event(Event::MetadataCleared);
    }
    Ok(Outcome::MetadataCleared { removed })
}
