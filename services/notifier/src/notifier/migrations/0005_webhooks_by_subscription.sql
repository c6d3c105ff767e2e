-- The oldest that are due of each subscription, a few at a time.
CREATE INDEX webhooks_due_of_subscription ON webhooks (subscription, next_at, id)
    WHERE state = 'ready';
DROP INDEX webhooks_due;
