-- Every letter received, whole, and what became of it (semantics 20, 22).
CREATE TABLE letters (
    id           uuid PRIMARY KEY,
    desk         text NOT NULL,
    mailbox      text NOT NULL,
    uidvalidity  bigint NOT NULL,
    uid          bigint NOT NULL,
    content_hash bytea NOT NULL,
    raw          bytea NOT NULL,
    received_at  timestamptz NOT NULL,  -- when the mail server took it (semantics 23)
    stored_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    message_id   text,
    digest       text,                  -- the same for a second copy by another path
    released_by  text,                  -- the admin who let it out of quarantine
    outcome      text CHECK (outcome IN ('ticket', 'message', 'returned', 'refused', 'duplicate',
                                         'report', 'automatic', 'quarantined')),
    rule         text,
    ticket       uuid,
    decided_at   timestamptz,
    attempts     integer NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (mailbox, uidvalidity, uid)
);
CREATE INDEX letters_by_content ON letters (mailbox, content_hash);
CREATE INDEX letters_by_digest ON letters (mailbox, digest) WHERE digest IS NOT NULL;
CREATE INDEX letters_undecided ON letters (due_at, id) WHERE outcome IS NULL;
CREATE INDEX letters_by_message_id ON letters (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX letters_by_desk ON letters (desk, id);

-- One reader a mailbox (architecture 12): whoever holds the newest epoch may store.
CREATE TABLE mailboxes (
    mailbox     text PRIMARY KEY,
    holder      text NOT NULL,
    epoch       bigint NOT NULL DEFAULT 1,
    held_until  timestamptz NOT NULL,
    uidvalidity bigint,
    read_up_to  bigint NOT NULL DEFAULT 0,  -- highest uid stored under that uidvalidity
    polled_at   timestamptz,
    failure     text
);
