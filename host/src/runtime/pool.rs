//! Warm instances, as many as there are calls at once and no more than the operator allows.
//!
//! An instance keeps nothing between calls, so any may take any call, and a used one is worth more
//! than a new one: making one costs more than most calls, and takes page faults that every thread
//! of the process waits for. What came out of a call in any other way than by its answer (a trap, a
//! caller that gave up) is never used again: nobody knows what is in its memory.

use super::guest::{Cart, CartPre};
use super::imports::{Current, State};
use super::limits::{GRACE, Memory, Overdue};
use super::metrics::Counters;
use crate::driver::Driver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::yield_now;
use tokio::time::timeout_at;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store, UpdateDeadline};

/// When an instance is not used any further.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) instances_max: usize,
    pub(super) calls_per_instance: u32,
    pub(super) memory_bytes_max: usize,
    pub(super) memory_bytes_kept: usize,
    pub(super) record_bytes_max: usize,
}

pub(super) struct Pool {
    engine: Engine,
    component: CartPre<State>,
    driver: Arc<dyn Driver>,
    bounds: Bounds,
    counters: Arc<Counters>,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<Warm>>,
}

/// An instance. Where it is dropped, it is given up.
struct Warm {
    store: Store<State>,
    cart: Cart,
    calls: u32,
    counters: Arc<Counters>,
}

impl Drop for Warm {
    fn drop(&mut self) {
        self.counters.instances_retired.add();
    }
}

/// An instance in use. Dropped as it is, the instance goes with it; see [`Pool::give_back`].
pub(super) struct Lease {
    warm: Warm,
    // Last, so that the instance is gone before the next one may be made.
    permit: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn parts(&mut self) -> (&Cart, &mut Store<State>) {
        (&self.warm.cart, &mut self.warm.store)
    }
}

impl Pool {
    /// Fails when the component is not a cart.
    pub(super) fn new(
        engine: &Engine,
        component: InstancePre<State>,
        driver: Arc<dyn Driver>,
        bounds: Bounds,
        counters: Arc<Counters>,
    ) -> wasmtime::Result<Self> {
        Ok(Pool {
            engine: engine.clone(),
            component: CartPre::new(component)?,
            driver,
            bounds,
            counters,
            free: Arc::new(Semaphore::new(bounds.instances_max)),
            idle: Mutex::new(Vec::new()),
        })
    }

    pub(super) fn driver(&self) -> &Arc<dyn Driver> {
        &self.driver
    }

    /// Leave to use an instance; `None` when there was none until the deadline.
    pub(super) async fn permit(&self, deadline: Instant) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            return Some(permit);
        }
        self.counters.pool_waits.add();
        timeout_at(deadline.into(), Arc::clone(&self.free).acquire_owned()).await.ok()?.ok()
    }

    /// An instance for one call.
    pub(super) async fn lease(&self, permit: OwnedSemaphorePermit, current: Current) -> wasmtime::Result<Lease> {
        // The last one used: its memory is likeliest to be near.
        let warm = self.idle().pop();
        let warm = match warm {
            Some(mut warm) => {
                warm.store.data_mut().current = current;
                // The next tick, whichever that is.
                warm.store.set_epoch_deadline(1);
                warm
            }
            None => self.make(current).await?,
        };
        Ok(Lease { warm, permit })
    }

    async fn make(&self, current: Current) -> wasmtime::Result<Warm> {
        let state = State {
            driver: Arc::clone(&self.driver),
            record_bytes_max: self.bounds.record_bytes_max,
            memory: Memory::new(self.bounds.memory_bytes_max),
            current,
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.memory);
        store.epoch_deadline_callback(|context| {
            if Instant::now() >= context.data().current.deadline + GRACE {
                return Err(Overdue.into());
            }
            // Tokio's own yield lets timers and sockets have their turn as well.
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(yield_now())))
        });
        store.set_epoch_deadline(1);
        let cart = self.component.instantiate_async(&mut store).await?;
        self.counters.instances_made.add();
        Ok(Warm { store, cart, calls: 0, counters: Arc::clone(&self.counters) })
    }

    /// The call came to its answer: the instance may take another.
    pub(super) fn give_back(&self, lease: Lease) {
        let Lease { mut warm, permit } = lease;
        warm.calls += 1;
        let worn = warm.calls >= self.bounds.calls_per_instance;
        let grown = warm.store.data().memory.bytes() > self.bounds.memory_bytes_kept;
        if !worn && !grown {
            self.idle().push(warm);
        }
        // Whoever gets the permit finds the instance.
        drop(permit);
    }

    pub(super) fn idle_count(&self) -> usize {
        self.idle().len()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Warm>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
