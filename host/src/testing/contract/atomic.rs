//! Cases: a commit of several carts is made whole or not at all.

use super::sample::{NOW, address, event, owned, record, revision, tombstone, write};
use super::{Bench, Case, Checked, hold, named, same};
use pushcart::error::Kind;
use pushcart::id::Address;
use pushcart::storage::{Atomic, Committed, Loaded, Precondition, Write};

pub(super) fn cases(out: &mut Vec<Case>) {
    named(out);
}

fn create(address: &Address, n: u64) -> Write {
    write(address, Precondition::Absent, record(revision(n, 1), n as i64))
}

async fn all_or_nothing(bench: &Bench, carts: [Address; 3]) -> Checked {
    bench.needs_cas()?;
    let writes: Vec<Write> = carts.iter().zip(1..).map(|(cart, n)| create(cart, n)).collect();
    for taken in 0..3 {
        // One is there already: none of the three is made, wherever in the list it stands.
        bench.done(&[write(&carts[taken], Precondition::Any, record(revision(50, 5), 50))]).await?;
        let outcome = bench.commit(&writes).await?;
        let current = Loaded::Record(record(revision(50, 5), 50));
        same!(
            outcome,
            Committed::Conflict { index: taken, current: current.clone() },
            "commit with cart {taken} taken"
        );
        for (n, cart) in carts.iter().enumerate() {
            let wanted = if n == taken { current.clone() } else { Loaded::Absent(None) };
            same!(bench.load(cart).await?, wanted, "load of cart {n} after the conflict");
        }
        let mut past = tombstone(revision(50, 6));
        past.expires_at = NOW;
        bench.done(&[write(&carts[taken], Precondition::Any, past)]).await?;
    }
    bench.done(&writes).await?;
    for (cart, n) in carts.iter().zip(1..) {
        same!(bench.load(cart).await?, Loaded::Record(record(revision(n, 1), n as i64)), "load of cart {n}");
    }
    Ok(())
}

