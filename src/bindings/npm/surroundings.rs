//! Clock and randomness: the page's own, or what a test puts in their place.

use crate::error::{Error, Result};
use crate::id::Entropy;
use crate::live::Moment;
use crate::time::Timestamp;
use core::cell::{Cell, RefCell};
use js_sys::{BigUint64Array, Date, Function};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn fill(into: &BigUint64Array) -> core::result::Result<(), JsValue>;
}

/// Where the time and the randomness of calls come from.
#[derive(Default)]
pub(super) struct Surroundings {
    replaced: RefCell<Replaced>,
    /// Drawn once; each call's randomness is derived from it. Nothing that comes of it is a secret.
    seed: Cell<Option<Entropy>>,
    drawn: Cell<u64>,
}

#[derive(Default)]
struct Replaced {
    clock: Option<Function>,
    random: Option<Function>,
}

impl Surroundings {
    /// Puts functions in the place of clock and randomness.
    pub(super) fn replace(&self, clock: Option<Function>, random: Option<Function>) {
        *self.replaced.borrow_mut() = Replaced { clock, random };
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        let replaced = self.replaced.borrow();
        let ms = match &replaced.clock {
            Some(clock) => clock.call0(&JsValue::UNDEFINED).ok().and_then(|ms| ms.as_f64()).unwrap_or_default(),
            None => Date::now(),
        };
        Timestamp::from_ms(ms as i64)
    }

    /// Randomness.
    pub(super) fn entropy(&self) -> Result<Entropy> {
        if let Some(random) = &self.replaced.borrow().random {
            let bits = random.call0(&JsValue::UNDEFINED).and_then(|bits| bits.dyn_into::<BigUint64Array>());
            return words(bits);
        }
        let seed = match self.seed.get() {
            Some(seed) => seed,
            None => {
                let bits = BigUint64Array::new_with_length(4);
                words(fill(&bits).map(|()| bits))?
            }
        };
        self.seed.set(Some(seed));
        self.drawn.set(self.drawn.get() + 1);
        Ok(seed.derive(self.drawn.get()))
    }

    /// Both.
    pub(super) fn moment(&self) -> Result<Moment> {
        Ok(Moment { now: self.now(), entropy: self.entropy()? })
    }
}

#[cold]
fn words(bits: core::result::Result<BigUint64Array, JsValue>) -> Result<Entropy> {
    let mut words = [0; 4];
    match bits {
        Ok(bits) if bits.length() == 4 => bits.copy_to(&mut words),
        _ => return Err(Error::invalid("expected a source of randomness (crypto.getRandomValues), found none")),
    }
    Ok(Entropy(words))
}

/// A number of JavaScript that is whole and exact.
pub(super) fn whole(number: f64) -> Option<i64> {
    const MAX: f64 = 9_007_199_254_740_991.0;
    (number.trunc() == number && number.abs() <= MAX).then_some(number as i64)
}
