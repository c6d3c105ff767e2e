-- What operators have had built anew, and how far it is (architecture 9). Whoever builds holds an
-- advisory lock as long as it lives: a row without one that is not at its end was interrupted.
CREATE TABLE rebuilds (
    id text PRIMARY KEY,
    projection text NOT NULL,
    accept boolean NOT NULL,  -- swap although rows differ
    shown int NOT NULL,  -- how many of those are told
    phase text NOT NULL DEFAULT 'starting' CHECK (phase IN (
        'starting', 'reading', 'comparing', 'swapping', 'swapped', 'different', 'failed')),
    events bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    result jsonb,
    fault text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX rebuilds_by_projection ON rebuilds (projection, started_at);
