//! Cases: what is stored comes back as it was, field by field.

use super::sample::{NOW, address, after, record, revision, seen, tombstone, write};
use super::{Case, case, named, same};
use pushcart::error::Kind;
use pushcart::storage::{EndReason, Loaded, Precondition, Record, Summary, Tombstone};
use pushcart::time::Timestamp;

type Change<T> = (&'static str, fn(&mut T));

/// A changed field each.
const RECORDS: &[Change<Record>] = &[
    ("plain", |_| {}),
    ("empty_items", |r| r.items = "[]".into()),
    ("empty_conditions", |r| r.conditions = "[]".into()),
    ("empty_metadata", |r| r.metadata = "{}".into()),
    ("empty_journal", |r| r.journal = String::new()),
    ("empty_everything", |r| {
        r.items = "[]".into();
        r.conditions = "[]".into();
        r.metadata = "{}".into();
        r.journal = String::new();
        r.summary = Summary::default();
    }),
    ("id", |r| r.id = "f".repeat(32)),
    ("incarnation_zero", |r| r.revision = revision(0, 1)),
    ("incarnation_greatest", |r| r.revision = revision(u64::MAX, 1)),
    ("incarnation_of_high_bit", |r| r.revision = revision(1 << 63, 1)),
    ("version_one", |r| r.revision = revision(7, 1)),
    ("version_past_what_javascript_counts", |r| r.revision = revision(7, (1 << 53) + 1)),
    ("version_greatest", |r| r.revision = revision(7, i64::MAX as u64)),
    ("currency", |r| r.currency = "JPY".into()),
    ("rounding", |r| r.rounding = "floor".into()),
    ("expiry", |r| r.expires_at = Some(after(1))),
    ("expiry_at_the_end_of_time", |r| r.expires_at = Some(Timestamp::from_ms(i64::MAX))),
    ("created_at_the_beginning_of_time", |r| r.created_at = Timestamp::from_ms(0)),
    ("milliseconds", |r| {
        r.created_at = after(-1);
        r.updated_at = after(999);
    }),
    ("converted", |r| {
        r.converted_at = Some(after(-7));
        r.order = Some("ORDER-1".into());
    }),
    ("converted_without_order", |r| r.converted_at = Some(after(-7))),
    ("order_of_odd_characters", |r| {
        r.converted_at = Some(after(-7));
        r.order = Some("a'b\"c\\d\0e\nf%_😀".into());
    }),
    ("order_empty", |r| {
        r.converted_at = Some(after(-7));
        r.order = Some(String::new());
    }),
    ("summary_greatest", |r| {
        r.summary = Summary { quantity: i64::MAX, lines: i64::MAX, total: i64::MAX };
    }),
    ("summary_least", |r| r.summary = Summary { quantity: i64::MIN, lines: i64::MIN, total: i64::MIN }),
    ("quotes_in_lists", |r| {
        r.items = r#"[{"id":"it's \"quoted\" \\ back","name":"';--"}]"#.into();
        r.metadata = r#"{"'":"\"","%s":"$1","?":":x"}"#.into();
    }),
    ("escapes_stay_escapes", |r| r.metadata = "{\"a\":\"\\u0000\\u2028\\ud83d\\ude00\"}".into()),
    ("unicode_in_lists", |r| r.metadata = "{\"a\":\"\u{2028}\u{2029}é e\u{301} 😀 \u{202e}rtl\"}".into()),
    ("blanks_and_order_of_fields", |r| r.metadata = "{ \"b\" : 1 , \"a\" : 2 }".into()),
    ("numbers_as_written", |r| r.metadata = r#"{"a":1.0,"b":1e2,"c":0.1000000000000000055511151231257827}"#.into()),
    ("journal_of_any_text", |r| r.journal = "\0\n\r\t'\"\\{}[]%_\u{7f}é😀".into()),
];

/// A changed field each.
const TOMBSTONES: &[Change<Tombstone>] = &[
    ("destroyed", |t| t.reason = EndReason::Destroyed),
    ("expired", |t| t.reason = EndReason::Expired),
    ("merged", |t| {
        t.reason = EndReason::Merged;
        t.successor = Some(address("user:1", "default"));
    }),
    ("swapped", |t| {
        t.reason = EndReason::Swapped;
        t.successor = Some(super::sample::owned("shop", "u'\0%", "wish list"));
    }),
    ("empty_journal", |t| t.journal = String::new()),
    ("journal_of_any_text", |t| t.journal = "\0\n'\"\\é😀".into()),
    ("incarnation_greatest", |t| t.revision = revision(u64::MAX, i64::MAX as u64)),
    ("kept_for_one_more_millisecond", |t| t.expires_at = after(1)),
];

pub(super) fn cases(out: &mut Vec<Case>) {
    for (name, change) in RECORDS {
        out.push(case(
            format!("record/{name}"),
            "A stored cart comes back as it was, in every field.",
            move |bench| async move {
                let mut wanted = record(revision(7, 1), 3);
                change(&mut wanted);
                let cart = address("guest:1", "default");
                bench.done(&[write(&cart, Precondition::Absent, &wanted)]).await?;
                same!(bench.load(&cart).await?, Loaded::Record(wanted.clone()), "load");
                // The way of a change differs from that of a creation in many drivers.
                let exactly = Precondition::Exactly(wanted.revision);
                bench.done(&[write(&cart, exactly, &wanted)]).await?;
                same!(bench.load(&cart).await?, Loaded::Record(wanted), "load after a second write");
                Ok(())
            },
        ));
    }
    for (name, change) in TOMBSTONES {
        out.push(case(
            format!("tombstone/{name}"),
            "A stored tombstone comes back as it was, in every field.",
            move |bench| async move {
                let mut wanted = tombstone(revision(7, 4));
                change(&mut wanted);
                let cart = address("guest:1", "default");
                let before = record(revision(7, 3), 3);
                bench.done(&[write(&cart, Precondition::Absent, &before)]).await?;
                bench.done(&[write(&cart, Precondition::Exactly(before.revision), &wanted)]).await?;
                same!(bench.load(&cart).await?, seen(&wanted), "load");
                Ok(())
            },
        ));
    }
    named(out);
}

named! {
    /// A cart that was never stored is absent, without a tombstone.
    async fn never_stored(bench) {
        same!(bench.load(&address("nobody", "default")).await?, Loaded::Absent(None), "load");
    }

    /// A write replaces the whole record: nothing of the one before shines through.
    async fn a_write_replaces_everything(bench) {
        let cart = address("guest:1", "default");
        let mut first = record(revision(7, 1), 3);
        first.expires_at = Some(after(1000));
        first.converted_at = Some(after(-1));
        first.order = Some("ORDER-1".into());
        let mut second = record(revision(7, 2), 4);
        second.items = "[]".into();
        second.journal = String::new();
        bench.done(&[write(&cart, Precondition::Absent, &first)]).await?;
        bench.done(&[write(&cart, Precondition::Exactly(first.revision), &second)]).await?;
        same!(bench.load(&cart).await?, Loaded::Record(second), "load");
    }

    /// A cart that follows a tombstone takes nothing from it.
    async fn a_cart_after_a_tombstone_is_whole(bench) {
        let cart = address("guest:1", "default");
        let mut ended = tombstone(revision(7, 4));
        ended.successor = Some(address("user:1", "default"));
        let next = record(revision(8, 1), 1);
        bench.done(&[write(&cart, Precondition::Any, ended)]).await?;
        bench.done(&[write(&cart, Precondition::Absent, &next)]).await?;
        same!(bench.load(&cart).await?, Loaded::Record(next), "load");
    }

    /// A record with a mebibyte of items comes back as it was.
    async fn a_mebibyte_of_items(bench) {
        bench.needs_bytes(1 << 20)?;
        let cart = address("guest:1", "default");
        let mut large = record(revision(7, 1), 3);
        large.items = format!("[\"{}\"]", "é'\\\\".repeat((1 << 20) / 5));
        bench.done(&[write(&cart, Precondition::Absent, &large)]).await?;
        same!(bench.load(&cart).await?, Loaded::Record(large.clone()), "load");
        let mut small = record(revision(7, 2), 1);
        small.items = "[]".into();
        bench.done(&[write(&cart, Precondition::Exactly(large.revision), &small)]).await?;
        same!(bench.load(&cart).await?, Loaded::Record(small), "load after it shrank");
    }

    /// A journal of a thousand entries and as much metadata fit beside the items.
    async fn large_in_every_list(bench) {
        bench.needs_bytes(4 << 18)?;
        let cart = address("guest:1", "default");
        let mut large = record(revision(7, 1), 3);
        for list in [&mut large.items, &mut large.conditions] {
            *list = format!("[{}1]", "1234567,".repeat(1 << 15));
        }
        large.metadata = format!("{{\"a\":[{}1]}}", "1234567,".repeat(1 << 15));
        large.journal = "0123456789abcdef".repeat(1 << 14);
        bench.done(&[write(&cart, Precondition::Absent, &large)]).await?;
        same!(bench.load(&cart).await?, Loaded::Record(large), "load");
    }

    /// Reading a cart changes nothing: the hundredth load is as the first.
    async fn reading_writes_nothing(bench) {
        let cart = address("guest:1", "default");
        let mut wanted = record(revision(7, 1), 3);
        wanted.expires_at = Some(after(10));
        bench.done(&[write(&cart, Precondition::Absent, &wanted)]).await?;
        for _ in 0..100 {
            same!(bench.load_at(&cart, after(11)).await?, seen_at(&wanted, 11), "load of the expired cart");
        }
        same!(bench.load_at(&cart, NOW).await?, Loaded::Record(wanted), "load by a clock that is behind");
    }

    /// A thousand carts are kept apart.
    async fn a_thousand_carts(bench) {
        for n in 0..1000 {
            let cart = address(&format!("guest:{n}"), "default");
            bench.done(&[write(&cart, Precondition::Absent, record(revision(n, 1), n as i64))]).await?;
        }
        for n in 0..1000 {
            let cart = address(&format!("guest:{n}"), "default");
            same!(bench.load(&cart).await?, Loaded::Record(record(revision(n, 1), n as i64)), "load of cart {n}");
        }
    }

    /// A version that the store cannot count is refused, not wrapped.
    async fn a_version_too_great_is_refused_or_kept(bench) {
        let cart = address("guest:1", "default");
        let wanted = record(revision(7, u64::MAX), 3);
        match bench.driver().commit(&[write(&cart, Precondition::Absent, &wanted)], NOW).await {
            Ok(_) => same!(bench.load(&cart).await?, Loaded::Record(wanted), "load"),
            Err(error) => {
                same!(error.kind(), Kind::LimitExceeded, "kind of {error}");
                same!(bench.load(&cart).await?, Loaded::Absent(None), "load after the refusal");
            }
        }
    }
}

fn seen_at(record: &Record, ms: i64) -> Loaded {
    pushcart::storage::Slot::Record(record.clone()).seen_at(after(ms))
}
