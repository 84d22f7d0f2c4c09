//! Cases: names are compared by their bytes, whatever characters they hold.
//!
//! Each name below was read as another by some store: as a pattern, a path, a key with parts, a
//! template, a number, or after folding case, accents, blanks or normal forms.

use super::sample::{address, owned, record, revision, write};
use super::{Case, case, named, same};
use pushcart::id::Address;
use pushcart::storage::{Loaded, Precondition};

/// Names that some store somewhere took for another. All differ in their bytes.
pub(super) const HOSTILE: &[(&str, &str)] = &[
    ("colon", "a:b"),
    ("colon_at_the_end", "a:"),
    ("colon_alone", ":"),
    ("two_colons", "a::b"),
    ("star", "a*"),
    ("star_alone", "*"),
    ("question_mark", "a?"),
    ("query", "a?q=1"),
    ("other_query", "a?q=2"),
    ("bracket", "a[b]"),
    ("hash_tag", "{a}b"),
    ("other_hash_tag", "{a}c"),
    ("empty_hash_tag", "{}a"),
    ("percent", "a%"),
    ("percent_alone", "%"),
    ("percent_code", "a%62"),
    ("percent_code_of_colon", "a%3Ab"),
    ("underscore", "a_"),
    ("underscore_alone", "_"),
    ("single_quote", "a'"),
    ("doubled_quote", "a''"),
    ("injection", "'; DROP TABLE carts; --"),
    ("double_quote", "a\""),
    ("back_quote", "a`"),
    ("backslash", "a\\"),
    ("two_backslashes", "a\\\\"),
    ("backslash_n", "a\\n"),
    ("newline", "a\n"),
    ("carriage_return", "a\r"),
    ("carriage_return_newline", "a\r\n"),
    ("tab", "a\t"),
    ("nul", "a\0"),
    ("nul_within", "a\0b"),
    ("nul_alone", "\0"),
    ("two_nuls", "\0\0"),
    ("escape", "a\u{1b}[2J"),
    ("delete", "a\u{7f}"),
    ("lower", "alice"),
    ("capital", "Alice"),
    ("upper", "ALICE"),
    ("blank_after", "alice "),
    ("two_blanks_after", "alice  "),
    ("blank_before", " alice"),
    ("blank_alone", " "),
    ("no_break_blank", "alice\u{a0}"),
    ("zero_width", "ali\u{200b}ce"),
    ("byte_order_mark", "\u{feff}alice"),
    ("accent", "álice"),
    ("accent_apart", "a\u{301}lice"),
    ("cyrillic", "аlice"),
    ("sharp_s", "straße"),
    ("double_s", "strasse"),
    ("turkish_capital", "İ"),
    ("turkish_small", "ı"),
    ("plain_i", "i"),
    ("ligature", "ﬁ"),
    ("ligature_apart", "fi"),
    ("right_to_left", "\u{202e}ecila"),
    ("hebrew", "שלום"),
    ("emoji", "😀"),
    ("emoji_joined", "👩\u{200d}👩\u{200d}👧"),
    ("last_code_point", "\u{10ffff}"),
    ("replacement", "\u{fffd}"),
    ("slash", "a/b"),
    ("dots", "../a"),
    ("dot", "."),
    ("dot_within", "a.b"),
    ("prototype", "__proto__"),
    ("constructor", "constructor"),
    ("null_word", "null"),
    ("undefined_word", "undefined"),
    ("true_word", "true"),
    ("number", "1"),
    ("number_zero_before", "01"),
    ("number_with_point", "1.0"),
    ("number_with_exponent", "1e0"),
    ("number_great", "9007199254740993"),
    ("number_great_neighbour", "9007199254740992"),
    ("dollar", "$1"),
    ("placeholder", "?1"),
    ("named_placeholder", ":a"),
    ("at", "user@example.com"),
    ("plus", "user+tag@example.com"),
    ("prefix", "user"),
    ("prefix_longer", "user:1"),
    ("prefix_longest", "user:10"),
    ("default", "default"),
    ("lock_key", "lock.a"),
    ("hash", "a#b"),
    ("ampersand", "a&b"),
    ("semicolon", "a;b"),
    ("comma", "a,b"),
    ("pipe", "a|b"),
    ("markup", "<script>alert(1)</script>"),
];

/// A name beside the hostile one; none of those.
const PLAIN: &str = "plain";

pub(super) fn cases(out: &mut Vec<Case>) {
    for (name, text) in HOSTILE {
        out.push(case(
            format!("name/{name}"),
            "A cart is found under its own name as identifier, instance and owner, and nowhere else.",
            move |bench| async move {
                let carts = [
                    owned("", text, PLAIN),
                    owned("", PLAIN, text),
                    owned(text, PLAIN, PLAIN),
                    owned(text, text, text),
                ];
                for (cart, n) in carts.iter().zip(1..) {
                    bench.done(&[write(cart, Precondition::Absent, record(revision(n, 1), n as i64))]).await?;
                }
                for (cart, n) in carts.iter().zip(1..) {
                    let wanted = record(revision(n, 1), n as i64);
                    same!(bench.load(cart).await?, Loaded::Record(wanted), "load of cart {n}");
                    let next = record(revision(n, 2), n as i64);
                    bench.done(&[write(cart, Precondition::Exactly(revision(n, 1)), next)]).await?;
                }
                let now = super::sample::NOW;
                let instances = bench.driver().instances("", PLAIN, now).await?;
                same!(instances, vec![String::from(*text)], "instances of another identifier");
                let instances = bench.driver().instances(text, text, now).await?;
                same!(instances, vec![String::from(*text)], "instances");
                Ok(())
            },
        ));
    }
    named(out);
}

