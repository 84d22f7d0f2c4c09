//! The use case on the reference driver: every promise of a change, seen from outside.

use super::*;
use crate::storage::{Memory, Precondition, Slot, at_once};

fn now<T>(future: impl Future<Output = T>) -> T {
    at_once(future).expect("the memory driver does not wait")
}

struct Shop {
    service: Service<Memory>,
    settings: Settings,
    calls: core::cell::Cell<u64>,
}

impl Shop {
    fn new() -> Self {
        Shop { service: Service::new(Memory::default()), settings: Settings::default(), calls: 0.into() }
    }

    fn call(&self, instance: &str) -> Call {
        self.calls.set(self.calls.get() + 1);
        let n = self.calls.get();
        Call {
            address: Address::new("", "user:42", instance).unwrap(),
            now: Timestamp::from_ms(1_000_000 + n as i64),
            at: None,
            entropy: Entropy([n; 4]).derive(n),
            settings: self.settings,
            given: Default::default(),
        }
    }

    fn with(&self, body: &str, options: Options) -> Result<Answer> {
        now(self.service.change(&self.call("default"), &Request::Change(body.into()), &options))
    }

    fn change(&self, commands: &str) -> Result<Answer> {
        self.with(&format!("{{\"commands\":{commands}}}"), Options::default())
    }

    fn keyed(&self, commands: &str, key: &str) -> Result<Answer> {
        self.with(&format!("{{\"commands\":{commands}}}"), Options { key: Some(key.into()), ..Options::default() })
    }

    fn based(&self, commands: &str, based_on: Option<Revision>) -> Result<Answer> {
        let based_on = Some(based_on.map_or(BasedOn::Absent, |revision| BasedOn::OneOf(vec![revision])));
        self.with(&format!("{{\"commands\":{commands}}}"), Options { based_on, ..Options::default() })
    }

    fn show(&self, instance: &str) -> Option<Answer> {
        now(self.service.show(&self.call(instance))).unwrap()
    }
}

