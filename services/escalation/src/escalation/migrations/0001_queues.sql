-- Read models. Columns are those of the projections; `key` comes first.

-- What the Ticket streams say, as far as queues care.
CREATE TABLE ticket_facts_v1 (
    key text PRIMARY KEY,
    desk text NOT NULL,
    policy_version int,
    facts jsonb NOT NULL
) WITH (fillfactor = 70);

-- Who stands where. A claim locks the first row and skips those that others have locked.
CREATE TABLE queue_v1 (
    key text PRIMARY KEY,
    desk text NOT NULL,
    level text NOT NULL,
    rank int NOT NULL,
    waiting_since timestamptz NOT NULL,
    department text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX queue_in_order ON queue_v1 (desk, level, rank, waiting_since, key);

-- Who has which ticket, and at which level it is.
CREATE TABLE assignments_v1 (
    key text PRIMARY KEY,
    desk text NOT NULL,
    level text NOT NULL,
    engineer text,
    version bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX assignments_of_engineer ON assignments_v1 (desk, engineer)
    WHERE engineer IS NOT NULL;

CREATE TABLE engineers_v1 (
    key text PRIMARY KEY,
    desk text NOT NULL,
    engineer text NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    locale text NOT NULL,
    active boolean NOT NULL,
    level text NOT NULL,
    languages jsonb NOT NULL,
    qualifications jsonb NOT NULL,
    since date,
    departments jsonb NOT NULL
);
CREATE INDEX engineers_of_desk ON engineers_v1 (desk, engineer);

-- Every escalation of a ticket, in order.
CREATE TABLE escalations_v1 (
    key text PRIMARY KEY,
    ticket text NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL,
    type text NOT NULL,
    actor jsonb NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX escalations_of_ticket ON escalations_v1 (ticket, sequence);

-- Reasons in words: they stay here and in no event, so that they can be erased.
CREATE TABLE escalation_notes (
    ticket text NOT NULL,
    at timestamptz NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (ticket, at)
);