async fn all_apart(bench: &super::Bench, carts: &[Address]) -> super::Checked {
    for (cart, n) in carts.iter().zip(1..) {
        bench.done(&[write(cart, Precondition::Absent, record(revision(n, 1), n as i64))]).await?;
    }
    for (cart, n) in carts.iter().zip(1..) {
        same!(bench.load(cart).await?, Loaded::Record(record(revision(n, 1), n as i64)), "load of {cart:?}");
    }
    Ok(())
}

named! {
    /// All hostile identifiers are apart from each other in one store.
    async fn hostile_identifiers_are_apart(bench) {
        let carts: Vec<Address> = HOSTILE.iter().map(|(_, text)| address(text, "default")).collect();
        all_apart(&bench, &carts).await?;
    }

    /// All hostile instances are apart from each other under one identifier.
    async fn hostile_instances_are_apart(bench) {
        let carts: Vec<Address> = HOSTILE.iter().map(|(_, text)| address("guest:1", text)).collect();
        all_apart(&bench, &carts).await?;
        let mut wanted: Vec<String> = HOSTILE.iter().map(|(_, text)| String::from(*text)).collect();
        wanted.sort();
        let found = bench.driver().instances("", "guest:1", super::sample::NOW).await?;
        same!(found, wanted, "instances, in byte order");
    }

    /// All hostile owners are apart from each other.
    async fn hostile_owners_are_apart(bench) {
        let carts: Vec<Address> = HOSTILE.iter().map(|(_, text)| owned(text, "u", "default")).collect();
        all_apart(&bench, &carts).await?;
    }

    /// Where one part of an address ends and the next begins matters.
    async fn parts_do_not_run_into_each_other(bench) {
        let mut carts = Vec::new();
        for joint in [":", "/", ".", "_", "\0", "::", "|", "-", " ", "\u{1f}"] {
            carts.push(owned("", &format!("a{joint}b"), "c"));
            carts.push(owned("", "a", &format!("b{joint}c")));
            carts.push(owned("a", "b", &format!("c{joint}")));
            carts.push(owned(&format!("a{joint}b"), "c", "d"));
            carts.push(owned("a", &format!("b{joint}c"), "d"));
            carts.push(owned("a", "b", &format!("c{joint}d")));
        }
        carts.extend([owned("", "a", "a"), owned("a", "a", "a"), owned("", "aa", "a"), owned("", "a", "aa"), owned("aa", "a", "a")]);
        all_apart(&bench, &carts).await?;
    }

    /// Names of 255 code points of one to four bytes are kept whole.
    async fn the_longest_names(bench) {
        let mut carts = Vec::new();
        for letter in ["a", "é", "漢", "😀", "'", "\0", "%"] {
            let long = letter.repeat(255);
            let other = format!("{}b", letter.repeat(254));
            carts.push(owned(&long, &long, &long));
            carts.push(owned(&long, &long, &other));
            carts.push(owned(&long, &other, &long));
            carts.push(owned(&other, &long, &long));
        }
        all_apart(&bench, &carts).await?;
    }

    /// Forgetting `user` leaves `user:1` alone, and `%` is no pattern: instances are of exactly one identifier.
    async fn instances_of_a_prefix_or_pattern_are_not_listed(bench) {
        for identifier in ["user:1", "user", "use", "User", "user%", "u_er", "user\0", "user "] {
            let cart = address(identifier, &format!("of {identifier}"));
            bench.done(&[write(&cart, Precondition::Absent, record(revision(1, 1), 1))]).await?;
        }
        for identifier in ["user:1", "user", "use", "User", "user%", "u_er", "user\0", "user "] {
            let found = bench.driver().instances("", identifier, super::sample::NOW).await?;
            same!(found, vec![format!("of {identifier}")], "instances of {identifier:?}");
        }
        for identifier in ["%", "_", "*", "use_", "user:", "user:%", "USER"] {
            let found = bench.driver().instances("", identifier, super::sample::NOW).await?;
            same!(found, Vec::<String>::new(), "instances of {identifier:?}");
        }
    }

    /// The carts of one owner are not those of another, nor of none.
    async fn owners_do_not_see_each_other(bench) {
        let carts = [owned("", "u", "a"), owned("shop-1", "u", "b"), owned("shop-2", "u", "c"), owned("Shop-1", "u", "d")];
        all_apart(&bench, &carts).await?;
        for cart in &carts {
            let found = bench.driver().instances(cart.owner(), "u", super::sample::NOW).await?;
            same!(found, vec![String::from(cart.instance())], "instances of owner {:?}", cart.owner());
            for other in &carts {
                let elsewhere = owned(cart.owner(), "u", other.instance());
                let wanted = elsewhere == *cart;
                same!(bench.load(&elsewhere).await?.revision().is_some(), wanted, "whether {elsewhere:?} is there");
            }
        }
    }

    /// The end of one cart leaves those with names like it alone.
    async fn ending_one_leaves_its_namesakes(bench) {
        let names = ["user", "user:1", "User", "user ", "user%", "user\0"];
        let carts: Vec<Address> = names.iter().map(|name| address(name, "default")).collect();
        all_apart(&bench, &carts).await?;
        let left = super::sample::tombstone(revision(1, 2));
        bench.done(&[write(&carts[0], Precondition::Exactly(revision(1, 1)), &left)]).await?;
        same!(bench.load(&carts[0]).await?, Loaded::Absent(Some(left)), "load of the one that ended");
        for (cart, n) in carts.iter().zip(1..).skip(1) {
            same!(bench.load(cart).await?, Loaded::Record(record(revision(n, 1), n as i64)), "load of {cart:?}");
        }
    }
}
