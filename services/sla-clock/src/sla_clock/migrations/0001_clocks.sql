-- sla-clock's own copy of the events it consumed: what clocks are computed from (semantics 8).
CREATE TABLE ticket_events_v1 (
  key text PRIMARY KEY,              -- event id
  ticket text NOT NULL,
  source text NOT NULL,
  sequence integer NOT NULL,
  type text NOT NULL,
  schema_version smallint NOT NULL,
  desk text NOT NULL,
  at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  policy_version integer,
  data text NOT NULL
);
CREATE INDEX ticket_events_v1_ticket ON ticket_events_v1 (ticket);

-- One row a ticket, metric and cycle: what was said last. For lists; an answer is computed anew.
CREATE TABLE clocks_v1 (
  key text PRIMARY KEY,              -- ticket/metric/cycle
  ticket text NOT NULL,
  desk text NOT NULL,
  metric text NOT NULL,
  cycle integer NOT NULL,
  state text NOT NULL,
  priority text NOT NULL,
  within text NOT NULL,
  calendar text NOT NULL,
  started_at timestamptz NOT NULL,
  due_at timestamptz,
  breached_at timestamptz,
  met_at timestamptz,
  is_open boolean NOT NULL
);
CREATE INDEX clocks_v1_open ON clocks_v1 (desk, due_at, key) WHERE is_open;

-- When to look at a ticket again. Timers only say when; the domain says what (architecture 6, 7).
CREATE TABLE timers (
  ticket text PRIMARY KEY,
  part integer NOT NULL,
  look_at timestamptz,               -- null: nothing is to come by itself
  judged_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX timers_due ON timers (look_at) WHERE look_at IS NOT NULL;
