//! Cases: many writers at once, and callers that give up.
//!
//! Tasks are spawned, so on a runtime with several threads they run at the same time.

use super::sample::{NOW, address, event, record, revision, tombstone, write};
use super::{Bench, Case, Checked, Stop, hold, named, same};
use pushcart::id::Address;
use pushcart::storage::{Atomic, Committed, Loaded, Precondition, Record, Write};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::task::JoinSet;

const WRITERS: u64 = 16;

pub(super) fn cases(out: &mut Vec<Case>) {
    named(out);
}

/// The next state of a cart that counts its changes in every part.
fn counted(before: &Record) -> Record {
    let mut next = record(
        revision(before.revision.incarnation.as_bits(), before.revision.version + 1),
        before.summary.quantity + 1,
    );
    next.created_at = before.created_at;
    next
}

/// Loads, counts one up and commits, until it is done.
async fn count_up(bench: &Bench, cart: &Address, events: bool) -> Checked {
    let mut current = bench.load(cart).await?;
    loop {
        let Loaded::Record(before) = current else {
            return Err(Stop::Failed("expected a cart to count in, found none".into()));
        };
        let next = counted(&before);
        let mut change = write(cart, Precondition::Exactly(before.revision), &next);
        if events {
            change.events = vec![event(next.revision, 0)];
        }
        // Others come between for certain, also where a store never waits.
        tokio::task::yield_now().await;
        match bench.commit(&[change]).await? {
            Committed::Done => return Ok(()),
            // What the conflict carries is enough to go on, without another load.
            Committed::Conflict { current: there, .. } => current = there,
        }
    }
}

async fn all(mut tasks: JoinSet<Checked>) -> Checked {
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}

