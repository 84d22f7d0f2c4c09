//! Cases: a cart is there until the very millisecond at which it expires, and a tombstone too.

use super::sample::{address, after, record, revision, tombstone, write};
use super::{Bench, Case, Stop, hold, named, same};
use pushcart::id::Address;
use pushcart::storage::{Committed, EndReason, Loaded, Precondition, Record, TOMBSTONE_MS, Tombstone};

pub(super) fn cases(out: &mut Vec<Case>) {
    named(out);
}

/// A stored cart that expires 1,000 ms from now.
async fn expiring(bench: &Bench) -> Result<(Address, Record), Stop> {
    let cart = address("guest:1", "default");
    let mut wanted = record(revision(7, 5), 5);
    wanted.expires_at = Some(after(1000));
    bench.done(&[write(&cart, Precondition::Absent, &wanted)]).await?;
    Ok((cart, wanted))
}

/// What a reader sees of it afterwards.
fn ended(record: &Record) -> Tombstone {
    Tombstone {
        revision: record.revision,
        reason: EndReason::Expired,
        successor: None,
        journal: record.journal.clone(),
        ended_at: after(1000),
        expires_at: after(1000 + TOMBSTONE_MS as i64),
    }
}

named! {
    /// A cart is there one millisecond before its expiry.
    async fn there_before_its_expiry(bench) {
        let (cart, wanted) = expiring(&bench).await?;
        same!(bench.load_at(&cart, after(999)).await?, Loaded::Record(wanted), "load");
    }

    /// A cart is absent from its expiry on, and load says how it ended, with its journal.
    async fn absent_at_its_expiry(bench) {
        let (cart, wanted) = expiring(&bench).await?;
        same!(bench.load_at(&cart, after(1000)).await?, Loaded::Absent(Some(ended(&wanted))), "load at the moment");
        same!(bench.load_at(&cart, after(1001)).await?, Loaded::Absent(Some(ended(&wanted))), "load after it");
    }

    /// The end of an expired cart is remembered for 24 hours, and no longer.
    async fn the_end_of_an_expired_cart_is_remembered(bench) {
        let (cart, wanted) = expiring(&bench).await?;
        let day = TOMBSTONE_MS as i64;
        let last = bench.load_at(&cart, after(1000 + day - 1)).await?;
        same!(last, Loaded::Absent(Some(ended(&wanted))), "load in the last millisecond");
        same!(bench.load_at(&cart, after(1000 + day)).await?, Loaded::Absent(None), "load after a day");
    }

    /// `Exactly` holds until the millisecond before the expiry.
    async fn exactly_holds_before_the_expiry(bench) {
        let (cart, wanted) = expiring(&bench).await?;
        let next = record(revision(7, 6), 6);
        bench.done_at(&[write(&cart, Precondition::Exactly(wanted.revision), &next)], after(999)).await?;
        same!(bench.load_at(&cart, after(5000)).await?, Loaded::Record(next), "load");
    }

    /// `Exactly` fails from the expiry on: an expired cart is not brought back by a late writer.
    async fn exactly_fails_at_the_expiry(bench) {
        bench.needs_cas()?;
        let (cart, wanted) = expiring(&bench).await?;
        let late = write(&cart, Precondition::Exactly(wanted.revision), record(revision(7, 6), 6));
        for ms in [1000, 1001, 5000] {
            let outcome = bench.commit_at(std::slice::from_ref(&late), after(ms)).await?;
            let current = Loaded::Absent(Some(ended(&wanted)));
            same!(outcome, Committed::Conflict { index: 0, current: current.clone() }, "commit at {ms}");
            same!(bench.load_at(&cart, after(ms)).await?, current, "load at {ms}");
        }
    }

    /// `Absent` fails until the millisecond before the expiry.
    async fn absent_fails_before_the_expiry(bench) {
        bench.needs_cas()?;
        let (cart, wanted) = expiring(&bench).await?;
        let outcome = bench.commit_at(&[write(&cart, Precondition::Absent, record(revision(8, 1), 1))], after(999)).await?;
        same!(outcome, Committed::Conflict { index: 0, current: Loaded::Record(wanted) }, "commit");
    }

    /// `Absent` holds from the expiry on.
    async fn absent_holds_at_the_expiry(bench) {
        let (cart, _) = expiring(&bench).await?;
        let next = record(revision(8, 1), 1);
        bench.done_at(&[write(&cart, Precondition::Absent, &next)], after(1000)).await?;
        same!(bench.load_at(&cart, after(1000)).await?, Loaded::Record(next), "load");
    }

    /// A write moves the expiry of the whole cart.
    async fn a_write_extends_the_whole_cart(bench) {
        let (cart, wanted) = expiring(&bench).await?;
        let mut next = record(revision(7, 6), 6);
        next.expires_at = Some(after(9000));
        bench.done_at(&[write(&cart, Precondition::Exactly(wanted.revision), &next)], after(500)).await?;
        same!(bench.load_at(&cart, after(8999)).await?, Loaded::Record(next), "load before the new expiry");
        hold!(bench.load_at(&cart, after(9000)).await?.record().is_none(), "expected no cart at the new expiry, found one");
    }

    /// A write can take the expiry away.
    async fn a_write_can_take_the_expiry_away(bench) {
        let (cart, wanted) = expiring(&bench).await?;
        let next = record(revision(7, 6), 6);
        bench.done(&[write(&cart, Precondition::Exactly(wanted.revision), &next)]).await?;
        same!(bench.load_at(&cart, after(1 << 40)).await?, Loaded::Record(next), "load in 35 years");
    }

    /// A cart without an expiry never ends by itself.
    async fn a_cart_without_an_expiry_never_ends(bench) {
        let (cart, wanted) = (address("guest:1", "default"), record(revision(7, 1), 1));
        bench.done(&[write(&cart, Precondition::Absent, &wanted)]).await?;
        same!(bench.load_at(&cart, after(i64::MAX / 2)).await?, Loaded::Record(wanted), "load at the end of time");
    }

    /// A tombstone is there one millisecond before its expiry and gone at it.
    async fn a_tombstone_is_kept_until_its_expiry(bench) {
        let (cart, left) = (address("guest:1", "default"), tombstone(revision(7, 6)));
        bench.done(&[write(&cart, Precondition::Any, &left)]).await?;
        same!(bench.load_at(&cart, after(3_599_999)).await?, Loaded::Absent(Some(left)), "load before");
        same!(bench.load_at(&cart, after(3_600_000)).await?, Loaded::Absent(None), "load at its expiry");
    }

    /// A tombstone survives writes to other carts.
    async fn a_tombstone_survives_other_writes(bench) {
        let (cart, left) = (address("guest:1", "default"), tombstone(revision(7, 6)));
        bench.done(&[write(&cart, Precondition::Any, &left)]).await?;
        for n in 0..50 {
            let other = address(&format!("guest:{n}"), "other");
            bench.done(&[write(&other, Precondition::Absent, record(revision(n, 1), 1))]).await?;
        }
        same!(bench.load(&cart).await?, Loaded::Absent(Some(left)), "load");
    }

    /// A cart that follows a tombstone can expire and leave a tombstone of its own.
    async fn a_second_life_ends_by_itself(bench) {
        let cart = address("guest:1", "default");
        bench.done(&[write(&cart, Precondition::Any, tombstone(revision(6, 2)))]).await?;
        let (_, wanted) = expiring(&bench).await?;
        same!(bench.load_at(&cart, after(1000)).await?, Loaded::Absent(Some(ended(&wanted))), "load");
    }

    /// One expired cart among several of a commit counts as absent, in the same step.
    async fn expiry_is_judged_within_a_commit_of_several(bench) {
        bench.needs_atomic(pushcart::storage::Atomic::Identifier)?;
        let (cart, _) = expiring(&bench).await?;
        let other = address("guest:1", "other");
        let writes = [
            write(&cart, Precondition::Absent, record(revision(8, 1), 1)),
            write(&other, Precondition::Absent, record(revision(9, 1), 1)),
        ];
        hold!(bench.commit_at(&writes, after(999)).await? != Committed::Done, "expected a conflict before the expiry");
        same!(bench.load(&other).await?, Loaded::Absent(None), "load of the other");
        bench.done_at(&writes, after(1000)).await?;
    }
}
