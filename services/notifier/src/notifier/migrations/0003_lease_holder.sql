-- Whose lease it is: a process that starts again takes back what it was sending when it died.
ALTER TABLE letters ADD COLUMN lease_holder text;
