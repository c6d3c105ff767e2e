-- Two equal requests at one instant, by two replicas or by letter and by web: both know that so
-- many have come before, so both would be the same next one, and the second looks again.
ALTER TABLE request_fingerprints ADD COLUMN nth int;
CREATE UNIQUE INDEX request_fingerprints_nth_once
    ON request_fingerprints (desk, fingerprint, nth);
