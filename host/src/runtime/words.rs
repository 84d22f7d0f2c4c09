//! The contract's words and the core's, one for the other, both ways: the only file that knows how
//! bindgen names things.
//!
//! What goes to the guest is lent, what comes from it is moved: a cart's text is copied by the
//! boundary once and by nothing else.

use super::guest::exports::pushcart::cart::carts as contract;
use super::guest::pushcart::cart::storage as port;
use pushcart::bindings::PlainError;
use pushcart::cart::{EmptyCart, LineIdentity, Settings};
use pushcart::error::{ConflictReport, Error, Needs, Result};
use pushcart::id::{Address, Incarnation, Revision};
use pushcart::money::Rounding;
use pushcart::service::{self, BasedOn, ProviderFailure};
use pushcart::storage::{
    Committed, EndReason, Loaded, Precondition, Record, Slot, StoredEvent, Summary, Tombstone, Write,
};
use pushcart::time::Timestamp;

// To the guest: a call.

/// The lists of what is handed in with a call: [`call`] lends them.
pub(super) struct Lists<'a> {
    zones: Vec<contract::Zone<'a>>,
    provided: Vec<contract::ProviderAnswer<'a>>,
}

pub(super) fn lists(given: &service::Given) -> Lists<'_> {
    Lists {
        zones: given
            .zones
            .iter()
            .map(|zone| contract::Zone {
                name: &zone.name,
                offset_s: zone.offset_s,
                until_ms: zone.until.map(Timestamp::as_ms),
            })
            .collect(),
        provided: given
            .provided
            .iter()
            .map(|given| contract::ProviderAnswer {
                provider: &given.provider,
                answer: match &given.answer {
                    Ok(conditions) => Ok(conditions),
                    Err(ProviderFailure::Slow) => Err(contract::ProviderFailure::Slow),
                    Err(ProviderFailure::Failed(why)) => Err(contract::ProviderFailure::Failed(why)),
                },
            })
            .collect(),
    }
}

pub(super) fn call<'a>(call: &'a service::Call, lists: &'a Lists<'a>) -> contract::Call<'a> {
    let [a, b, c, d] = call.entropy.0;
    contract::Call {
        owner: call.address.owner(),
        identifier: call.address.identifier(),
        instance: call.address.instance(),
        now_ms: call.now.as_ms(),
        at_ms: call.at.map(Timestamp::as_ms),
        entropy: (a, b, c, d),
        settings: settings(&call.settings),
        given: contract::Given {
            zones: &lists.zones,
            catalogue: &call.given.catalogue,
            provided: &lists.provided,
            asks: call.given.asks,
        },
    }
}

fn settings(settings: &Settings) -> contract::Settings<'_> {
    contract::Settings {
        items_max: settings.limits.items,
        quantity_max: settings.limits.quantity,
        characters_max: settings.limits.characters,
        bytes_max: settings.limits.bytes,
        depth_max: settings.limits.depth,
        empty_cart: match settings.empty_cart {
            EmptyCart::Destroy => contract::EmptyCart::Destroy,
            EmptyCart::Clear => contract::EmptyCart::Clear,
            EmptyCart::Preserve => contract::EmptyCart::Preserve,
        },
        line_identity: match settings.line_identity {
            LineIdentity::Id => contract::LineIdentity::Id,
            LineIdentity::IdAndAttributes => contract::LineIdentity::IdAndAttributes,
        },
        default_currency: settings.default_currency.code(),
        default_rounding: match settings.default_rounding {
            Rounding::HalfUp => contract::Rounding::HalfUp,
            Rounding::HalfEven => contract::Rounding::HalfEven,
            Rounding::Floor => contract::Rounding::Floor,
            Rounding::Ceil => contract::Rounding::Ceil,
        },
        tax_shipping: settings.tax_shipping,
        ttl_ms: settings.ttl_ms,
        tombstone_ms: settings.tombstone_ms,
        events: settings.events,
        replays_max: settings.replays_max,
    }
}

pub(super) fn request(request: &service::Request) -> contract::Request<'_> {
    use service::Request;
    match request {
        Request::Change(body) => contract::Request::Change(body),
        Request::AddItems(body) => contract::Request::AddItems(body),
        Request::UpdateItem { item, body } => contract::Request::UpdateItem(contract::ForItem { item, body }),
        Request::RemoveItem { item } => contract::Request::RemoveItem(item),
        Request::AddCondition { item, body } => {
            contract::Request::AddCondition(contract::ForCondition { item: item.as_deref(), body })
        }
        Request::RemoveCondition { item, name } => {
            contract::Request::RemoveCondition(contract::ForCondition { item: item.as_deref(), body: name })
        }
        Request::SetMetadata(body) => contract::Request::SetMetadata(body),
        Request::Clear => contract::Request::Clear,
        Request::Destroy => contract::Request::Destroy,
    }
}

/// The texts of the revisions that a request is based on: [`options`] lends them.
pub(super) fn based_on_texts(options: &service::Options) -> Vec<String> {
    match &options.based_on {
        Some(BasedOn::OneOf(revisions)) => revisions.iter().map(Revision::to_string).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn options<'a>(options: &'a service::Options, based_on: &'a [&'a str]) -> contract::Options<'a> {
    contract::Options {
        currency: options.currency.as_deref(),
        rounding: options.rounding.as_deref(),
        based_on: options.based_on.as_ref().map(|based| match based {
            BasedOn::Absent => contract::BasedOn::Absent,
            BasedOn::Exists => contract::BasedOn::Exists,
            BasedOn::OneOf(_) => contract::BasedOn::OneOf(based_on),
        }),
        key: options.key.as_deref(),
    }
}

// From the guest: its answer.