named! {
    /// Sixteen writers count in one cart: no count is lost and none is made twice.
    async fn no_count_is_lost_or_doubled(bench) {
        bench.needs_cas()?;
        let each = if bench.full { 1000 } else { 100 };
        let cart = address("guest:1", "default");
        bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))]).await?;
        let mut tasks = JoinSet::new();
        for _ in 0..WRITERS {
            let (bench, cart) = (bench.clone(), cart.clone());
            tasks.spawn(async move {
                for _ in 0..each {
                    count_up(&bench, &cart, false).await?;
                }
                Ok(())
            });
        }
        all(tasks).await?;
        let count = WRITERS * each + 1;
        let wanted = counted(&record(revision(7, count - 1), count as i64 - 1));
        same!(bench.load(&cart).await?, Loaded::Record(wanted), "load");
    }

    /// Sixteen writers count with events: there is one event of each change, in order of version.
    async fn every_change_has_its_event(bench) {
        bench.needs_cas()?;
        bench.needs_events()?;
        let cart = address("guest:1", "default");
        bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))]).await?;
        let mut tasks = JoinSet::new();
        for _ in 0..WRITERS {
            let (bench, cart) = (bench.clone(), cart.clone());
            tasks.spawn(async move {
                for _ in 0..20 {
                    count_up(&bench, &cart, true).await?;
                }
                Ok(())
            });
        }
        all(tasks).await?;
        let found: Vec<String> = bench.outbox().await?.into_iter().map(|event| event.id).collect();
        let wanted: Vec<String> = (2..=WRITERS * 20 + 1).map(|version| format!("{}.0", revision(7, version))).collect();
        same!(found, wanted, "ids in the outbox");
    }

    /// Sixteen writers count in sixteen carts at once, each in all of them.
    async fn writers_of_many_carts(bench) {
        bench.needs_cas()?;
        let carts: Arc<Vec<Address>> = Arc::new((0..WRITERS).map(|n| address(&format!("guest:{n}"), "default")).collect());
        for (cart, n) in carts.iter().zip(0..) {
            bench.done(&[write(cart, Precondition::Absent, record(revision(n, 1), 1))]).await?;
        }
        let mut tasks = JoinSet::new();
        for first in 0..WRITERS as usize {
            let (bench, carts) = (bench.clone(), carts.clone());
            tasks.spawn(async move {
                for n in 0..carts.len() * 5 {
                    count_up(&bench, &carts[(first + n) % carts.len()], false).await?;
                }
                Ok(())
            });
        }
        all(tasks).await?;
        for (cart, n) in carts.iter().zip(0..) {
            let found = bench.load(cart).await?.record().map(|record| (record.revision, record.summary.quantity));
            same!(found, Some((revision(n, WRITERS * 5 + 1), WRITERS as i64 * 5 + 1)), "cart {n}");
        }
    }

    /// Of sixteen writers that create the same cart, exactly one does.
    async fn exactly_one_creates(bench) {
        bench.needs_cas()?;
        for round in 0..20 {
            let cart = address(&format!("guest:{round}"), "default");
            let mut tasks = JoinSet::new();
            for writer in 1..=WRITERS {
                let (driver, cart) = (bench.driver(), cart.clone());
                tasks.spawn(async move {
                    let creation = write(&cart, Precondition::Absent, record(revision(writer, 1), writer as i64));
                    (writer, driver.commit(&[creation], NOW).await)
                });
            }
            let (mut winner, mut told) = (None, Vec::new());
            while let Some(task) = tasks.join_next().await {
                match task? {
                    (writer, Ok(Committed::Done)) => {
                        hold!(winner.is_none(), "expected one creation, found two: {winner:?} and {writer}");
                        winner = Some(writer);
                    }
                    (_, Ok(Committed::Conflict { current, .. })) => told.push(current),
                    (_, Err(error)) => return Err(error.into()),
                }
            }
            let winner = winner.unwrap_or_default();
            let wanted = Loaded::Record(record(revision(winner, 1), winner as i64));
            same!(bench.load(&cart).await?, wanted, "load");
            hold!(told.iter().all(|current| *current == wanted), "expected every conflict to carry the winner's cart");
        }
    }

    /// Of sixteen writers that end the same cart, exactly one does.
    async fn exactly_one_ends(bench) {
        bench.needs_cas()?;
        for round in 0..20 {
            let cart = address(&format!("guest:{round}"), "default");
            bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))]).await?;
            let mut tasks = JoinSet::new();
            for _ in 0..WRITERS {
                let (driver, cart) = (bench.driver(), cart.clone());
                tasks.spawn(async move {
                    let end = write(&cart, Precondition::Exactly(revision(7, 1)), tombstone(revision(7, 2)));
                    driver.commit(&[end], NOW).await
                });
            }
            let mut done = 0;
            while let Some(task) = tasks.join_next().await {
                done += u32::from(task?? == Committed::Done);
            }
            same!(done, 1, "number of writers that ended the cart");
        }
    }

    /// Commits of two carts in opposite order neither block each other for ever nor lose anything.
    async fn opposite_orders_do_not_deadlock(bench) {
        bench.needs_cas()?;
        bench.needs_atomic(Atomic::Any)?;
        let carts = [address("a", "default"), address("b", "default")];
        for cart in &carts {
            bench.done(&[write(cart, Precondition::Absent, record(revision(7, 1), 1000))]).await?;
        }
        let mut tasks = JoinSet::new();
        for writer in 0..WRITERS {
            let (bench, carts) = (bench.clone(), carts.clone());
            tasks.spawn(async move {
                let (from, to) = if writer % 2 == 0 { (&carts[0], &carts[1]) } else { (&carts[1], &carts[0]) };
                for _ in 0..20 {
                    while !transfer(&bench, from, to).await? {}
                }
                Ok(())
            });
        }
        all(tasks).await?;
        let (mut total, mut versions) = (0, 0);
        for cart in &carts {
            let Some(found) = bench.load(cart).await?.record() else {
                return Err(Stop::Failed("expected both carts, found one missing".into()));
            };
            total += found.summary.quantity;
            versions += found.revision.version;
        }
        same!(total, 2000, "pieces in both carts");
        same!(versions, 2 + 2 * WRITERS * 20, "versions of both carts");
    }

    /// A reader never sees one part of a write beside another part of the write before.
    async fn readers_never_see_half(bench) {
        let cart = address("guest:1", "default");
        bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))]).await?;
        let (stop, watch) = tokio::sync::watch::channel(false);
        let mut readers = JoinSet::new();
        for _ in 0..4 {
            let (bench, cart, watch) = (bench.clone(), cart.clone(), watch.clone());
            readers.spawn(async move {
                while !*watch.borrow() {
                    let Some(found) = bench.load(&cart).await?.record() else {
                        return Err(Stop::Failed("expected the cart, found it absent".into()));
                    };
                    let n = found.summary.quantity;
                    let mut wanted = record(revision(7, n as u64), n);
                    wanted.created_at = found.created_at;
                    same!(found, wanted, "a cart read while it was written");
                    tokio::task::yield_now().await;
                }
                Ok(())
            });
        }
        let mut written = Ok(());
        for _ in 0..300 {
            written = count_up(&bench, &cart, false).await;
            if written.is_err() {
                break;
            }
        }
        stop.send_replace(true);
        all(readers).await?;
        written?;
    }

    /// A commit whose caller gives up is made whole, with its events, or not at all.
    async fn a_cancelled_commit_is_whole_or_nothing(bench) {
        bench.needs_cas()?;
        let cart = address("guest:1", "default");
        let mut last = 1;
        bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))]).await?;
        for round in 0..100u64 {
            let next = last + 1;
            let mut change = write(&cart, Precondition::Exactly(revision(7, last)), record(revision(7, next), next as i64));
            if bench.capabilities.events {
                change.events = vec![event(revision(7, next), 0), event(revision(7, next), 1)];
            }
            let changes = [change];
            give_up(bench.driver().commit(&changes, NOW), round).await;
            // What was begun may still finish; a further commit comes after it.
            let found = settled(&bench, &cart).await?;
            hold!(
                found == record(revision(7, last), last as i64) || found == record(revision(7, next), next as i64),
                "expected version {last} or {next} whole, found {found:?}"
            );
            last = found.revision.version;
        }
        if bench.capabilities.events {
            same!(bench.outbox().await?.len() as u64, 2 * (last - 1), "number of events for {} changes", last - 1);
        }
    }

    /// A commit of several carts whose caller gives up is made whole or not at all.
    async fn a_cancelled_commit_of_several_is_whole_or_nothing(bench) {
        bench.needs_atomic(Atomic::Identifier)?;
        for round in 0..50 {
            let carts: Vec<Address> = (0..5).map(|n| address(&format!("guest:{round}"), &format!("cart-{n}"))).collect();
            let writes: Vec<Write> =
                carts.iter().map(|cart| write(cart, Precondition::Absent, record(revision(7, 1), 1))).collect();
            give_up(bench.driver().commit(&writes, NOW), round).await;
            bench.done(&[write(&address("settle", "default"), Precondition::Any, record(revision(1, 1), 1))]).await?;
            let mut there = 0;
            for cart in &carts {
                there += u32::from(bench.load(cart).await?.revision().is_some());
            }
            hold!(there == 0 || there == 5, "expected none or all of 5 carts, found {there}");
        }
    }

    /// A cart that ends and begins anew while others write to it takes no write meant for the one before.
    async fn a_write_never_reaches_the_next_incarnation(bench) {
        bench.needs_cas()?;
        let cart = address("guest:1", "default");
        bench.done(&[write(&cart, Precondition::Absent, record(revision(1, 1), 1))]).await?;
        let (stop, watch) = tokio::sync::watch::channel(false);
        let mut writers = JoinSet::new();
        for _ in 0..8 {
            let (bench, cart, watch) = (bench.clone(), cart.clone(), watch.clone());
            writers.spawn(async move {
                while !*watch.borrow() {
                    if let Loaded::Record(before) = bench.load(&cart).await? {
                        let change = write(&cart, Precondition::Exactly(before.revision), counted(&before));
                        bench.commit(&[change]).await?;
                    }
                    tokio::task::yield_now().await;
                }
                Ok(())
            });
        }
        let lives = async {
            for life in 2..=60 {
                // Ends whatever is there and begins anew, in two steps.
                loop {
                    let Loaded::Record(before) = bench.load(&cart).await? else { break };
                    let end = tombstone(counted(&before).revision);
                    if bench.commit(&[write(&cart, Precondition::Exactly(before.revision), end)]).await? == Committed::Done {
                        break;
                    }
                }
                bench.done(&[write(&cart, Precondition::Absent, record(revision(life, 1), 1))]).await?;
            }
            Ok::<(), Stop>(())
        };
        let lived = lives.await;
        stop.send_replace(true);
        all(writers).await?;
        lived?;
        let Some(found) = bench.load(&cart).await?.record() else {
            return Err(Stop::Failed("expected the last cart, found none".into()));
        };
        // Every write adds one to the version and to the count: they part if one came from before.
        same!(found.summary.quantity as u64, found.revision.version, "count against version");
        same!(found.revision.incarnation.as_bits(), 60, "incarnation");
    }
}

