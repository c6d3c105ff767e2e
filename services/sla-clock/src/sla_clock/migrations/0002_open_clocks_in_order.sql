-- The desk's list as its query orders it: soonest first, those without a due time last.
DROP INDEX clocks_v1_open;
CREATE INDEX clocks_v1_open
  ON clocks_v1 (desk, (coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz)), key)
  WHERE is_open;
