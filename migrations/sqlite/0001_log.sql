-- The log and what one transaction of it touches. One file holds one log; `log_id` is here because the shape is the same
-- on every store.
--
-- Whatever a hash covers is stored as the text it is hashed as (ids, instants, payloads), so that a few lines of any
-- language can check the chain from the rows. Append-only is by design of the one writer, not by triggers.

CREATE TABLE log_head (
    log_id      INTEGER NOT NULL PRIMARY KEY,
    position    INTEGER NOT NULL CHECK (position >= 0),
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    recorded_at TEXT    NOT NULL
) STRICT;

-- With a rowid: events are large rows, and a table without one keeps only a quarter page of each row in place.
CREATE TABLE events (
    log_id         INTEGER NOT NULL,
    position       INTEGER NOT NULL CHECK (position > 0),
    account_id     TEXT    NOT NULL,
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence > 0),
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    event_id       TEXT    NOT NULL,
    command_id     TEXT    NOT NULL,
    effective_at   TEXT    NOT NULL,
    recorded_at    TEXT    NOT NULL,
    hash           BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (log_id, position)
) STRICT;

CREATE UNIQUE INDEX events_stream ON events (aggregate_type, aggregate_id, sequence, log_id);
CREATE INDEX events_account ON events (log_id, account_id, position);

-- With a rowid: keys arrive in random order, and only a narrow index should pay for that.
CREATE TABLE commands (
    log_id         INTEGER NOT NULL,
    scope          TEXT    NOT NULL,
    key            TEXT    NOT NULL,
    fingerprint    BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    command_id     TEXT    NOT NULL,
    first_position INTEGER NOT NULL,
    last_position  INTEGER NOT NULL,
    recorded_at    TEXT    NOT NULL,
    status         INTEGER NOT NULL,
    resource       TEXT    NOT NULL,
    PRIMARY KEY (log_id, scope, key)
) STRICT;

CREATE TABLE directory (
    account_id TEXT    NOT NULL PRIMARY KEY,
    log_id     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE directory_applications (
    application_id INTEGER NOT NULL PRIMARY KEY,
    account_id     TEXT    NOT NULL
) STRICT;

CREATE INDEX directory_applications_account ON directory_applications (account_id);

CREATE TABLE clock (
    log_id INTEGER NOT NULL PRIMARY KEY,
    kind   TEXT    NOT NULL CHECK (kind IN ('system', 'manual')),
    now    TEXT    NOT NULL
) STRICT;

CREATE TABLE projections (
    name     TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    log_id   INTEGER NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    log_hash BLOB    NOT NULL CHECK (length(log_hash) = 32),
    status   TEXT    NOT NULL,
    PRIMARY KEY (log_id, name, version)
) STRICT, WITHOUT ROWID;
