//! Web storage: one text under one key.
//!
//! A page may not have it (a worker, a server), may not use it (a sandbox, a setting), or may have filled it.
//! Each is told by its reason, and none is a fault of the cart.

use crate::error::{Error, Kind, Result};
use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use wasm_bindgen::{JsCast, JsValue};

/// Which of the page's storages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    Session,
    Local,
}

/// One key in one of them.
pub(super) struct Web {
    storage: web_sys::Storage,
    key: String,
    /// The text that was read or written last.
    seen: Option<String>,
    /// What stands there could not be understood, so it is not to be written over.
    foreign: bool,
}

impl Web {
    pub(super) fn open(area: &str, key: &str) -> Result<Self> {
        let area = match area {
            "session" => Area::Session,
            "local" => Area::Local,
            _ => return Err(Error::invalid("expected session or local").under("area")),
        };
        Ok(Web { storage: find(area)?, key: key.into(), seen: None, foreign: false })
    }

    /// The text under the key, where it is not the one that was seen last.
    pub(super) fn read(&mut self) -> Result<Option<Option<&str>>> {
        let found = self.storage.get_item(&self.key).map_err(|error| refused(&error))?;
        if found == self.seen {
            return Ok(None);
        }
        (self.seen, self.foreign) = (found, false);
        Ok(Some(self.seen.as_deref()))
    }

    /// What was read last could not be understood: it is not to be written over.
    pub(super) fn set_foreign(&mut self) {
        (self.seen, self.foreign) = (None, true);
    }

    /// Writes a text, where it is not what was seen last.
    pub(super) fn write(&mut self, text: String) -> Result<()> {
        if self.seen.as_ref() == Some(&text) {
            return Ok(());
        }
        if self.foreign {
            let message = "expected carts under the key, found something else: it was left as it is, and the cart is kept in memory";
            return Err(Error::new(Kind::Corrupt, message).because("foreign"));
        }
        self.storage.set_item(&self.key, &text).map_err(|error| refused(&error))?;
        self.seen = Some(text);
        Ok(())
    }
}

/// gloo takes a window for granted, so it is looked for first.
fn find(area: Area) -> Result<web_sys::Storage> {
    let (name, raw): (&str, fn() -> web_sys::Storage) = match area {
        Area::Session => ("sessionStorage", SessionStorage::raw),
        Area::Local => ("localStorage", LocalStorage::raw),
    };
    let global = js_sys::global();
    let has_window = js_sys::Reflect::get(&global, &"window".into()).is_ok_and(|window| window == *global);
    if !has_window {
        return Err(unavailable("no_storage", "expected Web storage, found a place without a window"));
    }
    match js_sys::Reflect::get(&global, &name.into()) {
        Ok(storage) if storage.is_instance_of::<web_sys::Storage>() => Ok(raw()),
        Ok(_) => Err(unavailable("no_storage", "expected Web storage, found none")),
        Err(error) => Err(refused(&error)),
    }
}

/// Why storage refused: it is full, or it is forbidden.
#[cold]
fn refused(error: &JsValue) -> Error {
    let name = js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    match name.as_deref() {
        Some("QuotaExceededError" | "NS_ERROR_DOM_QUOTA_REACHED") => {
            unavailable("quota_exceeded", "expected room in Web storage, found it full: the cart is kept in memory")
        }
        _ => unavailable(
            "storage_forbidden",
            "expected to be allowed to use Web storage, was refused: the cart is kept in memory",
        ),
    }
}

#[cold]
fn unavailable(reason: &'static str, message: &str) -> Error {
    Error::new(Kind::Unavailable, message).because(reason)
}
