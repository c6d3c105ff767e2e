-- What events only refer to (architecture 5). Not rebuildable: backed up.

CREATE TABLE contents (
    id text NOT NULL,
    version integer NOT NULL,
    ticket text,
    requester text,
    salt text NOT NULL,
    parts jsonb NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE INDEX contents_ticket ON contents (ticket);

CREATE TABLE contacts (
    requester text PRIMARY KEY,
    desk text NOT NULL,
    email text NOT NULL,
    name text NOT NULL DEFAULT '',
    phone text,
    locale text
);

-- A file's bytes once a ticket, however often it is attached. id: SHA-256 of the bytes.
CREATE TABLE attachments (
    ticket text NOT NULL,
    id text NOT NULL,
    format text NOT NULL,
    size integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (ticket, id)
);
ALTER TABLE attachments ALTER COLUMN content SET STORAGE EXTERNAL;

-- The same request again joins the first (semantics 20): a keyed digest of requester and text.
CREATE TABLE request_fingerprints (
    desk text NOT NULL,
    fingerprint text NOT NULL,
    ticket text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (desk, fingerprint, ticket)
);
