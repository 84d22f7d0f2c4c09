//! The guest side of `wit/pushcart.wit`: the core as a component.
//!
//! A storage import returns when it has its answer; how the host waits meanwhile is the host's
//! business. So every future of the core is ready at the first poll, and nothing here waits.
//!
//! All conversions between the contract's words and the core's stand in this file. What goes out
//! is lent, what comes in is moved: a cart's items are copied once, by the boundary itself.

use crate::bindings::PlainError;
use crate::cart::{EmptyCart, Limits, LineIdentity, Settings};
use crate::error::{Error, Needs, Result};
use crate::id::{Address, Entropy, Incarnation, Revision};
use crate::money::{Currency, Rounding};
use crate::rule::Zone;
use crate::service::{Answer, BasedOn, Call, Given, GivenAnswer, Options, ProviderFailure, Request, Service};
use crate::storage::{
    Atomic, Capabilities, Committed, Durable, EndReason, Found, Loaded, Precondition, Record, Scan, Slot, Storage,
    StoredEvent, Summary, Tombstone, Write, at_once,
};
use crate::time::Timestamp;
use core::future::Future;

mod contract {
    //! What wit-bindgen makes of the contract; not written by hand, so the lints do not apply.
    #![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]

    wit_bindgen::generate!({
        world: "cart",
        path: "wit",
        ownership: Borrowing { duplicate_if_necessary: true },
    });

    // Names functions for the linker, which counts as unsafe: so it stands among the generated.
    use super::Exports;
    export!(Exports with_types_in self);
}

use contract::exports::pushcart::cart::carts as out;
use contract::pushcart::cart::storage as port;

/// Runs a future of the core to its end, which is its first poll.
fn ready<T>(future: impl Future<Output = T>) -> T {
    at_once(future).expect("a storage import returns with an answer")
}

struct Exports;

type Answered<T> = core::result::Result<T, out::Problem>;

impl out::Guest for Exports {
    fn change(call: out::Call, request: out::Request, options: out::Options) -> Answered<out::Answer> {
        let changed = call_in(call).and_then(|call| {
            let (request, options) = (request_in(request), options_in(options)?);
            ready(Service::new(Imports).change(&call, &request, &options))
        });
        changed.map(answer_out).map_err(problem_out)
    }

    fn show(call: out::Call) -> Answered<Option<out::Answer>> {
        let shown = call_in(call).and_then(|call| ready(Service::new(Imports).show(&call)));
        shown.map(|answer| answer.map(answer_out)).map_err(problem_out)
    }

    fn totals(call: out::Call) -> Answered<out::Answer> {
        let counted = call_in(call).and_then(|call| ready(Service::new(Imports).totals(&call)));
        counted.map(answer_out).map_err(problem_out)
    }

    fn explain(call: out::Call) -> Answered<out::Answer> {
        let explained = call_in(call).and_then(|call| ready(Service::new(Imports).explain(&call)));
        explained.map(answer_out).map_err(problem_out)
    }

    fn instances(call: out::Call) -> Answered<out::Answer> {
        let listed = call_in(call).and_then(|call| ready(Service::new(Imports).instances(&call)));
        listed.map(answer_out).map_err(problem_out)
    }
}

/// The host's storage.
struct Imports;

impl Storage for Imports {
    /// What a driver lacks, the host refuses when it is asked for: the contract does not tell the
    /// cart beforehand.
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_set: true,
            atomic: Atomic::Any,
            durable: Durable::Nothing,
            stale_reads: false,
            events: true,
            scan: false,
            locks: false,
            record_bytes_max: None,
        }
    }

    async fn load(&self, address: &Address, now: Timestamp) -> Result<Loaded> {
        port::load(address_out(address), now.as_ms()).map_err(failure_in).and_then(loaded_in)
    }

    async fn commit(&self, writes: &[Write], now: Timestamp) -> Result<Committed> {
        let events: Vec<Vec<port::Event<'_>>> =
            writes.iter().map(|write| write.events.iter().map(event_out).collect()).collect();
        let writes: Vec<port::Write<'_>> = writes
            .iter()
            .zip(&events)
            .map(|(write, events)| port::Write {
                address: address_out(&write.address),
                precondition: precondition_out(write.precondition),
                slot: slot_out(&write.slot),
                events,
            })
            .collect();
        match port::commit(&writes, now.as_ms()).map_err(failure_in)? {
            port::Committed::Done => Ok(Committed::Done),
            port::Committed::Conflict(conflict) => {
                Ok(Committed::Conflict { index: conflict.index as usize, current: loaded_in(conflict.current)? })
            }
        }
    }

    async fn instances(&self, owner: &str, identifier: &str, now: Timestamp) -> Result<Vec<String>> {
        port::instances(owner, identifier, now.as_ms()).map_err(failure_in)
    }

    async fn scan(&self, _: &Scan, _: Timestamp) -> Result<Vec<Found>> {
        Err(Error::new(
            crate::error::Kind::Unsupported,
            "expected one of the contract's storage functions, found a scan: ask the host for it",
        ))
    }

    async fn pause(&self, ms: u32) -> Result<()> {
        port::pause(ms).map_err(failure_in)
    }
}

