-- Temporary access to the requester's systems (WIS-13), sealed; gone when the ticket is (WIS-14).
CREATE TABLE credentials (
    ticket text PRIMARY KEY,
    id text NOT NULL UNIQUE,
    sealed bytea NOT NULL,
    stored_at timestamptz NOT NULL
);
ALTER TABLE ticket_view_v1 ADD COLUMN credentials text;
