-- Business days beside working seconds, what was put off by reason, and handing over (RUS-04, RUS-11).
-- Older rows get theirs with `python -m sla_clock outcomes`.
ALTER TABLE outcomes
  ADD COLUMN days double precision,           -- of one that was met
  ADD COLUMN waiting_days double precision NOT NULL DEFAULT 0,
  ADD COLUMN deferred_days jsonb NOT NULL DEFAULT '{}',  -- the desk's reason -> days
  ADD COLUMN department text;                 -- to which it was handed last before the end
