-- The event store of one service (architecture 2, 10; reliability b1).

-- One order for all that is published: the relay reads events and records by position.
CREATE SEQUENCE positions AS bigint CACHE 1;

-- Where each stream stands. Its row is the lock of its writers: position order = version order.
CREATE TABLE streams (
    stream text PRIMARY KEY,
    version int NOT NULL CHECK (version > 0),
    head text NOT NULL,
    subject text NOT NULL,
    desk text NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- Kept for ever; `data` is the very bytes that Kafka gets, `subject` the key, `version` ce_sequence.
CREATE TABLE events (
    position bigint PRIMARY KEY DEFAULT nextval('positions'),
    stream text NOT NULL,
    version int NOT NULL,
    id uuid NOT NULL,
    source text NOT NULL,
    type text NOT NULL,
    schema_version smallint NOT NULL,
    subject text NOT NULL,
    desk text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    causation_id text,
    correlation_id text,
    policy_version int,
    traceparent text,
    topic text NOT NULL,
    data bytea NOT NULL,
    prev_hash text NOT NULL,
    hash text NOT NULL,
    UNIQUE (stream, version)
) WITH (fillfactor = 100);
ALTER SEQUENCE positions OWNED BY events.position;

CREATE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are only ever added' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();

-- What the relay has still to send. A row leaves when Kafka has acknowledged the record.
CREATE TABLE pending (
    position bigint PRIMARY KEY,
    shard smallint NOT NULL DEFAULT 0
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

-- Newest states on compacted topics which are no events: contacts, contents. A pending row whose
-- position is nobody's any more was overtaken by a newer state and is dropped unsent.
CREATE TABLE records (
    topic text NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    position bigint NOT NULL UNIQUE,
    PRIMARY KEY (topic, key)
);

-- The number that a desk's next request gets (semantics 18).
CREATE TABLE numbers (
    desk text PRIMARY KEY,
    next bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0.01);

-- First answers to requests with an Idempotency-Key.
CREATE TABLE idempotency (
    scope text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
