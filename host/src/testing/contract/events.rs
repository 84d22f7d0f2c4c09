//! Cases: events are kept with their commit, in order, once, until they are delivered.

use super::sample::{address, event, record, revision, write};
use super::{Bench, Case, Checked, hold, named, same};
use pushcart::storage::{Committed, Precondition, StoredEvent, Write};

pub(super) fn cases(out: &mut Vec<Case>) {
    named(out);
}

/// Creates a cart of its own with `count` events.
fn with_events(n: u64, count: u64) -> Write {
    let mut change = write(&address(&format!("guest:{n}"), "default"), Precondition::Absent, record(revision(n, 1), 1));
    change.events = (0..count).map(|index| event(revision(n, 1), index)).collect();
    change
}

fn ids(events: &[StoredEvent]) -> Vec<String> {
    events.iter().map(|event| event.id.clone()).collect()
}

async fn count_of_events(bench: &Bench, count: u64) -> Checked {
    bench.needs_events()?;
    let change = with_events(1, count);
    bench.done(std::slice::from_ref(&change)).await?;
    same!(bench.outbox().await?, change.events, "outbox after a creation");
    let mut next = write(&change.address, Precondition::Exactly(revision(1, 1)), record(revision(1, 2), 2));
    next.events = (0..count).map(|index| event(revision(1, 2), index)).collect();
    bench.done(std::slice::from_ref(&next)).await?;
    same!(bench.outbox().await?, [change.events, next.events].concat(), "outbox after a change");
    Ok(())
}

