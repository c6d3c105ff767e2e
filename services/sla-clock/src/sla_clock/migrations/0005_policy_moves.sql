-- Live tickets on their way to another policy version; `last`: the last ticket that has been moved.
CREATE TABLE policy_moves (
  id text PRIMARY KEY,
  desk text NOT NULL,
  version integer NOT NULL,
  actor text NOT NULL,               -- as JSON
  state text NOT NULL,               -- running, done
  last text NOT NULL DEFAULT '',
  moved integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL
);
CREATE INDEX clocks_v1_live ON clocks_v1 (desk, ticket) WHERE is_open;
-- Which tickets' clocks were moved: very few of all events.
CREATE INDEX events_migrated ON events (subject) WHERE type = 'ClocksMigrated';
