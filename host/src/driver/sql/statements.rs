//! The statements, written once per table and dialect.
//!
//! They are built when a store is opened and are the same text ever after, so that a connection
//! prepares each once. The order of values is the order of [`COLUMNS`], then the address, then
//! whatever else a statement compares; [`super::row`] yields them in that order.

use super::Dialect;
use std::sync::Arc;

/// The columns that a slot fills, in the order in which it fills them.
pub(super) const COLUMNS: [&str; 22] = [
    "id",
    "incarnation",
    "version",
    "currency",
    "rounding",
    "items",
    "conditions",
    "metadata",
    "journal",
    "quantity",
    "lines",
    "total",
    "created_at",
    "updated_at",
    "expires_at",
    "converted_at",
    "order_reference",
    "ended_at",
    "end_reason",
    "successor_owner",
    "successor_identifier",
    "successor_instance",
];

const ADDRESS: [&str; 3] = ["owner", "identifier", "instance"];
const LIVES: &str = "ended_at IS NULL AND (expires_at IS NULL OR expires_at > ";

/// How many events one statement keeps. A commit with more takes the longer way.
pub(super) const EVENTS_AT_ONCE: usize = 16;
/// How many delivered events one statement takes out.
pub(super) const IDS_AT_ONCE: usize = 64;

/// One statement's text, shared by the connections that run it.
pub(super) type Sql = Arc<str>;

/// The statements for one table.
pub(super) struct Statements {
    /// Row number, then [`COLUMNS`]. Values: address.
    pub(super) load: Sql,
    /// Writes whatever stands there. Values: [`COLUMNS`], address.
    pub(super) put: Sql,
    /// By precondition and number of events, one text that makes a write and keeps its events, or
    /// does neither: see [`Statements::fast`].
    exactly: Vec<[Sql; 2]>,
    absent: Vec<[Sql; 2]>,
    /// Keeps `n + 1` events. Values: id, kind and body of each.
    pub(super) keep: Vec<Sql>,
    /// Values: owner, identifier, now.
    pub(super) instances: Sql,
    /// Values: owner, now, limit.
    pub(super) scan: [Sql; 4],
    /// Values: limit.
    pub(super) outbox: Sql,
    /// Values: [`IDS_AT_ONCE`] ids.
    pub(super) delivered: Sql,
    /// Values: now, the same less the time that an expired cart is still recognised, limit.
    pub(super) purge: Sql,
    /// No values: answers when the table is there.
    pub(super) ready: Sql,
}

