-- Since when new tickets go by which version of a region's holidays; `tz`: of the tz database.
CREATE TABLE calendar_editions (
  name text NOT NULL,
  edition text NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (name, edition)
);
-- A move may be to newer holidays, or a look alone; one ticket that cannot be moved stops no other.
ALTER TABLE policy_moves
  ALTER COLUMN version DROP NOT NULL,                 -- null: as it is
  ADD COLUMN calendars boolean NOT NULL DEFAULT false; -- the newest holidays as well
CREATE TABLE policy_move_tickets (
  move text NOT NULL REFERENCES policy_moves ON DELETE CASCADE,
  ticket text NOT NULL,
  cause text,                        -- why it cannot be moved; null: it waits for its timer
  PRIMARY KEY (move, ticket)
);
