-- Which process reads under a name: the one that wrote its mark last.
CREATE TABLE reader_name (
    consumer text NOT NULL,
    instance text NOT NULL,
    mark text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, instance)
);
