-- A rebuilt history takes the place of the old table, and a trigger would not come along with it:
-- the feed is written as an effect of its own, in the same transaction.
DROP TRIGGER feed_append ON history_v1;
DROP FUNCTION feed_append();
