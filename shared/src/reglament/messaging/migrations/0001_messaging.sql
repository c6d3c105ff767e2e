-- What a consumer knows of itself. All of it is written in the transaction of the effects.

-- The truth of how far a partition is read; the epoch fences former owners (reliability b1).
CREATE TABLE consumer_offset (
    consumer text NOT NULL,
    topic text NOT NULL,
    part int NOT NULL,
    next_offset bigint NOT NULL,
    epoch bigint NOT NULL,
    PRIMARY KEY (consumer, topic, part)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01);

-- The last sequence taken of each subject and source: doubles, gaps and disorder show here.
CREATE TABLE inbox (
    subject text NOT NULL,
    source text NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (subject, source)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- A subject whose events wait: for the missing one of a gap, or for a redrive of a dead letter.
CREATE TABLE blocked (
    subject text PRIMARY KEY,
    reason text NOT NULL CHECK (reason IN ('gap', 'poison')),
    source text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    source text NOT NULL,
    sequence bigint,
    topic text NOT NULL,
    part int NOT NULL,
    record_offset bigint NOT NULL,
    headers bytea NOT NULL,
    value bytea,
    cause text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz
);
CREATE INDEX dead_letter_open ON dead_letter (subject) WHERE settled_at IS NULL;

CREATE TABLE parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    source text NOT NULL,
    sequence bigint,
    topic text NOT NULL,
    part int NOT NULL,
    record_offset bigint NOT NULL,
    headers bytea NOT NULL,
    value bytea,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX parked_in_order ON parked (subject, id);

-- Every version of every desk's rules; filled from the policies topic, by intake itself inline.
CREATE TABLE policies (
    desk text NOT NULL,
    version int NOT NULL,
    document jsonb NOT NULL,
    digest text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (desk, version)
);