fn add(id: &str, quantity: u32) -> String {
    format!(r#"[{{"do":"add","item":{{"id":"{id}","name":"N","price":100,"quantity":{quantity}}}}}]"#)
}

fn version(answer: &Answer) -> u64 {
    answer.revision.unwrap().version
}

#[test]
fn versions_count_committed_changes_only() {
    let shop = Shop::new();
    let first = shop.change(&add("a", 1)).unwrap();
    assert!(first.created && version(&first) == 1);
    let second = shop.change(&add("a", 2)).unwrap();
    assert!(!second.created && version(&second) == 2 && second.body.contains(r#""quantity":3"#), "{}", second.body);
    for nothing in [
        "[]",
        r#"[{"do":"remove","id":"zzz"}]"#,
        r#"[{"do":"update","id":"a","quantity":3}]"#,
        r#"[{"do":"setMetadata","values":{"x":null}}]"#,
    ] {
        let answer = shop.change(nothing).unwrap();
        assert_eq!(version(&answer), 2, "{nothing}");
        assert!(answer.body.contains(r#""events":[]"#));
    }
}

#[test]
fn a_list_is_all_or_nothing_and_says_where() {
    let shop = Shop::new();
    let list = r#"[{"do":"add","item":{"id":"a","name":"N","price":1}},{"do":"clear"},{"do":"update","id":"gone","quantity":1}]"#;
    let error = shop.change(list).unwrap_err();
    assert_eq!((error.kind(), error.path()), (Kind::NotFound, "commands[2].id"));
    assert!(shop.show("default").is_none());
    let error = shop.change(r#"[{"do":"add","item":{"id":"a","name":"N","price":1.5}}]"#).unwrap_err();
    assert_eq!(error.path(), "commands[0].item.price");
    let call = shop.call("default");
    let short = now(shop.service.change(
        &call,
        &Request::AddItems(r#"[{"id":"a","name":"N","price":1},{"id":"b","name":"N","price":-1}]"#.into()),
        &Options::default(),
    ));
    assert_eq!(short.unwrap_err().path(), "[1].price");
    let one = now(shop.service.change(
        &call,
        &Request::AddItems(r#"{"id":"a","name":" ","price":1}"#.into()),
        &Options::default(),
    ));
    assert_eq!(one.unwrap_err().path(), "name");
}

#[test]
fn a_key_has_one_effect_and_one_answer_also_across_lives() {
    let shop = Shop::new();
    let first = shop.keyed(&add("a", 1), "K1").unwrap();
    let again = shop.keyed(&add("a", 1), "K1").unwrap();
    assert!(!first.replayed && again.replayed && version(&again) == 1);
    assert!(again.body.contains(r#""results":[{"do":"add","id":"a","quantity":1,"added":1}]"#), "{}", again.body);
    assert_eq!(shop.keyed(&add("a", 2), "K1").unwrap_err().reason(), Some("key_reused"));
    // The cart ends and begins again: the key still stands for its first effect.
    shop.keyed(r#"[{"do":"destroy"}]"#, "K2").unwrap();
    assert!(shop.keyed(&add("a", 1), "K1").unwrap().body.contains(r#"{"exists":false}"#));
    assert!(shop.keyed(r#"[{"do":"destroy"}]"#, "K2").unwrap().replayed);
    let next = shop.change(&add("b", 1)).unwrap();
    assert!(next.created && version(&next) == 1);
    assert_ne!(next.revision.unwrap().incarnation, first.revision.unwrap().incarnation);
    assert!(shop.keyed(&add("a", 1), "K1").unwrap().replayed);
    assert_eq!(version(&shop.show("default").unwrap()), 1);
}

#[test]
fn what_is_based_on_another_state_is_a_conflict_with_a_report() {
    let shop = Shop::new();
    let first = shop.based(&add("a", 1), None).unwrap().revision;
    shop.change(&add("b", 1)).unwrap();
    shop.change(r#"[{"do":"setMetadata","values":{"note":"x"}}]"#).unwrap();
    let error = shop.based(r#"[{"do":"update","id":"a","delta":1}]"#, first).unwrap_err();
    let report = error.report().unwrap();
    assert_eq!((report.attempted_version, report.current_version, report.version_difference()), (1, 3, 2));
    assert_eq!(report.changed, ["items.b", "metadata.note"]);
    assert!(report.safe_to_retry && !report.incarnation_changed && !report.is_minor());
    let absolute = shop.based(r#"[{"do":"update","id":"a","quantity":1}]"#, first).unwrap_err();
    assert!(!absolute.report().unwrap().safe_to_retry);
    let absent = shop.based(&add("a", 1), None).unwrap_err();
    assert_eq!(absent.report().unwrap().attempted_version, 0);
    shop.change(r#"[{"do":"destroy"}]"#).unwrap();
    let gone = shop.based(&add("a", 1), first).unwrap_err();
    assert_eq!((gone.report().unwrap().current_version, gone.report().unwrap().incarnation_changed), (4, true));
}

#[test]
fn a_cart_that_was_checked_out_is_read_only_until_the_next_add() {
    let shop = Shop::new();
    assert_eq!(shop.change(r#"[{"do":"checkOut"}]"#).unwrap_err().reason(), Some("precondition_required"));
    let first = shop.change(&add("a", 1)).unwrap().revision;
    let done = shop.based(r#"[{"do":"checkOut","order":"A-1"}]"#, first).unwrap();
    assert!(done.body.contains(r#""order":"A-1""#) && done.body.contains("convertedAt"));
    for refused in [r#"[{"do":"clear"}]"#, r#"[{"do":"update","id":"a","delta":1}]"#] {
        assert_eq!(shop.change(refused).unwrap_err().kind(), Kind::Conflict);
    }
    assert_eq!(shop.based(&add("b", 1), done.revision).unwrap_err().kind(), Kind::Conflict);
    let next = shop.change(&add("b", 1)).unwrap();
    assert!(next.created && version(&next) == 1 && !next.body.contains(r#""id":"a""#));
}

#[test]
fn the_last_line_takes_the_cart_with_it_or_not_as_the_policy_says() {
    use crate::cart::EmptyCart;
    for (policy, exists, keeps) in
        [(EmptyCart::Destroy, false, false), (EmptyCart::Clear, true, false), (EmptyCart::Preserve, true, true)]
    {
        let mut shop = Shop::new();
        shop.settings.empty_cart = policy;
        shop.change(&add("a", 1)).unwrap();
        shop.change(r#"[{"do":"setMetadata","values":{"k":1}}]"#).unwrap();
        // Judged at the end of the list: a cart that is refilled was never empty.
        shop.change(r#"[{"do":"remove","id":"a"},{"do":"add","item":{"id":"b","name":"N","price":1}}]"#).unwrap();
        assert!(shop.show("default").unwrap().body.contains(r#""k":1"#));
        let answer = shop.change(r#"[{"do":"update","id":"b","delta":-5}]"#).unwrap();
        assert_eq!(answer.revision.is_some(), exists, "{policy:?}");
        assert_eq!(answer.body.contains(r#""k":1"#), keeps, "{policy:?}");
        // Taking the last line out of a cart that was not emptied by a removal does nothing more.
        assert_eq!(shop.show("default").is_some(), exists);
    }
}

#[test]
fn a_line_moves_with_everything_it_has_in_one_commit() {
    let shop = Shop::new();
    shop.with(r#"{"commands":[{"do":"add","item":{"id":"a","name":"N","price":500,"quantity":2,"attributes":{"s":"M"},"conditions":[{"name":"d","type":"discount","value":"-10%"}]}},{"do":"add","item":{"id":"b","name":"N","price":1}}],"currency":"JPY"}"#, Options::default()).unwrap();
    let answer = shop.change(r#"[{"do":"move","id":"a","to":"wishlist"}]"#).unwrap();
    assert!(!answer.body.contains(r#""attributes":{"s":"M"}"#), "{}", answer.body);
    let wishlist = shop.show("wishlist").unwrap().body;
    for part in [r#""currency":"JPY""#, r#""quantity":2"#, r#""attributes":{"s":"M"}"#, r#""value":"-10%""#] {
        assert!(wishlist.contains(part), "{part} in {wishlist}");
    }
    let error = shop.change(r#"[{"do":"move","id":"b","to":"default"}]"#).unwrap_err();
    assert_eq!(error.path(), "commands[0].to");
    shop.change(r#"[{"do":"move","id":"b","to":"wishlist"}]"#).unwrap();
    assert!(shop.show("default").is_none(), "the last line took the cart with it");
}

#[test]
fn one_currency_and_one_rounding_for_a_cart() {
    let shop = Shop::new();
    let body = |currency: &str| format!(r#"{{"commands":{},"currency":"{currency}"}}"#, add("a", 1));
    shop.with(&body("EUR"), Options::default()).unwrap();
    let error = shop.with(&body("USD"), Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.path()), (Kind::CurrencyMismatch, "currency"));
    let both = shop.with(&body("EUR"), Options { currency: Some("USD".into()), ..Options::default() }).unwrap_err();
    assert!(both.is_malformed());
    let unknown = shop.with(&body("ABC"), Options::default()).unwrap_err();
    assert_eq!((unknown.kind(), unknown.path()), (Kind::Invalid, "currency"));
}

#[test]
fn two_sizes_of_one_shirt_are_two_lines_where_the_shop_says_so() {
    let mut shop = Shop::new();
    shop.settings.line_identity = crate::cart::LineIdentity::IdAndAttributes;
    let add = |attributes: &str| {
        format!(r#"[{{"do":"add","item":{{"id":"tee","name":"N","price":100,"attributes":{attributes}}}}}]"#)
    };
    shop.change(&add(r#"{"size":"M","colour":"red"}"#)).unwrap();
    shop.change(&add(r#"{"size":"L","colour":"red"}"#)).unwrap();
    let body = shop.change(&add(r#"{"colour":"red","size":"M"}"#)).unwrap().body;
    assert!(body.contains(r#""lines":2"#) && body.contains(r#""quantity":3,"lines":2"#), "{body}");
    let ambiguous = shop.change(r#"[{"do":"update","id":"tee","quantity":5}]"#).unwrap_err();
    assert_eq!((ambiguous.reason(), ambiguous.path()), (Some("ambiguous_line"), "commands[0].id"));
    let named = r#"[{"do":"update","id":"tee","where":{"colour":"red","size":"L"},"quantity":5}]"#;
    assert!(shop.change(named).unwrap().body.contains(r#""quantity":7,"lines":2"#));
    shop.change(r#"[{"do":"remove","id":"tee","where":{"size":"M","colour":"red"}}]"#).unwrap();
    assert!(
        shop.change(r#"[{"do":"update","id":"tee","delta":1}]"#).unwrap().body.contains(r#""quantity":6,"lines":1"#)
    );
}

/// A storage that plays tricks on the n-th commit.
struct Tricky {
    memory: Memory,
    tricks: core::cell::RefCell<Vec<Trick>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Trick {
    /// The commit happens, its reply is lost, and so many others come after it.
    LoseReply(u32),
    /// Another writer is faster.
    Race,
    /// Nothing is written, and the error does not say so.
    Fail,
}

impl Tricky {
    fn others(&self, address: &Address, times: u32) {
        for n in 0..times {
            let call = Call {
                address: address.clone(),
                now: Timestamp::from_ms(5_000_000),
                at: None,
                entropy: Entropy([u64::from(n) + 77; 4]),
                settings: Settings::default(),
                given: Default::default(),
            };
            let other = Service::new(&self.memory);
            now(other.change(
                &call,
                &Request::AddItems(r#"{"id":"other","name":"N","price":1}"#.into()),
                &Options::default(),
            ))
            .unwrap();
        }
    }
}

impl Storage for &Memory {
    fn capabilities(&self) -> crate::storage::Capabilities {
        Memory::capabilities(self)
    }
    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        Ok(Memory::load(self, address, now))
    }
    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        Memory::commit(self, writes, now)
    }
    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        Ok(Memory::instances(self, owner, identifier, now))
    }
    async fn scan(&self, query: &crate::storage::Scan, now: Timestamp) -> Result<Vec<crate::storage::Found>> {
        Ok(Memory::scan(self, query, now))
    }
    async fn pause(&self, _: u32) -> Result<()> {
        Ok(())
    }
}

impl Storage for Tricky {
    fn capabilities(&self) -> crate::storage::Capabilities {
        Memory::capabilities(&self.memory)
    }
    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        Ok(self.memory.load(address, now))
    }
    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        let trick = self.tricks.borrow_mut().pop();
        if trick == Some(Trick::Race) {
            self.others(&writes[0].address, 1);
        }
        if trick == Some(Trick::Fail) {
            return Err(Error::new(Kind::Unavailable, "the disk is full"));
        }
        let committed = self.memory.commit(writes, now)?;
        if let Some(Trick::LoseReply(others)) = trick {
            self.others(&writes[0].address, others);
            return Err(Error::new(Kind::Unavailable, "the reply was lost"));
        }
        Ok(committed)
    }
    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        Ok(self.memory.instances(owner, identifier, now))
    }
    async fn scan(&self, query: &crate::storage::Scan, now: Timestamp) -> Result<Vec<crate::storage::Found>> {
        Ok(self.memory.scan(query, now))
    }
    async fn pause(&self, _: u32) -> Result<()> {
        Ok(())
    }
}

#[test]
fn conflicts_are_replayed_and_lost_replies_looked_up() {
    let shop = Shop::new();
    let quantity = |service: &Service<Tricky>, call: &Call| {
        let body = now(service.show(call)).unwrap().unwrap().body;
        body.split(r#""id":"a","name":"N","price":100,"quantity":"#)
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap()
            .to_owned()
    };
    let tricky = |tricks: &[Trick]| Service::new(Tricky { memory: Memory::default(), tricks: tricks.to_vec().into() });
    let request = Request::Change(format!("{{\"commands\":{}}}", add("a", 1)));
    let call = shop.call("default");

    let raced = tricky(&[Trick::Race, Trick::Race]);
    assert_eq!(now(raced.change(&call, &request, &Options::default())).unwrap().replays, 2);
    assert_eq!(quantity(&raced, &call), "1");

    // A lost reply: the change is found in the journal and answered as if nothing had been.
    let lost = tricky(&[Trick::LoseReply(3)]);
    let answer = now(lost.change(&call, &request, &Options::default())).unwrap();
    assert!(answer.created && answer.body.contains("cart.item.added"));
    assert_eq!(quantity(&lost, &call), "1");

    // Too many came after it to tell: the error stands, and nothing is done twice.
    let buried = tricky(&[Trick::LoseReply(20)]);
    assert_eq!(now(buried.change(&call, &request, &Options::default())).unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(quantity(&buried, &call), "1");

    // With a key it can always be told.
    let keyed = tricky(&[Trick::LoseReply(20)]);
    let options = Options { key: Some("K".into()), ..Options::default() };
    assert!(now(keyed.change(&call, &request, &options)).is_ok());
    assert_eq!(quantity(&keyed, &call), "1");

    // What fails now and then is tried again; what goes on failing is told as what it is.
    let shaky = tricky(&[Trick::Fail, Trick::Fail]);
    assert!(now(shaky.change(&call, &request, &Options::default())).is_ok());
    let full = tricky(&[Trick::Fail; 40]);
    let error = now(full.change(&call, &request, &Options::default())).unwrap_err();
    assert_eq!((error.kind(), error.message()), (Kind::Unavailable, "the disk is full"));

    let hopeless = tricky(&[Trick::Race; 40]);
    let error = now(hopeless.change(&call, &request, &Options::default())).unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.report().unwrap().safe_to_retry);
}

#[test]
fn what_cannot_be_read_is_corrupt_and_stays() {
    let shop = Shop::new();
    shop.change(&add("a", 1)).unwrap();
    let call = shop.call("default");
    let memory = shop.service.storage();
    let Loaded::Record(good) = memory.load(&call.address, call.now) else { panic!() };
    for damage in [
        |r: &mut crate::storage::Record| r.items = "[{".into(),
        |r: &mut crate::storage::Record| r.items = r#"[{"id":"a"}]"#.into(),
        |r: &mut crate::storage::Record| r.currency = "???".into(),
        |r: &mut crate::storage::Record| r.metadata = "[]".into(),
        |r: &mut crate::storage::Record| r.journal = "9\n".into(),
    ] {
        let mut bad = good.clone();
        damage(&mut bad);
        let write = Write {
            address: call.address.clone(),
            precondition: Precondition::Any,
            slot: Slot::Record(bad.clone()),
            events: vec![],
        };
        memory.commit(&[write], call.now).unwrap();
        assert_eq!(shop.change(&add("a", 1)).unwrap_err().kind(), Kind::Corrupt);
        assert_eq!(memory.load(&call.address, call.now), Loaded::Record(bad));
    }
}
