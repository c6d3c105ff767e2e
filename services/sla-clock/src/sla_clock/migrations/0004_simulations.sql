-- A draft policy over the real past, worked off in shares of tickets by whoever has time.
CREATE TABLE simulations (
  id text PRIMARY KEY,
  desk text NOT NULL,
  policy text NOT NULL,              -- the draft as it came
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,        -- tickets opened in [since, until)
  as_of timestamptz NOT NULL,        -- when clocks that are still open are judged
  state text NOT NULL,               -- new, running, done, cancelled
  created_at timestamptz NOT NULL
);
CREATE TABLE simulation_shares (
  simulation text NOT NULL REFERENCES simulations ON DELETE CASCADE,
  number integer NOT NULL,
  first text NOT NULL,
  last text NOT NULL,
  holder text,
  leased_until timestamptz,          -- then another process may take it over
  done_at timestamptz,
  counted text,                      -- figures of this share, as JSON
  PRIMARY KEY (simulation, number)
);
-- The clocks that come out otherwise.
CREATE TABLE simulation_differences (
  simulation text NOT NULL REFERENCES simulations ON DELETE CASCADE,
  key text NOT NULL,                 -- ticket/metric/cycle
  ticket text NOT NULL,
  metric text NOT NULL,
  cycle integer NOT NULL,
  was text,                          -- state; null: no such clock
  becomes text,
  was_due_at timestamptz,
  due_at timestamptz,
  PRIMARY KEY (simulation, key)
);