// The core's words to the contract's.

fn address_out(address: &Address) -> port::AddressParam<'_> {
    port::AddressParam { owner: address.owner(), identifier: address.identifier(), instance: address.instance() }
}

fn revision_out(revision: Revision) -> port::Revision {
    port::Revision { incarnation: revision.incarnation.as_bits(), version: revision.version }
}

fn precondition_out(precondition: Precondition) -> port::Precondition {
    match precondition {
        Precondition::Any => port::Precondition::Any,
        Precondition::Absent => port::Precondition::Absent,
        Precondition::Exactly(revision) => port::Precondition::Exactly(revision_out(revision)),
    }
}

fn slot_out(slot: &Slot) -> port::Slot<'_> {
    match slot {
        Slot::Record(record) => port::Slot::Cart(port::CartRecordParam {
            id: &record.id,
            revision: revision_out(record.revision),
            currency: &record.currency,
            rounding: &record.rounding,
            items: &record.items,
            conditions: &record.conditions,
            metadata: &record.metadata,
            journal: &record.journal,
            created_at_ms: record.created_at.as_ms(),
            updated_at_ms: record.updated_at.as_ms(),
            expires_at_ms: record.expires_at.map(Timestamp::as_ms),
            converted_at_ms: record.converted_at.map(Timestamp::as_ms),
            order: record.order.as_deref(),
            summary: port::Summary {
                quantity: record.summary.quantity,
                lines: record.summary.lines,
                total: record.summary.total,
            },
        }),
        Slot::Tombstone(tombstone) => port::Slot::Tombstone(port::TombstoneParam {
            revision: revision_out(tombstone.revision),
            reason: match tombstone.reason {
                EndReason::Destroyed => port::EndReason::Destroyed,
                EndReason::Expired => port::EndReason::Expired,
                EndReason::Merged => port::EndReason::Merged,
                EndReason::Swapped => port::EndReason::Swapped,
            },
            successor: tombstone.successor.as_ref().map(address_out),
            journal: &tombstone.journal,
            ended_at_ms: tombstone.ended_at.as_ms(),
            expires_at_ms: tombstone.expires_at.as_ms(),
        }),
    }
}

fn event_out(event: &StoredEvent) -> port::Event<'_> {
    port::Event { id: &event.id, kind: &event.kind, body: &event.body }
}

fn answer_out(answer: Answer) -> out::Answer {
    out::Answer {
        body: answer.body,
        revision: answer.revision.map(|revision| {
            let mut text = String::with_capacity(24);
            revision.write(&mut text);
            text
        }),
        created: answer.created,
        replayed: answer.replayed,
        replays: answer.replays,
        valid_until_ms: answer.valid_until.map(Timestamp::as_ms),
    }
}

fn problem_out(error: Error) -> out::Problem {
    let plain = PlainError::from(&error);
    out::Problem {
        kind: plain.kind,
        message: plain.message,
        path: plain.path,
        reason: plain.reason,
        malformed: plain.malformed,
        retry_after_ms: plain.retry_after_ms,
        conflict: plain.conflict.map(|report| out::ConflictReport {
            attempted_version: report.attempted_version,
            current_version: report.current_version,
            incarnation_changed: report.incarnation_changed,
            changed: report.changed,
            last_changed_ms: report.last_changed_ms,
            safe_to_retry: report.safe_to_retry,
        }),
        needs: plain.needs.map(needs_out),
    }
}

fn needs_out(needs: Needs) -> out::Needs {
    let texts = |names: Vec<Box<str>>| names.into_iter().map(String::from).collect();
    out::Needs { zones: texts(needs.zones), definitions: texts(needs.definitions) }
}

// The contract's words to the core's.

fn call_in(call: out::Call) -> Result<Call> {
    let (a, b, c, d) = call.entropy;
    Ok(Call {
        address: Address::new(&call.owner, &call.identifier, &call.instance)?,
        now: Timestamp::from_ms(call.now_ms),
        at: call.at_ms.map(Timestamp::from_ms),
        entropy: Entropy([a, b, c, d]),
        settings: settings_in(&call.settings)?,
        given: given_in(call.given),
    })
}

fn given_in(given: out::Given) -> Given {
    let zone = |zone: out::Zone| Zone {
        name: zone.name.into(),
        offset_s: zone.offset_s,
        until: zone.until_ms.map(Timestamp::from_ms),
    };
    let answer = |given: out::ProviderAnswer| GivenAnswer {
        provider: given.provider,
        answer: given.answer.map_err(|failure| match failure {
            out::ProviderFailure::Slow => ProviderFailure::Slow,
            out::ProviderFailure::Failed(why) => ProviderFailure::Failed(why),
        }),
    };
    Given {
        zones: given.zones.into_iter().map(zone).collect(),
        catalogue: given.catalogue,
        provided: given.provided.into_iter().map(answer).collect(),
        whole_catalogue: false,
        asks: given.asks,
    }
}

