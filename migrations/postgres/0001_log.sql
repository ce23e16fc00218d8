-- The log and what is written with it. Every key and every table that a log's transaction touches carries log_id, so
-- that an engine which distributes by log_id keeps one log on one shard. Keys compare byte by byte (COLLATE "C"), so
-- that order does not depend on the host's locale and is the same as SQLite's.
--
-- Append-only by grants, not by triggers: `subledger migrate --app-role NAME` gives a role INSERT and SELECT on events
-- and commands, and nothing else.

CREATE TABLE log_head (
    log_id      smallint    NOT NULL PRIMARY KEY,
    position    bigint      NOT NULL CHECK (position >= 0),
    hash        bytea       NOT NULL CHECK (octet_length(hash) = 32),
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 10); -- one hot row: its versions stay on one page and touch no index

COMMENT ON TABLE log_head IS 'Where each log ends. The lock on this row is the commit order.';
COMMENT ON COLUMN log_head.log_id IS 'The log.';
COMMENT ON COLUMN log_head.position IS 'Position of the last event; 0 when there is none.';
COMMENT ON COLUMN log_head.hash IS 'SHA-256 of the last event, which covers all before it; 32 zero bytes when there is none.';
COMMENT ON COLUMN log_head.recorded_at IS 'When the last event was recorded; never decreases.';

INSERT INTO log_head (log_id, position, hash, recorded_at)
VALUES (1, 0, decode(repeat('00', 32), 'hex'), '1970-01-01T00:00:00Z');

CREATE TABLE events (
    log_id         smallint         NOT NULL,
    position       bigint           NOT NULL CHECK (position > 0),
    account_id     text COLLATE "C" NOT NULL,
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id   text COLLATE "C" NOT NULL,
    sequence       bigint           NOT NULL CHECK (sequence > 0),
    event_type     text COLLATE "C" NOT NULL,
    event_version  text COLLATE "C" NOT NULL,
    payload        json             NOT NULL,
    metadata       json             NOT NULL,
    event_id       uuid             NOT NULL,
    command_id     uuid             NOT NULL,
    effective_at   timestamptz      NOT NULL,
    recorded_at    timestamptz      NOT NULL,
    hash           bytea            NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (log_id, position)
);

-- In this order because the stock postgres-es reader asks by type and id and knows no log_id.
CREATE UNIQUE INDEX events_stream ON events (aggregate_type, aggregate_id, sequence, log_id);
CREATE INDEX events_account ON events (log_id, account_id, position);

COMMENT ON TABLE events IS 'The log: every fact, append-only. The seven columns of postgres-es are a subset.';
COMMENT ON COLUMN events.log_id IS 'The log.';
COMMENT ON COLUMN events.position IS 'Place in the log: dense from 1, in commit order.';
COMMENT ON COLUMN events.account_id IS 'The payer whose Books the fact belongs to.';
COMMENT ON COLUMN events.aggregate_type IS 'Kind of aggregate.';
COMMENT ON COLUMN events.aggregate_id IS 'Stream among its kind.';
COMMENT ON COLUMN events.sequence IS 'Place in the stream: dense from 1.';
COMMENT ON COLUMN events.event_type IS 'Kind of event.';
COMMENT ON COLUMN events.event_version IS 'Version of the payload.';
COMMENT ON COLUMN events.payload IS 'The fact. json, not jsonb: it keeps the text that the hash covers.';
COMMENT ON COLUMN events.metadata IS 'Flat object of strings, with causation_id.';
COMMENT ON COLUMN events.event_id IS 'The fact''s own id, derived from its command.';
COMMENT ON COLUMN events.command_id IS 'The command that brought it about.';
COMMENT ON COLUMN events.effective_at IS 'When it is true. Bills follow this one.';
COMMENT ON COLUMN events.recorded_at IS 'When the ledger knew. Audits show both.';
COMMENT ON COLUMN events.hash IS 'SHA-256 over the hash before it and every column.';

