//! Cases: every precondition against everything that can stand at an address.

use super::sample::{NOW, address, after, event, record, revision, seen, tombstone, write};
use super::{Bench, Case, Checked, case, hold, named, same};
use pushcart::id::Revision;
use pushcart::storage::{Committed, Loaded, Precondition, Slot, TOMBSTONE_MS};
use std::sync::Arc;

const PROMISE: &str = "A write is made if its precondition holds for what a reader sees at that moment; \
                       otherwise nothing is written, and the answer carries what is there.";

fn there() -> Revision {
    revision(7, 5)
}

/// What stands at the address, and what a reader is to see of it.
fn states() -> [(&'static str, Option<Slot>); 6] {
    let expired = |ms_ago: i64| {
        let mut cart = record(there(), 5);
        cart.expires_at = Some(after(-ms_ago));
        Slot::Record(cart)
    };
    let mut past = tombstone(there());
    past.expires_at = NOW;
    [
        ("nothing", None),
        ("a_living_cart", Some(Slot::Record(record(there(), 5)))),
        ("a_tombstone", Some(Slot::Tombstone(tombstone(there())))),
        ("a_tombstone_past_its_time", Some(Slot::Tombstone(past))),
        ("an_expired_cart", Some(expired(0))),
        ("a_long_expired_cart", Some(expired(TOMBSTONE_MS as i64))),
    ]
}

fn preconditions() -> [(&'static str, Precondition); 6] {
    [
        ("any", Precondition::Any),
        ("absent", Precondition::Absent),
        ("exactly_that", Precondition::Exactly(there())),
        ("exactly_an_older_version", Precondition::Exactly(revision(7, 4))),
        ("exactly_a_newer_version", Precondition::Exactly(revision(7, 6))),
        ("exactly_another_incarnation", Precondition::Exactly(revision(8, 5))),
    ]
}

pub(super) fn cases(out: &mut Vec<Case>) {
    for (state_name, state) in states() {
        for (precondition_name, precondition) in preconditions() {
            for (what, slot) in [
                ("cart", Slot::Record(record(revision(9, 1), 1))),
                ("tombstone", Slot::Tombstone(tombstone(revision(7, 6)))),
            ] {
                let state = state.clone();
                out.push(case(
                    format!("precondition/{what}_on_{state_name}_if_{precondition_name}"),
                    PROMISE,
                    move |bench| one(bench, state, precondition, slot),
                ));
            }
        }
    }
    named(out);
}

async fn one(bench: Arc<Bench>, state: Option<Slot>, precondition: Precondition, slot: Slot) -> Checked {
    if precondition != Precondition::Any {
        bench.needs_cas()?;
    }
    let cart = address("guest:1", "default");
    let before = state.clone().map_or(Loaded::Absent(None), seen);
    if let Some(state) = state {
        bench.done_at(&[write(&cart, Precondition::Any, state)], after(-(TOMBSTONE_MS as i64) - 1)).await?;
    }
    same!(bench.load(&cart).await?, before, "load before");
    let mut change = write(&cart, precondition, slot.clone());
    if bench.capabilities.events {
        change.events = vec![event(revision(9, 1), 0)];
    }
    let outcome = bench.commit(&[change]).await?;
    if precondition.holds(before.revision()) {
        same!(outcome, Committed::Done, "commit");
        same!(bench.load(&cart).await?, seen(slot), "load after");
    } else {
        same!(outcome, Committed::Conflict { index: 0, current: before.clone() }, "commit");
        same!(bench.load(&cart).await?, before, "load after the conflict");
        if bench.capabilities.events {
            hold!(bench.outbox().await?.is_empty(), "expected no events of a commit that was not made, found some");
        }
    }
    Ok(())
}

named! {
    /// Version 5 of a cart that was destroyed does not match version 5 of its successor.
    async fn a_new_incarnation_does_not_match_the_old_one(bench) {
        bench.needs_cas()?;
        let cart = address("guest:1", "default");
        bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))]).await?;
        bench.done(&[write(&cart, Precondition::Exactly(revision(7, 1)), tombstone(revision(7, 2)))]).await?;
        for version in 1..=5 {
            bench.done(&[write(&cart, Precondition::Any, record(revision(8, version), 1))]).await?;
        }
        let stale = write(&cart, Precondition::Exactly(revision(7, 5)), record(revision(7, 6), 2));
        let current = Loaded::Record(record(revision(8, 5), 1));
        same!(bench.commit(&[stale]).await?, Committed::Conflict { index: 0, current }, "commit");
    }

    /// The second of two writers with the same base is told, and what it is told is enough to go on.
    async fn the_second_writer_is_told_what_is_there(bench) {
        bench.needs_cas()?;
        let cart = address("guest:1", "default");
        let base = Precondition::Exactly(revision(7, 1));
        bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))]).await?;
        bench.done(&[write(&cart, base, record(revision(7, 2), 2))]).await?;
        let Committed::Conflict { index: 0, current } = bench.commit(&[write(&cart, base, record(revision(7, 2), 9))]).await?
        else {
            return Err(super::Stop::Failed("expected a conflict, found the second write done".into()));
        };
        same!(current, Loaded::Record(record(revision(7, 2), 2)), "what the conflict carries");
        let Some(revision_there) = current.revision() else { return Err(super::Stop::Failed("expected a cart".into())) };
        bench.done(&[write(&cart, Precondition::Exactly(revision_there), record(revision(7, 3), 3))]).await?;
        same!(bench.load(&cart).await?, Loaded::Record(record(revision(7, 3), 3)), "load");
    }

    /// Each of a hundred changes in a row is judged against the one before.
    async fn a_hundred_changes_in_a_row(bench) {
        let cart = address("guest:1", "default");
        bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))]).await?;
        for version in 2..=100 {
            let base = Precondition::Exactly(revision(7, version - 1));
            bench.done(&[write(&cart, base, record(revision(7, version), version as i64))]).await?;
        }
        same!(bench.load(&cart).await?, Loaded::Record(record(revision(7, 100), 100)), "load");
    }

    /// A condition on a cart is judged by that cart alone, whatever others hold.
    async fn another_cart_does_not_matter(bench) {
        bench.needs_cas()?;
        let (mine, other) = (address("guest:1", "default"), address("guest:1", "wishlist"));
        bench.done(&[write(&other, Precondition::Absent, record(revision(7, 5), 1))]).await?;
        bench.done(&[write(&mine, Precondition::Absent, record(revision(8, 1), 1))]).await?;
        let wrong = write(&mine, Precondition::Exactly(revision(7, 5)), record(revision(7, 6), 1));
        hold!(bench.commit(&[wrong]).await? != Committed::Done, "expected a conflict, found the write done");
    }
}