fn settings_in(settings: &out::Settings) -> Result<Settings> {
    Ok(Settings {
        limits: Limits {
            items: settings.items_max,
            quantity: settings.quantity_max,
            characters: settings.characters_max,
            bytes: settings.bytes_max,
            depth: settings.depth_max,
        },
        empty_cart: match settings.empty_cart {
            out::EmptyCart::Destroy => EmptyCart::Destroy,
            out::EmptyCart::Clear => EmptyCart::Clear,
            out::EmptyCart::Preserve => EmptyCart::Preserve,
        },
        line_identity: match settings.line_identity {
            out::LineIdentity::Id => LineIdentity::Id,
            out::LineIdentity::IdAndAttributes => LineIdentity::IdAndAttributes,
        },
        default_currency: Currency::parse(&settings.default_currency)
            .map_err(|error| error.under("default-currency").under("settings"))?,
        default_rounding: match settings.default_rounding {
            out::Rounding::HalfUp => Rounding::HalfUp,
            out::Rounding::HalfEven => Rounding::HalfEven,
            out::Rounding::Floor => Rounding::Floor,
            out::Rounding::Ceil => Rounding::Ceil,
        },
        tax_shipping: settings.tax_shipping,
        ttl_ms: settings.ttl_ms,
        tombstone_ms: settings.tombstone_ms,
        events: settings.events,
        replays_max: settings.replays_max,
    })
}

fn request_in(request: out::Request) -> Request {
    match request {
        out::Request::Change(body) => Request::Change(body),
        out::Request::AddItems(body) => Request::AddItems(body),
        out::Request::UpdateItem(of) => Request::UpdateItem { item: of.item, body: of.body },
        out::Request::RemoveItem(item) => Request::RemoveItem { item },
        out::Request::AddCondition(of) => Request::AddCondition { item: of.item, body: of.body },
        out::Request::RemoveCondition(of) => Request::RemoveCondition { item: of.item, name: of.body },
        out::Request::SetMetadata(body) => Request::SetMetadata(body),
        out::Request::Clear => Request::Clear,
        out::Request::Destroy => Request::Destroy,
    }
}

fn options_in(options: out::Options) -> Result<Options> {
    let based_on = match options.based_on {
        None => None,
        Some(out::BasedOn::Absent) => Some(BasedOn::Absent),
        Some(out::BasedOn::Exists) => Some(BasedOn::Exists),
        Some(out::BasedOn::OneOf(texts)) => {
            Some(BasedOn::OneOf(texts.iter().map(|text| Revision::parse(text)).collect::<Result<_>>()?))
        }
    };
    Ok(Options { currency: options.currency, rounding: options.rounding, based_on, key: options.key })
}

fn revision_in(revision: port::Revision) -> Revision {
    Revision { incarnation: Incarnation::from_bits(revision.incarnation), version: revision.version }
}

fn loaded_in(loaded: port::Loaded) -> Result<Loaded> {
    Ok(match loaded {
        port::Loaded::Cart(record) => Loaded::Record(Record {
            id: record.id,
            revision: revision_in(record.revision),
            currency: record.currency,
            rounding: record.rounding,
            items: record.items,
            conditions: record.conditions,
            metadata: record.metadata,
            journal: record.journal,
            created_at: Timestamp::from_ms(record.created_at_ms),
            updated_at: Timestamp::from_ms(record.updated_at_ms),
            expires_at: record.expires_at_ms.map(Timestamp::from_ms),
            converted_at: record.converted_at_ms.map(Timestamp::from_ms),
            order: record.order,
            summary: Summary {
                quantity: record.summary.quantity,
                lines: record.summary.lines,
                total: record.summary.total,
            },
        }),
        port::Loaded::Absent(None) => Loaded::Absent(None),
        port::Loaded::Absent(Some(tombstone)) => Loaded::Absent(Some(Tombstone {
            revision: revision_in(tombstone.revision),
            reason: match tombstone.reason {
                port::EndReason::Destroyed => EndReason::Destroyed,
                port::EndReason::Expired => EndReason::Expired,
                port::EndReason::Merged => EndReason::Merged,
                port::EndReason::Swapped => EndReason::Swapped,
            },
            successor: match tombstone.successor {
                None => None,
                Some(address) => Some(Address::new(&address.owner, &address.identifier, &address.instance)?),
            },
            journal: tombstone.journal,
            ended_at: Timestamp::from_ms(tombstone.ended_at_ms),
            expires_at: Timestamp::from_ms(tombstone.expires_at_ms),
        })),
    })
}

fn failure_in(failure: port::Failure) -> Error {
    PlainError {
        kind: failure.kind,
        message: failure.message,
        reason: failure.reason,
        retry_after_ms: failure.retry_after_ms,
        ..PlainError::default()
    }
    .into()
}
