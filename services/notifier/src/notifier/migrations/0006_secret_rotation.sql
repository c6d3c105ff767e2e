-- While a receiver takes over a new secret, what it is sent is signed with both.
ALTER TABLE subscription_secrets ADD COLUMN previous text, ADD COLUMN previous_until timestamptz;
