//! Cases: listings are exact, ordered, and complete over pages.

use super::sample::{NOW, address, after, owned, record, revision, tombstone, write};
use super::{Bench, Case, Stop, hold, named, same};
use pushcart::id::Address;
use pushcart::storage::{Found, Precondition, Record, Scan};

pub(super) fn cases(out: &mut Vec<Case>) {
    named(out);
}

fn everything(limit: u32) -> Scan {
    Scan { owner: String::new(), updated_before: None, after: None, limit }
}

async fn store(bench: &Bench, cart: &Address, updated_ms: i64) -> Result<Record, Stop> {
    let mut stored = record(revision(updated_ms as u64 + 1, 1), updated_ms);
    stored.updated_at = after(updated_ms);
    bench.done(&[write(cart, Precondition::Absent, &stored)]).await?;
    Ok(stored)
}

async fn scan(bench: &Bench, query: &Scan) -> Result<Vec<Address>, Stop> {
    let found = bench.driver().scan(query, NOW).await?;
    Ok(found.into_iter().map(|found| found.address).collect())
}

named! {
    /// An identifier without carts has no instances.
    async fn no_instances(bench) {
        same!(bench.driver().instances("", "nobody", NOW).await?, Vec::<String>::new(), "instances");
    }

    /// The instances of an identifier are listed exactly, in byte order.
    async fn instances_in_byte_order(bench) {
        for instance in ["wishlist", "default", "Default", "é", "z", "a", "a b", "10", "9", "😀"] {
            store(&bench, &address("guest:1", instance), 1).await?;
            store(&bench, &address("guest:2", &format!("not {instance}")), 1).await?;
        }
        let wanted = ["10", "9", "Default", "a", "a b", "default", "wishlist", "z", "é", "😀"];
        same!(bench.driver().instances("", "guest:1", NOW).await?, wanted.map(String::from).to_vec(), "instances");
    }

    /// What ended or expired is no instance.
    async fn instances_that_ended_are_not_listed(bench) {
        store(&bench, &address("guest:1", "here"), 1).await?;
        bench.done(&[write(&address("guest:1", "ended"), Precondition::Any, tombstone(revision(2, 1)))]).await?;
        let mut expiring = record(revision(3, 1), 1);
        expiring.expires_at = Some(after(1000));
        bench.done(&[write(&address("guest:1", "expiring"), Precondition::Absent, expiring)]).await?;
        for (ms, wanted) in [(999, vec!["expiring", "here"]), (1000, vec!["here"])] {
            same!(bench.driver().instances("", "guest:1", after(ms)).await?, wanted, "instances at {ms}");
        }
    }

    /// Three hundred instances are all listed.
    async fn three_hundred_instances(bench) {
        let mut wanted: Vec<String> = (0..300).map(|n| format!("list {n}")).collect();
        for instance in &wanted {
            store(&bench, &address("guest:1", instance), 1).await?;
        }
        wanted.sort();
        same!(bench.driver().instances("", "guest:1", NOW).await?, wanted, "instances");
    }

    /// A scan tells of a cart what was stored with it.
    async fn a_scan_tells_what_was_stored(bench) {
        bench.needs_scan()?;
        let cart = address("guest:1", "default");
        let mut stored = record(revision(7, 3), 5);
        stored.expires_at = Some(after(1));
        stored.converted_at = Some(after(-5));
        bench.done(&[write(&cart, Precondition::Absent, &stored)]).await?;
        let wanted = Found {
            address: cart,
            revision: stored.revision,
            currency: stored.currency,
            updated_at: stored.updated_at,
            expires_at: stored.expires_at,
            converted_at: stored.converted_at,
            summary: stored.summary,
        };
        same!(bench.driver().scan(&everything(10), NOW).await?, vec![wanted], "scan");
    }

    /// A scan of an empty store finds nothing, and so does one for no carts.
    async fn a_scan_of_nothing(bench) {
        bench.needs_scan()?;
        same!(scan(&bench, &everything(10)).await?, vec![], "scan of an empty store");
        store(&bench, &address("guest:1", "default"), 1).await?;
        same!(scan(&bench, &everything(0)).await?, vec![], "scan for at most none");
    }

    /// A scan goes by the last change, then by the address in byte order.
    async fn a_scan_goes_by_age_then_address(bench) {
        bench.needs_scan()?;
        let mut wanted = vec![
            (3, address("a", "z")), (3, address("a:b", "a")), (3, address("b", "A")), (3, address("b", "a")),
            (3, address("é", "a")), (7, address("A", "a")), (900, address("0", "0")),
        ];
        for (ms, cart) in wanted.iter().rev() {
            store(&bench, cart, *ms).await?;
        }
        let found = scan(&bench, &everything(100)).await?;
        same!(found, wanted.drain(..).map(|(_, cart)| cart).collect::<Vec<_>>(), "scan");
    }

    /// A change moves a cart to the end of a scan.
    async fn a_change_makes_a_cart_young(bench) {
        bench.needs_scan()?;
        let (a, b) = (address("a", "a"), address("b", "b"));
        let stored = store(&bench, &a, 1).await?;
        store(&bench, &b, 2).await?;
        let mut next = record(revision(2, 2), 3);
        next.updated_at = after(3);
        bench.done(&[write(&a, Precondition::Exactly(stored.revision), next)]).await?;
        same!(scan(&bench, &everything(10)).await?, vec![b, a], "scan");
    }

    /// `updated_before` leaves out what changed at that moment or later.
    async fn updated_before_is_exclusive(bench) {
        bench.needs_scan()?;
        for ms in 1..=5 {
            store(&bench, &address(&format!("guest:{ms}"), "default"), ms).await?;
        }
        for (before, wanted) in [(1, 0), (2, 1), (5, 4), (6, 5)] {
            let query = Scan { updated_before: Some(after(before)), ..everything(100) };
            same!(scan(&bench, &query).await?.len(), wanted, "number of carts before {before}");
        }
    }

    /// What ended or expired is not scanned; what was checked out is.
    async fn a_scan_finds_living_carts_only(bench) {
        bench.needs_scan()?;
        let here = address("guest:1", "converted");
        let mut converted = record(revision(1, 1), 1);
        converted.converted_at = Some(NOW);
        bench.done(&[write(&here, Precondition::Absent, converted)]).await?;
        bench.done(&[write(&address("guest:1", "ended"), Precondition::Any, tombstone(revision(2, 1)))]).await?;
        let mut expired = record(revision(3, 1), 1);
        expired.expires_at = Some(NOW);
        bench.done_at(&[write(&address("guest:1", "expired"), Precondition::Absent, expired)], after(-1)).await?;
        same!(scan(&bench, &everything(10)).await?, vec![here], "scan");
    }

    /// A scan is of one owner.
    async fn a_scan_is_of_one_owner(bench) {
        bench.needs_scan()?;
        for owner in ["", "a", "A", "a "] {
            store(&bench, &owned(owner, "guest:1", "default"), 1).await?;
        }
        for owner in ["", "a", "A", "a "] {
            let query = Scan { owner: owner.into(), ..everything(10) };
            same!(scan(&bench, &query).await?, vec![owned(owner, "guest:1", "default")], "scan of {owner:?}");
        }
        let query = Scan { owner: "%".into(), ..everything(10) };
        same!(scan(&bench, &query).await?, vec![], "scan of an owner without carts");
    }

    /// Pages of any size give every cart once, in order, also where many changed in the same millisecond.
    async fn pages_give_every_cart_once(bench) {
        bench.needs_scan()?;
        for n in 0..97i64 {
            let cart = address(&format!("guest:{}", n * 37 % 97), if n % 2 == 0 { "a" } else { "b" });
            store(&bench, &cart, n / 10).await?;
        }
        let whole = bench.driver().scan(&everything(1000), NOW).await?;
        same!(whole.len(), 97, "number of carts in one page");
        for limit in [1, 2, 7, 10, 96, 97, 98] {
            let (mut paged, mut query) = (Vec::new(), everything(limit));
            loop {
                let page = bench.driver().scan(&query, NOW).await?;
                hold!(page.len() <= limit as usize, "expected at most {limit} carts in a page, found {}", page.len());
                let Some(last) = page.last() else { break };
                query.after = Some((last.updated_at, last.address.clone()));
                paged.extend(page);
                hold!(paged.len() <= 97, "expected 97 carts over pages of {limit}, found more");
            }
            same!(paged, whole, "pages of {limit} put together");
        }
    }

    /// Pages and `updated_before` go together.
    async fn pages_before_a_moment(bench) {
        bench.needs_scan()?;
        for n in 0..30 {
            store(&bench, &address(&format!("guest:{n:02}"), "default"), n / 3).await?;
        }
        let mut query = Scan { updated_before: Some(after(5)), ..everything(4) };
        let mut count = 0;
        while let Some(last) = bench.driver().scan(&query, NOW).await?.last() {
            let page = bench.driver().scan(&query, NOW).await?;
            count += page.len();
            hold!(page.iter().all(|found| found.updated_at < after(5)), "expected no cart of that moment or later");
            query.after = Some((last.updated_at, last.address.clone()));
        }
        same!(count, 15, "number of carts");
    }

    /// A cart that changes between two pages may come again, but no other is left out.
    async fn a_change_between_pages_hides_no_other(bench) {
        bench.needs_scan()?;
        for n in 0..10 {
            store(&bench, &address(&format!("guest:{n}"), "default"), n).await?;
        }
        let first = bench.driver().scan(&everything(5), NOW).await?;
        let changed = record(revision(1, 2), 100);
        bench.done(&[write(&first[0].address, Precondition::Exactly(revision(1, 1)), changed)]).await?;
        let last = &first[4];
        let query = Scan { after: Some((last.updated_at, last.address.clone())), ..everything(100) };
        let rest = scan(&bench, &query).await?;
        for n in 5..10 {
            hold!(rest.contains(&address(&format!("guest:{n}"), "default")), "expected guest:{n} on the second page");
        }
    }
}
