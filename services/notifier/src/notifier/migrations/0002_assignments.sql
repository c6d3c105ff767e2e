-- Whether somebody works on a ticket: a reply of the client makes it in progress, or accepted.
CREATE TABLE assignments_v1 (
    key text PRIMARY KEY,
    engineer text NOT NULL
) WITH (fillfactor = 70);
