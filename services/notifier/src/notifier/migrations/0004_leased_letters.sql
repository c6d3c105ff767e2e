-- A person's letters go one after another: whose are on their way.
CREATE INDEX letters_leased ON letters (recipient) WHERE lease_until IS NOT NULL;