/// Drops a commit: in even rounds at its first, second, … wait, in odd ones after a growing time.
async fn give_up(commit: impl Future<Output = pushcart::error::Result<Committed>>, round: u64) {
    let mut commit = pin!(commit);
    if round % 2 == 1 {
        drop(tokio::time::timeout(Duration::from_micros(round * 10), commit).await);
        return;
    }
    let mut polls_left = round / 2 % 12;
    poll_fn(|context| {
        if polls_left == 0 {
            return Poll::Ready(());
        }
        polls_left -= 1;
        match commit.as_mut().poll(context) {
            Poll::Pending if polls_left > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

/// Moves a piece from one cart to another; false when somebody came between.
async fn transfer(bench: &Bench, from: &Address, to: &Address) -> Result<bool, Stop> {
    let (Some(a), Some(b)) = (bench.load(from).await?.record(), bench.load(to).await?.record()) else {
        return Err(Stop::Failed("expected both carts, found one missing".into()));
    };
    tokio::task::yield_now().await;
    let moved = |record: &Record, by: i64| {
        let mut next = counted(record);
        next.summary.quantity = record.summary.quantity + by;
        next
    };
    let writes = [
        write(from, Precondition::Exactly(a.revision), moved(&a, -1)),
        write(to, Precondition::Exactly(b.revision), moved(&b, 1)),
    ];
    Ok(bench.commit(&writes).await? == Committed::Done)
}

/// The cart once a commit that was begun and given up has come to its end.
async fn settled(bench: &Bench, cart: &Address) -> Result<Record, Stop> {
    let fence = address("settle", "default");
    bench.done(&[write(&fence, Precondition::Any, record(revision(1, 1), 1))]).await?;
    let mut found = bench.load(cart).await?;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        found = bench.load(cart).await?;
    }
    found.record().ok_or_else(|| Stop::Failed("expected a cart, found none".into()))
}