named! {
    /// Several carts of one identifier are committed together or not at all.
    async fn all_or_nothing_within_an_identifier(bench) {
        bench.needs_atomic(Atomic::Identifier)?;
        all_or_nothing(&bench, [address("guest:1", "a"), address("guest:1", "b"), address("guest:1", "c")]).await?;
    }

    /// Carts of several identifiers are committed together or not at all.
    async fn all_or_nothing_across_identifiers(bench) {
        bench.needs_atomic(Atomic::Any)?;
        all_or_nothing(&bench, [address("guest:1", "a"), address("user:1", "a"), address("other", "b")]).await?;
    }

    /// Carts of several owners are committed together or not at all.
    async fn all_or_nothing_across_owners(bench) {
        bench.needs_atomic(Atomic::Any)?;
        all_or_nothing(&bench, [owned("", "u", "a"), owned("x", "u", "a"), owned("y", "u", "a")]).await?;
    }

    /// What a driver cannot do in one step it refuses; it does not try.
    async fn more_than_is_declared_is_refused(bench) {
        let (second, declared) = match bench.capabilities.atomic {
            Atomic::Any => return Err(super::Stop::Skipped("the driver declares that any carts go together".into())),
            Atomic::Identifier => (address("user:1", "a"), "of two identifiers"),
            Atomic::Cart => (address("guest:1", "b"), "of two carts"),
        };
        let first = address("guest:1", "a");
        let outcome = bench.driver().commit(&[create(&first, 1), create(&second, 2)], NOW).await;
        hold!(
            outcome.as_ref().is_err_and(|error| error.kind() == Kind::Unsupported),
            "expected a commit {declared} to be refused as unsupported, found {outcome:?}"
        );
        for cart in [&first, &second] {
            same!(bench.load(cart).await?, Loaded::Absent(None), "load after the refusal");
        }
    }

    /// A cart moves from one address to another in one step, and leaves a tombstone that names it.
    async fn a_cart_moves_in_one_step(bench) {
        bench.needs_atomic(Atomic::Any)?;
        let (from, to) = (address("guest:1", "default"), address("user:1", "default"));
        bench.done(&[create(&from, 1)]).await?;
        let mut left = tombstone(revision(1, 2));
        left.successor = Some(to.clone());
        bench
            .done(&[
                write(&from, Precondition::Exactly(revision(1, 1)), &left),
                write(&to, Precondition::Absent, record(revision(1, 2), 1)),
            ])
            .await?;
        same!(bench.load(&from).await?, Loaded::Absent(Some(left)), "load of the source");
        same!(bench.load(&to).await?, Loaded::Record(record(revision(1, 2), 1)), "load of the target");
    }

    /// Two carts change places in one step.
    async fn two_carts_change_places(bench) {
        bench.needs_atomic(Atomic::Any)?;
        let (a, b) = (address("guest:1", "default"), address("user:1", "default"));
        bench.done(&[create(&a, 1), create(&b, 2)]).await?;
        bench
            .done(&[
                write(&a, Precondition::Exactly(revision(1, 1)), record(revision(2, 2), 2)),
                write(&b, Precondition::Exactly(revision(2, 1)), record(revision(1, 2), 1)),
            ])
            .await?;
        same!(bench.load(&a).await?, Loaded::Record(record(revision(2, 2), 2)), "load of the first");
        same!(bench.load(&b).await?, Loaded::Record(record(revision(1, 2), 1)), "load of the second");
    }

    /// The events of a commit of several carts go with it; of one that conflicts, none.
    async fn events_of_several_carts_go_together(bench) {
        bench.needs_cas()?;
        bench.needs_events()?;
        bench.needs_atomic(Atomic::Identifier)?;
        let (a, b) = (address("guest:1", "a"), address("guest:1", "b"));
        let with = |mut write: Write, n: u64| {
            write.events = vec![event(revision(n, 1), 0), event(revision(n, 1), 1)];
            write
        };
        let writes = [with(create(&a, 1), 1), with(create(&b, 2), 2)];
        bench.done(&[create(&b, 3)]).await?;
        hold!(bench.commit(&writes).await? != Committed::Done, "expected a conflict, found the commit done");
        same!(bench.outbox().await?, vec![], "outbox after the conflict");
        let mut free = tombstone(revision(3, 2));
        free.expires_at = NOW;
        bench.done(&[write(&b, Precondition::Any, free)]).await?;
        bench.done(&writes).await?;
        let wanted: Vec<_> = writes.iter().flat_map(|write| write.events.clone()).collect();
        same!(bench.outbox().await?, wanted, "outbox");
    }

    /// A commit that names a cart twice is refused as invalid, and makes nothing.
    async fn a_cart_named_twice_is_refused(bench) {
        let cart = address("guest:1", "a");
        let outcome = bench.driver().commit(&[create(&cart, 1), create(&cart, 2)], NOW).await;
        let expected = if bench.capabilities.atomic == Atomic::Cart { Kind::Unsupported } else { Kind::Invalid };
        hold!(
            outcome.as_ref().is_err_and(|error| error.kind() == expected || error.kind() == Kind::Invalid),
            "expected a refusal of kind {expected}, found {outcome:?}"
        );
        same!(bench.load(&cart).await?, Loaded::Absent(None), "load");
    }

    /// A commit of nothing is done.
    async fn a_commit_of_nothing_is_done(bench) {
        same!(bench.commit(&[]).await?, Committed::Done, "commit");
    }

    /// A hundred carts of one identifier go together.
    async fn a_hundred_carts_in_one_commit(bench) {
        bench.needs_atomic(Atomic::Identifier)?;
        let writes: Vec<Write> =
            (1..=100).map(|n| create(&address("guest:1", &format!("instance-{n}")), n)).collect();
        bench.done(&writes).await?;
        for (write, n) in writes.iter().zip(1..) {
            same!(bench.load(&write.address).await?, Loaded::Record(record(revision(n, 1), n as i64)), "load of cart {n}");
        }
    }
}
