//! Cases: a stored cart that cannot be read is an error, and is left as it is.
//!
//! The author says how to damage one; see [`super::Store::damage`].

use super::sample::{NOW, address, after, event, record, revision, tombstone, write};
use super::{Bench, Case, Checked, Stop, hold, named, same};
use pushcart::error::Kind;
use pushcart::id::Address;
use pushcart::storage::{Atomic, Loaded, Precondition};

pub(super) fn cases(out: &mut Vec<Case>) {
    named(out);
}

/// A stored cart of version 5 that was then damaged.
async fn damaged(bench: &Bench) -> Result<Address, Stop> {
    let damage = bench.needs_damage()?;
    let cart = address("guest:1", "default");
    bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 5), 5))]).await?;
    damage(cart.clone()).await;
    Ok(cart)
}

async fn still_corrupt(bench: &Bench, cart: &Address) -> Checked {
    match bench.driver().load(cart, NOW).await {
        Err(error) if error.kind() == Kind::Corrupt => Ok(()),
        other => Err(Stop::Failed(format!("load: expected an error of kind corrupt, found {other:?}"))),
    }
}

async fn not_overwritten(bench: &Bench, precondition: Precondition) -> Checked {
    let cart = damaged(bench).await?;
    for change in
        [write(&cart, precondition, record(revision(7, 6), 6)), write(&cart, precondition, tombstone(revision(7, 6)))]
    {
        let mut change = change;
        if bench.capabilities.events {
            change.events = vec![event(revision(7, 6), 0)];
        }
        let outcome = bench.driver().commit(&[change], NOW).await;
        hold!(
            outcome.as_ref().is_err_and(|error| error.kind() == Kind::Corrupt),
            "commit: expected an error of kind corrupt, found {outcome:?}"
        );
        still_corrupt(bench, &cart).await?;
    }
    if bench.capabilities.events {
        same!(bench.outbox().await?, vec![], "outbox");
    }
    Ok(())
}

named! {
    /// A cart that cannot be read is an error of kind corrupt, not an absent cart.
    async fn unreadable_is_not_absent(bench) {
        let cart = damaged(&bench).await?;
        still_corrupt(&bench, &cart).await?;
    }

    /// A write without a condition does not overwrite what cannot be read.
    async fn unreadable_is_not_overwritten_by_any(bench) {
        not_overwritten(&bench, Precondition::Any).await?;
    }

    /// A creation does not overwrite what cannot be read.
    async fn unreadable_is_not_overwritten_by_absent(bench) {
        not_overwritten(&bench, Precondition::Absent).await?;
    }

    /// A change of the version that was there before does not overwrite what cannot be read.
    async fn unreadable_is_not_overwritten_by_exactly(bench) {
        not_overwritten(&bench, Precondition::Exactly(revision(7, 5))).await?;
    }

    /// One cart that cannot be read stops the whole commit it is in.
    async fn unreadable_stops_the_whole_commit(bench) {
        bench.needs_atomic(Atomic::Identifier)?;
        let cart = damaged(&bench).await?;
        let other = address("guest:1", "other");
        for damaged_first in [true, false] {
            let mut writes = vec![
                write(&cart, Precondition::Any, record(revision(7, 6), 6)),
                write(&other, Precondition::Absent, record(revision(8, 1), 1)),
            ];
            if !damaged_first {
                writes.reverse();
            }
            let outcome = bench.driver().commit(&writes, NOW).await;
            hold!(outcome.is_err(), "expected an error, found {outcome:?}");
            same!(bench.load(&other).await?, Loaded::Absent(None), "load of the other");
        }
    }

    /// Other carts can be read and written beside one that cannot.
    async fn others_are_not_affected(bench) {
        let cart = damaged(&bench).await?;
        let other = address("guest:1", "other");
        bench.done(&[write(&other, Precondition::Absent, record(revision(8, 1), 1))]).await?;
        same!(bench.load(&other).await?, Loaded::Record(record(revision(8, 1), 1)), "load of the other");
        hold!(
            bench.driver().instances("", "guest:1", NOW).await.is_ok_and(|found| found.contains(&"other".into())),
            "expected the other among the instances"
        );
        still_corrupt(&bench, &cart).await?;
    }

    /// A cart that cannot be read does not turn into an absent one with time.
    async fn unreadable_does_not_expire(bench) {
        let damage = bench.needs_damage()?;
        let cart = address("guest:1", "default");
        let mut expiring = record(revision(7, 5), 5);
        expiring.expires_at = Some(after(1000));
        bench.done(&[write(&cart, Precondition::Absent, expiring)]).await?;
        damage(cart.clone()).await;
        let late = bench.driver().load(&cart, after(5000)).await;
        hold!(late.as_ref().is_err_and(|error| error.kind() == Kind::Corrupt), "expected corrupt, found {late:?}");
        let outcome = bench.driver().commit(&[write(&cart, Precondition::Absent, record(revision(8, 1), 1))], after(5000)).await;
        hold!(outcome.is_err(), "expected an error, found {outcome:?}");
    }
}