named! {
    /// A commit without events leaves the outbox empty.
    async fn no_events(bench) {
        count_of_events(&bench, 0).await?;
    }

    /// The event of a commit is in the outbox.
    async fn one_event(bench) {
        count_of_events(&bench, 1).await?;
    }

    /// Several events of a commit are in the outbox in their order.
    async fn several_events(bench) {
        count_of_events(&bench, 3).await?;
    }

    /// Sixteen events of a commit are in the outbox in their order.
    async fn sixteen_events(bench) {
        count_of_events(&bench, 16).await?;
    }

    /// Seventeen events of a commit are in the outbox in their order.
    async fn seventeen_events(bench) {
        count_of_events(&bench, 17).await?;
    }

    /// A thousand events of a commit are in the outbox in their order.
    async fn a_thousand_events(bench) {
        count_of_events(&bench, 1000).await?;
    }

    /// An event is kept as it is, whatever characters it holds.
    async fn an_event_is_kept_as_it_is(bench) {
        bench.needs_events()?;
        let mut change = with_events(1, 1);
        change.events[0].body = "{\"a\":\"it's \\u0000 \\\" % _ ? $1 😀 é\"}".into();
        change.events[0].kind = "cart.item's \"kind\"".into();
        let mut large = with_events(2, 1);
        large.events[0].body = format!("\"{}\"", "é".repeat(200_000));
        bench.done(&[change.clone()]).await?;
        bench.done(&[large.clone()]).await?;
        same!(bench.outbox().await?, [change.events, large.events].concat(), "outbox");
    }

    /// The outbox is in order of commit.
    async fn the_outbox_is_in_order_of_commit(bench) {
        bench.needs_events()?;
        let mut wanted = Vec::new();
        for n in (1..=40).rev() {
            let change = with_events(n, 2);
            wanted.extend(change.events.clone());
            bench.done(&[change]).await?;
        }
        same!(bench.outbox().await?, wanted, "outbox");
    }

    /// The outbox gives at most as many as asked for, the oldest first, and the same until delivered.
    async fn the_outbox_gives_the_oldest(bench) {
        bench.needs_events()?;
        let change = with_events(1, 10);
        bench.done(std::slice::from_ref(&change)).await?;
        for limit in [0, 1, 9, 10, 11] {
            let found = bench.driver().outbox(limit).await?;
            same!(found, change.events[..10.min(limit as usize)].to_vec(), "outbox of at most {limit}");
        }
    }

    /// What was delivered is gone; the rest is there, in order.
    async fn delivered_events_go(bench) {
        bench.needs_events()?;
        let change = with_events(1, 10);
        bench.done(std::slice::from_ref(&change)).await?;
        let all = ids(&change.events);
        bench.driver().delivered(&[all[0].clone(), all[1].clone(), all[5].clone()]).await?;
        let rest: Vec<_> = [2, 3, 4, 6, 7, 8, 9].map(|n: usize| all[n].clone()).to_vec();
        same!(ids(&bench.outbox().await?), rest, "outbox");
        bench.driver().delivered(&rest).await?;
        same!(bench.outbox().await?, vec![], "outbox at last");
    }

    /// Delivering what is not there, or nothing, or twice, is no error.
    async fn delivering_twice_is_no_error(bench) {
        bench.needs_events()?;
        let change = with_events(1, 2);
        bench.done(std::slice::from_ref(&change)).await?;
        let first = change.events[0].id.clone();
        bench.driver().delivered(&[]).await?;
        bench.driver().delivered(&["nothing'; --".into(), "%".into()]).await?;
        bench.driver().delivered(&[first.clone(), first.clone()]).await?;
        bench.driver().delivered(&[first]).await?;
        same!(ids(&bench.outbox().await?), vec![change.events[1].id.clone()], "outbox");
    }

    /// Five hundred events are delivered in one call.
    async fn many_are_delivered_at_once(bench) {
        bench.needs_events()?;
        let change = with_events(1, 500);
        bench.done(std::slice::from_ref(&change)).await?;
        bench.driver().delivered(&ids(&change.events)[..499]).await?;
        same!(bench.outbox().await?, change.events[499..].to_vec(), "outbox");
    }

    /// New events come after those that were there, also when the outbox was empty in between.
    async fn order_survives_delivery(bench) {
        bench.needs_events()?;
        bench.done(&[with_events(1, 3)]).await?;
        bench.driver().delivered(&ids(&with_events(1, 3).events)).await?;
        bench.done(&[with_events(2, 1)]).await?;
        bench.done(&[with_events(3, 1)]).await?;
        let wanted = [with_events(2, 1).events, with_events(3, 1).events].concat();
        same!(bench.outbox().await?, wanted, "outbox");
    }

    /// A commit that conflicts keeps no events, however many there are.
    async fn a_conflict_keeps_no_events(bench) {
        bench.needs_events()?;
        bench.needs_cas()?;
        bench.done(&[with_events(1, 0)]).await?;
        for count in [1, 2, 16, 17, 40] {
            let created = with_events(1, count);
            hold!(bench.commit(&[created]).await? != Committed::Done, "expected a conflict with {count} events");
            let mut changed = with_events(1, count);
            changed.precondition = Precondition::Exactly(revision(1, 9));
            hold!(bench.commit(&[changed]).await? != Committed::Done, "expected a conflict with {count} events");
            same!(bench.outbox().await?, vec![], "outbox after a conflict with {count} events");
        }
    }

    /// An event whose id is in the outbox is kept once.
    async fn the_same_event_is_kept_once(bench) {
        bench.needs_events()?;
        let mut again = with_events(1, 2);
        bench.done(std::slice::from_ref(&again)).await?;
        again.precondition = Precondition::Any;
        again.events.push(event(revision(1, 1), 2));
        bench.done(std::slice::from_ref(&again)).await?;
        let mut exactly = again.clone();
        exactly.precondition = Precondition::Exactly(revision(1, 1));
        bench.done(&[exactly]).await?;
        same!(bench.outbox().await?, again.events, "outbox");
    }

    /// Events of a tombstone are kept as those of a cart.
    async fn the_end_of_a_cart_has_events(bench) {
        bench.needs_events()?;
        bench.done(&[with_events(1, 1)]).await?;
        let mut end = with_events(1, 0);
        end.precondition = Precondition::Exactly(revision(1, 1));
        end.slot = pushcart::storage::Slot::Tombstone(super::sample::tombstone(revision(1, 2)));
        end.events = vec![event(revision(1, 2), 0)];
        bench.done(&[end]).await?;
        same!(ids(&bench.outbox().await?), vec![event(revision(1, 1), 0).id, event(revision(1, 2), 0).id], "outbox");
    }
}
