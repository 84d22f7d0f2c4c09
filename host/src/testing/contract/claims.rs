//! Cases: what the driver declares of itself is so.

use super::sample::{NOW, address, event, record, revision, tombstone, write};
use super::{Bench, Case, Checked, Stop, hold, named, need, same};
use crate::driver::Driver;
use pushcart::error::Kind;
use pushcart::storage::{Durable, Loaded, Precondition, Scan};
use std::sync::Arc;

pub(super) fn cases(out: &mut Vec<Case>) {
    named(out);
}

/// The same store, closed and opened again.
async fn reopened(bench: &Bench) -> Result<Arc<dyn Driver>, Stop> {
    need(bench.capabilities.durable != Durable::Nothing, "the driver declares that nothing survives the process")?;
    let Some(reopen) = bench.store.reopen.clone() else {
        return Err(Stop::Skipped("no way to open the same store again was given".into()));
    };
    bench.store.driver.close().await;
    Ok(reopen().await)
}

async fn none_after_close(bench: &Bench) -> Checked {
    let cart = address("guest:1", "default");
    let outcome = bench.driver().commit(&[write(&cart, Precondition::Absent, record(revision(1, 1), 1))], NOW).await;
    hold!(
        outcome.as_ref().is_err_and(|error| error.kind() == Kind::Unavailable),
        "expected a closed store to answer that it is unavailable, found {outcome:?}"
    );
    Ok(())
}

named! {
    /// A driver has a name.
    async fn it_has_a_name(bench) {
        hold!(!bench.driver().name().is_empty(), "expected a name, found none");
    }

    /// A store that was just opened is ready.
    async fn it_is_ready(bench) {
        bench.driver().ready().await?;
    }

    /// What it declares does not change from call to call.
    async fn it_declares_the_same_each_time(bench) {
        same!(bench.driver().capabilities(), bench.capabilities, "capabilities");
    }

    /// Carts, tombstones and events survive the end of the process where that is declared.
    async fn acknowledged_is_kept(bench) {
        let (cart, ended) = (address("guest:1", "default"), address("guest:1", "ended"));
        let (stored, left) = (record(revision(7, 1), 3), tombstone(revision(8, 2)));
        let mut first = write(&cart, Precondition::Absent, &stored);
        if bench.capabilities.events {
            first.events = vec![event(revision(7, 1), 0)];
        }
        bench.done(std::slice::from_ref(&first)).await?;
        bench.done(&[write(&ended, Precondition::Any, &left)]).await?;
        let again = reopened(&bench).await?;
        same!(again.load(&cart, NOW).await?, Loaded::Record(stored), "load");
        same!(again.load(&ended, NOW).await?, Loaded::Absent(Some(left)), "load of the tombstone");
        if bench.capabilities.events {
            same!(again.outbox(10).await?, first.events, "outbox");
        }
        again.close().await;
    }

    /// A store that was opened again goes on where it was: versions, order of events.
    async fn a_reopened_store_goes_on(bench) {
        let cart = address("guest:1", "default");
        let mut first = write(&cart, Precondition::Absent, record(revision(7, 1), 1));
        let mut second = write(&cart, Precondition::Exactly(revision(7, 1)), record(revision(7, 2), 2));
        if bench.capabilities.events {
            first.events = vec![event(revision(7, 1), 0)];
            second.events = vec![event(revision(7, 2), 0)];
        }
        bench.done(std::slice::from_ref(&first)).await?;
        let again = reopened(&bench).await?;
        same!(again.commit(std::slice::from_ref(&second), NOW).await?, pushcart::storage::Committed::Done, "commit");
        if bench.capabilities.events {
            same!(again.outbox(10).await?, [first.events, second.events].concat(), "outbox");
        }
        again.close().await;
    }

    /// A store that was closed says so, where closing means anything to it.
    async fn a_closed_store_says_so(bench) {
        need(bench.capabilities.durable != Durable::Nothing, "closing means nothing to this driver")?;
        bench.driver().close().await;
        none_after_close(&bench).await?;
        // Closing what is closed is no error.
        bench.driver().close().await;
    }

    /// A driver that declares no scan refuses it as unsupported.
    async fn no_scan_is_said(bench) {
        need(!bench.capabilities.scan, "the driver declares a scan")?;
        let query = Scan { owner: String::new(), updated_before: None, after: None, limit: 1 };
        let outcome = bench.driver().scan(&query, NOW).await;
        hold!(outcome.as_ref().is_err_and(|e| e.kind() == Kind::Unsupported), "expected unsupported, found {outcome:?}");
    }

    /// A read after an acknowledged write sees it, unless stale reads are declared.
    async fn reads_are_fresh(bench) {
        need(!bench.capabilities.stale_reads, "the driver declares stale reads")?;
        let cart = address("guest:1", "default");
        bench.done(&[write(&cart, Precondition::Absent, record(revision(7, 1), 1))]).await?;
        for version in 2..=200 {
            let next = record(revision(7, version), version as i64);
            bench.done(&[write(&cart, Precondition::Exactly(revision(7, version - 1)), &next)]).await?;
            let (driver, cart) = (bench.driver(), cart.clone());
            let loaded = tokio::spawn(async move { driver.load(&cart, NOW).await }).await??;
            same!(loaded, Loaded::Record(next), "load by another task");
        }
    }

    /// A record larger than the declared limit is refused as such; nothing of it is stored.
    async fn the_size_limit_is_kept(bench) {
        const TESTED_MAX: u64 = 16 << 20;
        let Some(max) = bench.capabilities.record_bytes_max.filter(|max| *max <= TESTED_MAX) else {
            return Err(Stop::Skipped(format!("the driver declares no limit up to {TESTED_MAX} bytes")));
        };
        let cart = address("guest:1", "default");
        let mut large = record(revision(7, 1), 1);
        large.items = format!("[\"{}\"]", "a".repeat(max as usize));
        let outcome = bench.driver().commit(&[write(&cart, Precondition::Absent, large)], NOW).await;
        hold!(outcome.as_ref().is_err_and(|e| e.kind() == Kind::LimitExceeded), "expected limit_exceeded, found {outcome:?}");
        same!(bench.load(&cart).await?, Loaded::Absent(None), "load");
    }
}
