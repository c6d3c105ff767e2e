-- A row a ticket, metric and cycle: what the clock came to when it was looked at last, with what a
-- report groups it by. Reports sum these up; `python -m sla_clock outcomes` reckons them anew.
CREATE TABLE outcomes (
  ticket text NOT NULL,
  metric text NOT NULL,
  cycle integer NOT NULL,
  desk text NOT NULL,
  state text NOT NULL,
  started_at timestamptz NOT NULL,
  due_at timestamptz,
  met_at timestamptz,
  elapsed double precision,          -- working seconds of one that was met, late ones too
  waiting double precision NOT NULL, -- working seconds that the client was waited for
  deferred double precision NOT NULL,
  breach_said boolean NOT NULL,      -- a ClockBreached stands in history, corrected or not
  excused text,
  priority text NOT NULL,
  service_level text,
  category text,
  complexity text,
  engineer text,
  level text,
  handed_over boolean NOT NULL,
  PRIMARY KEY (ticket, metric, cycle)
);
CREATE INDEX outcomes_desk ON outcomes (desk, started_at);

-- When a ticket came and went: how many were open when another one arrived.
CREATE TABLE arrivals (
  ticket text PRIMARY KEY,
  desk text NOT NULL,
  opened_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX arrivals_desk ON arrivals (desk, opened_at);
