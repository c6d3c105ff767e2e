-- The very bytes of each event, which its hash is over (architecture 10). Own ones come from the
-- event table; those of the other services with `reglament rebuild intake.history --accept`.
ALTER TABLE history_v1 ADD COLUMN body text;
UPDATE history_v1 h SET body = convert_from(e.data, 'UTF8') FROM events e WHERE e.id::text = h.key;