CREATE TABLE commands (
    log_id         smallint         NOT NULL,
    scope          text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    fingerprint    bytea            NOT NULL CHECK (octet_length(fingerprint) = 32),
    command_id     uuid             NOT NULL,
    first_position bigint           NOT NULL,
    last_position  bigint           NOT NULL,
    recorded_at    timestamptz      NOT NULL,
    status         smallint         NOT NULL,
    resource       text             NOT NULL,
    PRIMARY KEY (log_id, scope, key)
);

COMMENT ON TABLE commands IS 'The answer to every accepted command that came with a key; kept for ever.';
COMMENT ON COLUMN commands.log_id IS 'The log.';
COMMENT ON COLUMN commands.scope IS 'The payer''s account id, `accounts` when one is opened, `clock` for the clock.';
COMMENT ON COLUMN commands.key IS 'The caller''s idempotency key within the scope.';
COMMENT ON COLUMN commands.fingerprint IS 'SHA-256 of method, path and canonical body.';
COMMENT ON COLUMN commands.command_id IS 'The command.';
COMMENT ON COLUMN commands.first_position IS 'Its first event; one above last_position when it has none.';
COMMENT ON COLUMN commands.last_position IS 'Its last event, or the head it was accepted at.';
COMMENT ON COLUMN commands.recorded_at IS 'When it was accepted.';
COMMENT ON COLUMN commands.status IS 'HTTP status of the answer.';
COMMENT ON COLUMN commands.resource IS 'The resource part of the answer: text of a JSON object, rendered before the append.';

CREATE TABLE directory (
    account_id text COLLATE "C" NOT NULL PRIMARY KEY,
    log_id     smallint         NOT NULL
);

COMMENT ON TABLE directory IS 'Which log an account lives in: a row, never a function of how many logs there are.';
COMMENT ON COLUMN directory.account_id IS 'The payer.';
COMMENT ON COLUMN directory.log_id IS 'Its log.';

CREATE TABLE directory_applications (
    application_id bigint           NOT NULL PRIMARY KEY CHECK (application_id > 0),
    account_id     text COLLATE "C" NOT NULL
);

CREATE INDEX directory_applications_account ON directory_applications (account_id, application_id);

COMMENT ON TABLE directory_applications IS 'Application ids, reserved before the append. One without an application is harmless.';
COMMENT ON COLUMN directory_applications.application_id IS 'The SDKAppID.';
COMMENT ON COLUMN directory_applications.account_id IS 'The payer that holds it.';

CREATE TABLE clock (
    log_id smallint         NOT NULL PRIMARY KEY,
    kind   text COLLATE "C" NOT NULL CHECK (kind IN ('system', 'manual')),
    now    timestamptz      NOT NULL
);

COMMENT ON TABLE clock IS 'Which clock a ledger was born under.';
COMMENT ON COLUMN clock.log_id IS 'The log.';
COMMENT ON COLUMN clock.kind IS '`system` or `manual`, for ever.';
COMMENT ON COLUMN clock.now IS 'Where a manual clock stands; for a system clock, when the ledger was born.';

CREATE TABLE projections (
    name     text COLLATE "C" NOT NULL,
    version  integer          NOT NULL,
    log_id   smallint         NOT NULL,
    position bigint           NOT NULL CHECK (position >= 0),
    log_hash bytea            NOT NULL CHECK (octet_length(log_hash) = 32),
    status   text COLLATE "C" NOT NULL,
    PRIMARY KEY (name, version, log_id)
);

COMMENT ON TABLE projections IS 'How far each projection has come. Written in the same transaction as its rows.';
COMMENT ON COLUMN projections.name IS 'The projection.';
COMMENT ON COLUMN projections.version IS 'Version of its shape and meaning.';
COMMENT ON COLUMN projections.log_id IS 'The log it folds.';
COMMENT ON COLUMN projections.position IS 'Position of the last event folded.';
COMMENT ON COLUMN projections.log_hash IS 'Hash of the log at that position.';
COMMENT ON COLUMN projections.status IS '`live`: readers may use its tables.';
