-- The trace in which each event happened, for the way from a ticket's page to it. Those of before
-- come with `reglament rebuild intake.history --accept`.
ALTER TABLE history_v1 ADD COLUMN trace_id text;
