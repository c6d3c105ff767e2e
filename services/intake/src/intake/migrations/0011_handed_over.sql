-- Letters handed over at our own door (SMTP, LMTP): no mailbox numbers them, and the envelope is known.
ALTER TABLE letters ADD COLUMN envelope_sender text, ADD COLUMN envelope_recipient text;
CREATE SEQUENCE letters_handed_over;

-- Whether a letter may be answered: by it the limits of automatic answers are counted.
ALTER TABLE letters ADD COLUMN answered boolean NOT NULL DEFAULT false;
CREATE INDEX letters_answered ON letters (desk, decided_at) WHERE answered;


-- The desk's engineers as escalation says them: by their addresses their letters are known.
CREATE TABLE engineers_v1 (
    key text PRIMARY KEY,               -- desk/engineer
    desk text NOT NULL,
    engineer text NOT NULL,
    email text NOT NULL,                -- casefolded
    active boolean NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX engineers_by_email ON engineers_v1 (desk, email);
