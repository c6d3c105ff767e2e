-- Which roots were written out (architecture 10). What counts is the file outside this database;
-- a row says which file must be there.
CREATE TABLE roots (
    number int PRIMARY KEY,
    service text NOT NULL,
    at timestamptz NOT NULL,
    position bigint NOT NULL,
    leaves int NOT NULL,
    tree text NOT NULL,
    previous text NOT NULL,
    digest text NOT NULL
);
CREATE TRIGGER roots_are_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON roots
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();
