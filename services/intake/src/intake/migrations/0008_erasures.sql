-- Who was erased, and what was theirs (architecture 5): ids alone. Not rebuildable: backed up, and
-- applied again after a restore.
CREATE TABLE erasures (
    id text PRIMARY KEY,
    requester text NOT NULL,
    desk text NOT NULL,
    erased_at timestamptz NOT NULL,
    erased_by text NOT NULL,
    tickets text[] NOT NULL,
    contents text[] NOT NULL,
    letters text[] NOT NULL,
    counts jsonb NOT NULL,
    swept_at timestamptz                -- the compacted topics were moved on past it
);
CREATE INDEX erasures_of_requester ON erasures (requester, erased_at);
CREATE INDEX erasures_unswept ON erasures (erased_at) WHERE swept_at IS NULL;

-- What other services say they have erased of their copies. A read model.
CREATE TABLE erased_copies_v1 (
    key text PRIMARY KEY,               -- erasure/service
    erasure text NOT NULL,
    service text NOT NULL,
    at timestamptz NOT NULL
);

-- Whose a letter is: what no ticket leads to is found by it. An erased one keeps its row, without
-- the letter, so that a second copy of it is known.
ALTER TABLE letters ADD COLUMN requester text, ADD COLUMN erased_at timestamptz;
CREATE INDEX letters_of_requester ON letters (requester) WHERE requester IS NOT NULL;
CREATE INDEX letters_of_ticket ON letters (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX contents_requester ON contents (requester) WHERE requester IS NOT NULL;
