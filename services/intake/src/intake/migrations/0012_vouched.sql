-- Whether our own mail server stood before the door by which a letter came: only then is its
-- Authentication-Results its own word (semantics 21; reliability c2).
ALTER TABLE letters ADD COLUMN vouched boolean NOT NULL DEFAULT true;

-- Limits are counted by when letters were taken, not by when we came round to them.
DROP INDEX letters_answered;
CREATE INDEX letters_answered ON letters (desk, received_at) WHERE answered;
CREATE INDEX letters_by_sender ON letters (requester, received_at) WHERE requester IS NOT NULL;
