-- Read models of others' events, columns as the projections have them.
CREATE TABLE tickets_v1 (
    key text PRIMARY KEY,
    desk text NOT NULL,
    policy_version int,
    ticket jsonb NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE engineers_v1 (
    key text PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    locale text NOT NULL
);

-- Copies of what intake keeps (architecture 5); an erased one keeps its row and nothing else.
CREATE TABLE contacts (
    requester text PRIMARY KEY,
    email text,
    name text,
    locale text,
    erased boolean NOT NULL DEFAULT false
);
CREATE TABLE contents (
    id text PRIMARY KEY,
    version int NOT NULL,
    parts jsonb NOT NULL DEFAULT '{}',
    erased boolean NOT NULL DEFAULT false
);

-- One row a letter, made in the transaction of the event that calls for it. Its effect is unique,
-- its Message-ID the same at every try. A try is claimed with a lease and recorded under its epoch.
CREATE TABLE letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    effect text NOT NULL UNIQUE,
    subject text NOT NULL,
    is_ticket boolean NOT NULL,
    desk text NOT NULL,
    policy_version int NOT NULL,
    template text NOT NULL,
    recipient_kind text NOT NULL CHECK (recipient_kind IN ('requester', 'engineer')),
    recipient text NOT NULL,
    automatic text,
    answers_update boolean NOT NULL,
    answers text,
    content text,
    content_version int,
    subject_content text,
    values jsonb NOT NULL,
    message_id text NOT NULL,
    causation_id text,
    correlation_id text,
    traceparent text,
    created_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'ready'
        CHECK (state IN ('ready', 'waiting', 'sent', 'failed', 'suppressed', 'bounced')),
    attempt int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    lease_until timestamptz,
    lease_epoch int NOT NULL DEFAULT 0,
    address_hash text,
    because text,
    settled_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX letters_due ON letters (next_at) WHERE state IN ('ready', 'waiting');
CREATE INDEX letters_waiting ON letters (recipient) WHERE state = 'waiting';
CREATE INDEX letters_of_subject ON letters (subject, id);
CREATE INDEX letters_by_message_id ON letters (message_id);
CREATE INDEX letters_per_address ON letters (address_hash, settled_at) WHERE state = 'sent';

CREATE TABLE subscriptions_v1 (
    key text PRIMARY KEY,
    desk text NOT NULL,
    url text NOT NULL,
    types jsonb NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX subscriptions_of_desk ON subscriptions_v1 (desk) WHERE active;
-- Never in an event, never on Kafka.
CREATE TABLE subscription_secrets (
    subscription text PRIMARY KEY,
    secret text NOT NULL
);

-- Every event of the four topics as subscribers get it; holds no personal data.
CREATE TABLE feed (
    event text PRIMARY KEY,
    desk text NOT NULL,
    subject text NOT NULL,
    type text NOT NULL,
    recorded_at timestamptz NOT NULL,
    body text NOT NULL
);
CREATE INDEX feed_in_order ON feed (desk, recorded_at);

CREATE TABLE webhooks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    effect text NOT NULL UNIQUE,
    subscription text NOT NULL,
    event text NOT NULL,
    created_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'ready'
        CHECK (state IN ('ready', 'sent', 'failed', 'suppressed')),
    attempt int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    lease_until timestamptz,
    lease_epoch int NOT NULL DEFAULT 0,
    status int,
    because text,
    settled_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX webhooks_due ON webhooks (next_at) WHERE state = 'ready';
CREATE INDEX webhooks_of_subscription ON webhooks (subscription, id);
CREATE INDEX webhooks_of_event ON webhooks (event);