/// What the guest answers.
pub(super) type Answered = std::result::Result<Option<contract::Answer>, contract::Problem>;

pub(super) fn answer(answer: contract::Answer) -> Result<service::Answer> {
    Ok(service::Answer {
        body: answer.body,
        revision: answer.revision.as_deref().map(Revision::parse).transpose()?,
        created: answer.created,
        replayed: answer.replayed,
        replays: answer.replays,
        valid_until: answer.valid_until_ms.map(Timestamp::from_ms),
    })
}

pub(super) fn problem(problem: contract::Problem) -> Error {
    PlainError {
        kind: problem.kind,
        message: problem.message,
        path: problem.path,
        reason: problem.reason,
        malformed: problem.malformed,
        retry_after_ms: problem.retry_after_ms,
        conflict: problem.conflict.map(|report| ConflictReport {
            attempted_version: report.attempted_version,
            current_version: report.current_version,
            incarnation_changed: report.incarnation_changed,
            changed: report.changed,
            last_changed_ms: report.last_changed_ms,
            safe_to_retry: report.safe_to_retry,
        }),
        needs: problem.needs.map(needs),
    }
    .into()
}

fn needs(needs: contract::Needs) -> Needs {
    let texts = |names: Vec<String>| names.into_iter().map(String::into_boxed_str).collect();
    Needs { zones: texts(needs.zones), definitions: texts(needs.definitions) }
}

// From the guest: what it asks of storage.

pub(super) fn address(address: &port::Address) -> Result<Address> {
    Address::new(&address.owner, &address.identifier, &address.instance)
}

pub(super) fn write(write: port::Write) -> Result<Write> {
    Ok(Write {
        address: address(&write.address)?,
        precondition: match write.precondition {
            port::Precondition::Any => Precondition::Any,
            port::Precondition::Absent => Precondition::Absent,
            port::Precondition::Exactly(of) => Precondition::Exactly(revision_in(of)),
        },
        slot: match write.slot {
            port::Slot::Cart(record) => Slot::Record(record_in(record)),
            port::Slot::Tombstone(tombstone) => Slot::Tombstone(tombstone_in(tombstone)?),
        },
        events: write
            .events
            .into_iter()
            .map(|event| StoredEvent { id: event.id, kind: event.kind, body: event.body })
            .collect(),
    })
}

fn revision_in(revision: port::Revision) -> Revision {
    Revision { incarnation: Incarnation::from_bits(revision.incarnation), version: revision.version }
}

fn record_in(record: port::CartRecord) -> Record {
    Record {
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
    }
}

fn tombstone_in(tombstone: port::Tombstone) -> Result<Tombstone> {
    Ok(Tombstone {
        revision: revision_in(tombstone.revision),
        reason: match tombstone.reason {
            port::EndReason::Destroyed => EndReason::Destroyed,
            port::EndReason::Expired => EndReason::Expired,
            port::EndReason::Merged => EndReason::Merged,
            port::EndReason::Swapped => EndReason::Swapped,
        },
        successor: tombstone.successor.as_ref().map(address).transpose()?,
        journal: tombstone.journal,
        ended_at: Timestamp::from_ms(tombstone.ended_at_ms),
        expires_at: Timestamp::from_ms(tombstone.expires_at_ms),
    })
}

// To the guest: what storage answered.

pub(super) fn loaded(loaded: Loaded) -> port::Loaded {
    match loaded {
        Loaded::Record(record) => port::Loaded::Cart(record_out(record)),
        Loaded::Absent(tombstone) => port::Loaded::Absent(tombstone.map(tombstone_out)),
    }
}

pub(super) fn committed(committed: Committed) -> port::Committed {
    match committed {
        Committed::Done => port::Committed::Done,
        Committed::Conflict { index, current } => {
            port::Committed::Conflict(port::Conflict { index: index as u32, current: loaded(current) })
        }
    }
}

pub(super) fn failure(error: &Error) -> port::Failure {
    port::Failure {
        kind: error.kind().as_str().to_owned(),
        message: error.message().to_owned(),
        reason: error.reason().map(str::to_owned),
        retry_after_ms: error.retry_after(),
    }
}

fn revision_out(revision: Revision) -> port::Revision {
    port::Revision { incarnation: revision.incarnation.as_bits(), version: revision.version }
}

fn record_out(record: Record) -> port::CartRecord {
    port::CartRecord {
        id: record.id,
        revision: revision_out(record.revision),
        currency: record.currency,
        rounding: record.rounding,
        items: record.items,
        conditions: record.conditions,
        metadata: record.metadata,
        journal: record.journal,
        created_at_ms: record.created_at.as_ms(),
        updated_at_ms: record.updated_at.as_ms(),
        expires_at_ms: record.expires_at.map(Timestamp::as_ms),
        converted_at_ms: record.converted_at.map(Timestamp::as_ms),
        order: record.order,
        summary: port::Summary {
            quantity: record.summary.quantity,
            lines: record.summary.lines,
            total: record.summary.total,
        },
    }
}

fn tombstone_out(tombstone: Tombstone) -> port::Tombstone {
    port::Tombstone {
        revision: revision_out(tombstone.revision),
        reason: match tombstone.reason {
            EndReason::Destroyed => port::EndReason::Destroyed,
            EndReason::Expired => port::EndReason::Expired,
            EndReason::Merged => port::EndReason::Merged,
            EndReason::Swapped => port::EndReason::Swapped,
        },
        successor: tombstone.successor.map(|address| port::Address {
            owner: address.owner().to_owned(),
            identifier: address.identifier().to_owned(),
            instance: address.instance().to_owned(),
        }),
        journal: tombstone.journal,
        ended_at_ms: tombstone.ended_at.as_ms(),
        expires_at_ms: tombstone.expires_at.as_ms(),
    }
}