impl Statements {
    pub(super) fn new(dialect: &Dialect, table: &str) -> Self {
        let text = |build: &dyn Fn(&mut Text<'_>)| -> Sql {
            let mut text = Text { dialect, table, out: String::new(), values: 0 };
            build(&mut text);
            text.out.into()
        };
        let fast = |write: &dyn Fn(&mut Text<'_>)| {
            (0..=EVENTS_AT_ONCE)
                .map(|events| {
                    let both = |text: &mut Text<'_>| {
                        write(text);
                        if events > 0 {
                            text.raw("; ");
                            text.keep_if_changed(events);
                        }
                    };
                    let alone = text(&|text| {
                        if events == 0 {
                            // One statement is a transaction of its own.
                            return both(text);
                        }
                        text.raw(dialect.begin).raw("; ");
                        both(text);
                        text.raw("; COMMIT");
                    });
                    [text(&both), alone]
                })
                .collect()
        };
        let scan = |before: bool, after: bool| {
            text(&|text| {
                text.raw("SELECT number, identifier, instance, incarnation, version, currency, updated_at, expires_at, converted_at, quantity, lines, total FROM ");
                text.table("").raw(" WHERE owner = ").value().raw(" AND ").raw(LIVES).value().raw(")");
                if before {
                    text.raw(" AND updated_at < ").value();
                }
                if after {
                    text.raw(" AND (updated_at, identifier, instance) > (").values(3).raw(")");
                }
                text.raw(" ORDER BY updated_at, identifier, instance LIMIT ").value();
            })
        };
        Statements {
            load: text(&|text| {
                text.raw("SELECT number, ").raw(&COLUMNS.join(", ")).raw(" FROM ").table("").raw(" WHERE ").address();
            }),
            put: text(&|text| {
                text.insert().raw(dialect.upsert).raw(" ");
                for (index, column) in COLUMNS.iter().enumerate() {
                    text.raw(if index == 0 { "" } else { ", " }).raw(column).raw(" = ");
                    (dialect.upsert_value)(&mut text.out, column);
                }
            }),
            exactly: fast(&|text| {
                text.raw("UPDATE ").table("").raw(" SET ");
                for (index, column) in COLUMNS.iter().enumerate() {
                    text.raw(if index == 0 { "" } else { ", " }).raw(column).raw(" = ").value();
                }
                text.raw(" WHERE ").address();
                text.raw(" AND incarnation = ").value().raw(" AND version = ").value();
                text.raw(" AND ").raw(LIVES).value().raw(") AND ").raw(dialect.readable);
            }),
            absent: fast(&|text| {
                text.insert().raw(dialect.or_nothing);
            }),
            keep: (1..=EVENTS_AT_ONCE)
                .map(|events| {
                    text(&|text| {
                        text.raw("INSERT INTO ").table("_outbox").raw(" (id, kind, body) VALUES ");
                        for n in 0..events {
                            text.raw(if n == 0 { "(" } else { ", (" }).values(3).raw(")");
                        }
                        text.raw(dialect.or_nothing);
                    })
                })
                .collect(),
            instances: text(&|text| {
                text.raw("SELECT instance FROM ")
                    .table("")
                    .raw(" WHERE owner = ")
                    .value()
                    .raw(" AND identifier = ")
                    .value();
                text.raw(" AND ").raw(LIVES).value().raw(") ORDER BY instance");
            }),
            scan: [scan(false, false), scan(false, true), scan(true, false), scan(true, true)],
            outbox: text(&|text| {
                text.raw("SELECT id, kind, body FROM ").table("_outbox").raw(" ORDER BY position LIMIT ").value();
            }),
            delivered: text(&|text| {
                text.raw("DELETE FROM ").table("_outbox").raw(" WHERE id IN (").values(IDS_AT_ONCE).raw(")");
            }),
            purge: text(&|text| {
                text.raw("DELETE FROM ").table("").raw(" WHERE number IN (SELECT number FROM ").table("");
                text.raw(" WHERE (ended_at IS NOT NULL AND expires_at <= ").value();
                text.raw(") OR (ended_at IS NULL AND expires_at <= ").value().raw(") LIMIT ").value().raw(")");
            }),
            ready: text(&|text| {
                text.raw("SELECT number FROM ").table("").raw(" LIMIT 1");
            }),
        }
    }

    /// The text that replaces exactly one state and keeps `events` events, or does nothing; with
    /// its own transaction around it when it runs `alone`. Values: [`COLUMNS`], address,
    /// incarnation, version, now, events.
    pub(super) fn exactly(&self, events: usize, alone: bool) -> &Sql {
        &self.exactly[events][usize::from(alone)]
    }

    /// The same for a cart that must not be there yet. Values: [`COLUMNS`], address, events.
    pub(super) fn absent(&self, events: usize, alone: bool) -> &Sql {
        &self.absent[events][usize::from(alone)]
    }
}

/// A statement being written.
struct Text<'a> {
    dialect: &'a Dialect,
    table: &'a str,
    out: String,
    values: usize,
}

impl Text<'_> {
    fn raw(&mut self, sql: &str) -> &mut Self {
        self.out.push_str(sql);
        self
    }

    fn table(&mut self, suffix: &str) -> &mut Self {
        self.out.push_str(self.table);
        self.out.push_str(suffix);
        self
    }

    fn value(&mut self) -> &mut Self {
        self.values += 1;
        (self.dialect.placeholder)(&mut self.out, self.values);
        self
    }

    fn values(&mut self, n: usize) -> &mut Self {
        for n in 0..n {
            self.raw(if n == 0 { "" } else { ", " }).value();
        }
        self
    }

    fn address(&mut self) -> &mut Self {
        for (index, column) in ADDRESS.iter().enumerate() {
            self.raw(if index == 0 { "" } else { " AND " }).raw(column).raw(" = ").value();
        }
        self
    }

    fn insert(&mut self) -> &mut Self {
        self.raw("INSERT INTO ").table("").raw(" (").raw(&COLUMNS.join(", ")).raw(", ").raw(&ADDRESS.join(", "));
        self.raw(") VALUES (").values(COLUMNS.len() + ADDRESS.len()).raw(")")
    }

    /// An insert of `events` events that takes place only when the statement before it changed its row.
    fn keep_if_changed(&mut self, events: usize) -> &mut Self {
        self.raw("INSERT INTO ").table("_outbox").raw(" (id, kind, body) ");
        for n in 0..events {
            self.raw(if n == 0 { "" } else { " UNION ALL " }).raw("SELECT ").values(3).raw(" WHERE ");
            self.raw(self.dialect.changed_one);
        }
        self.raw(self.dialect.or_nothing)
    }
}
