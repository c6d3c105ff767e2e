-- Read models of intake. Each can be thrown away and rebuilt from the topics (architecture 9).

CREATE TABLE ticket_view_v1 (
    key text PRIMARY KEY,
    number text NOT NULL,
    desk text NOT NULL,
    phase text NOT NULL,
    status text NOT NULL,
    worked boolean NOT NULL,
    withdrawn boolean NOT NULL,
    priority text NOT NULL,
    category text,
    cause text,
    complexity text,
    level text,
    service_level text,
    service_level_rule text,
    assignee text,
    department text,
    content jsonb,
    provided jsonb NOT NULL,
    attachments jsonb NOT NULL,
    requester text,
    customer text,
    contract text,
    channel text,
    callback boolean NOT NULL,
    confirmation text,
    violations jsonb NOT NULL,
    links jsonb NOT NULL,
    arrived_at timestamptz,
    opened_at timestamptz,
    accepted_at timestamptz,
    deferred_until timestamptz,
    due_at timestamptz,
    updated_at timestamptz NOT NULL,
    policy_version integer,
    version integer NOT NULL,
    view integer NOT NULL,
    seen jsonb NOT NULL
);
CREATE INDEX ticket_view_v1_desk ON ticket_view_v1 (desk, key);
CREATE INDEX ticket_view_v1_open ON ticket_view_v1 (desk, status, key)
    WHERE status NOT IN ('closed', 'refused', 'merged');
CREATE INDEX ticket_view_v1_number ON ticket_view_v1 (desk, number);
CREATE INDEX ticket_view_v1_requester ON ticket_view_v1 (requester);
CREATE INDEX ticket_view_v1_updated ON ticket_view_v1 (desk, updated_at);

CREATE TABLE history_v1 (
    key text PRIMARY KEY,
    ticket text NOT NULL,
    desk text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    source text NOT NULL,
    type text NOT NULL,
    schema_version integer NOT NULL,
    actor jsonb NOT NULL,
    data jsonb NOT NULL,
    sequence integer NOT NULL,
    hash text NOT NULL,
    prev_hash text NOT NULL,
    causation_id text,
    correlation_id text,
    policy_version integer
);
CREATE INDEX history_v1_ticket ON history_v1 (ticket, source, sequence);

CREATE TABLE customers_v1 (
    key text PRIMARY KEY,
    desk text NOT NULL,
    customer text NOT NULL,
    name text NOT NULL,
    inn text,
    emails jsonb NOT NULL,
    contracts jsonb NOT NULL,
    sequence integer NOT NULL
);
CREATE INDEX customers_v1_inn ON customers_v1 (desk, inn);
CREATE INDEX customers_v1_emails ON customers_v1 USING gin (emails jsonb_path_ops);

-- The order in which the pull feed hands events out. Not rebuilt with the history: readers hold
-- positions in it. Ordered by transaction, then position, and read only below the snapshot's xmin:
-- so no event that commits late is skipped.
CREATE TABLE feed (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event text NOT NULL UNIQUE,
    desk text NOT NULL,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX feed_desk ON feed (desk, transaction, position);

CREATE FUNCTION feed_append() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed (event, desk) SELECT key, desk FROM added ON CONFLICT (event) DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_append AFTER INSERT ON history_v1 REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION feed_append();
