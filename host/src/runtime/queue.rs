//! Changes to one cart, one after the other; changes to different carts, side by side.
//!
//! Storage alone would keep every change: a late one meets a conflict and is applied again. But
//! many changes to one cart at once would mostly redo each other's work, so within a process they
//! stand in line, first come, first served. Who gives up leaves the line by being dropped, and a
//! cart that nobody waits for takes no memory.

use pushcart::id::Address;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// The lines of all carts.
#[derive(Clone, Default)]
pub(super) struct Queue(Arc<Mutex<HashMap<Address, Line>>>);

/// The line of one cart: how many stand in it, the one whose turn it is included.
struct Line {
    standing: usize,
    turn: Arc<Semaphore>,
}

impl Queue {
    /// Takes a place at the end of the cart's line.
    pub(super) fn join(&self, address: &Address) -> Place {
        let turn = match self.lines().entry(address.clone()) {
            Entry::Occupied(mut line) => {
                line.get_mut().standing += 1;
                Arc::clone(&line.get().turn)
            }
            Entry::Vacant(none) => {
                Arc::clone(&none.insert(Line { standing: 1, turn: Arc::new(Semaphore::new(1)) }).turn)
            }
        };
        Place { queue: self.clone(), address: address.clone(), turn }
    }

    /// How many carts have a line.
    #[cfg(test)]
    pub(super) fn carts(&self) -> usize {
        self.lines().len()
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Address, Line>> {
        // Nothing panics while the lock is held, and counts are right after every step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a cart's line; dropping it is leaving.
pub(super) struct Place {
    queue: Queue,
    address: Address,
    turn: Arc<Semaphore>,
}

impl Place {
    /// The turn, if nobody stands before this place.
    pub(super) fn try_turn(self) -> Result<Turn, Place> {
        match Arc::clone(&self.turn).try_acquire_owned() {
            Ok(permit) => Ok(Turn { _permit: permit, _place: self }),
            Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => Err(self),
        }
    }

    /// Waits for the turn.
    pub(super) async fn turn(self) -> Option<Turn> {
        let permit = Arc::clone(&self.turn).acquire_owned().await.ok()?;
        Some(Turn { _permit: permit, _place: self })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lines = self.queue.lines();
        if let Some(line) = lines.get_mut(&self.address) {
            line.standing -= 1;
            if line.standing == 0 {
                lines.remove(&self.address);
            }
        }
    }
}

/// The turn to change a cart; dropping it lets the next one in.
pub(super) struct Turn {
    // In this order: the next one is let in before this place goes.
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    fn address(name: &str) -> Address {
        Address::new("", name, "default").unwrap()
    }

    #[tokio::test]
    async fn turns_are_taken_in_the_order_of_arrival() {
        let queue = Queue::default();
        let first = queue.join(&address("a")).try_turn().ok().unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for n in 0..10 {
            let (place, order) = (queue.join(&address("a")), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let _turn = place.turn().await.unwrap();
                order.lock().unwrap().push(n);
                tokio::task::yield_now().await;
            }));
            tokio::task::yield_now().await;
        }
        assert!(queue.join(&address("a")).try_turn().is_err());
        assert!(queue.join(&address("b")).try_turn().is_ok());
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), (0..10).collect::<Vec<_>>());
        assert_eq!(queue.carts(), 0);
    }

    #[tokio::test]
    async fn who_gives_up_leaves_the_line() {
        let queue = Queue::default();
        let first = queue.join(&address("a")).turn().await.unwrap();
        assert!(timeout(Duration::from_millis(5), queue.join(&address("a")).turn()).await.is_err());
        drop(queue.join(&address("a")));
        drop(first);
        assert_eq!(queue.carts(), 0);
        assert!(queue.join(&address("a")).try_turn().is_ok());
    }
}
