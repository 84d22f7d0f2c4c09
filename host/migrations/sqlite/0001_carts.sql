-- Carts, what is left of ended ones, and events on their way out.
-- {carts} stands for the table's name, a setting.
--
-- Times are RFC 3339 text in UTC with milliseconds, always 24 characters: they read as they are,
-- SQLite's own date functions take them, and in byte order they are in order of time.
-- A row whose ended_at is set is a tombstone: its lists are empty, expires_at is its own end.

CREATE TABLE {carts} (
    number               INTEGER PRIMARY KEY,
    id                   TEXT,
    owner                TEXT    NOT NULL DEFAULT '',
    identifier           TEXT    NOT NULL,
    instance             TEXT    NOT NULL DEFAULT 'default',
    incarnation          TEXT    NOT NULL,
    version              INTEGER NOT NULL DEFAULT 1,
    currency             TEXT    NOT NULL DEFAULT '',
    rounding             TEXT    NOT NULL DEFAULT '',
    items                TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(items)),
    conditions           TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(conditions)),
    metadata             TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(metadata)),
    quantity             INTEGER NOT NULL DEFAULT 0,
    lines                INTEGER NOT NULL DEFAULT 0,
    total                INTEGER NOT NULL DEFAULT 0,
    journal              TEXT    NOT NULL DEFAULT '',
    created_at           TEXT    NOT NULL,
    updated_at           TEXT    NOT NULL,
    expires_at           TEXT,
    converted_at         TEXT,
    order_reference      TEXT,
    ended_at             TEXT,
    end_reason           TEXT,
    successor_owner      TEXT,
    successor_identifier TEXT,
    successor_instance   TEXT,
    UNIQUE (owner, identifier, instance)
) STRICT;

CREATE INDEX {carts}_updated_at ON {carts} (owner, updated_at) WHERE ended_at IS NULL;

CREATE TABLE {carts}_outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL
) STRICT;
