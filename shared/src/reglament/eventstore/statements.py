"""The SQL of an append: each statement does its work for the whole batch (architecture 2).

Locks are taken in one order by all writers: streams that exist, desks' numbers, new streams,
records, rows of inline read models; each of these sorted. So no two batches deadlock.
"""

from reglament.eventstore.reading import LOCK

LOCK_STREAMS = LOCK
# Of a subject, for ever: whatever the number of relays, all its rows are one relay's.
SLOTS = 64

ANSWERED = """
SELECT i.scope, i.key, i.body_hash, i.status, i.headers, i.body
FROM unnest($1::text[], $2::text[]) AS asked(scope, key) JOIN idempotency i USING (scope, key)"""

DRAW = """
INSERT INTO numbers AS n (desk, next)
SELECT desk, wanted + 1 FROM unnest($1::text[], $2::bigint[]) AS d(desk, wanted) ORDER BY desk
ON CONFLICT (desk) DO UPDATE SET next = n.next + excluded.next - 1
RETURNING desk, next"""

# A stream that came into being meanwhile breaks its primary key: the batch is then tried again.
STORE = """
WITH made AS (
    INSERT INTO streams (stream, version, head, subject, desk)
    SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[])
), moved AS (
    UPDATE streams s SET version = m.version, head = m.head, subject = m.subject
    FROM unnest($6::text[], $7::int[], $8::text[], $9::text[]) AS m(stream, version, head, subject)
    WHERE s.stream = m.stream
), stored AS (
    INSERT INTO events (
        stream, version, id, type, schema_version, subject, desk, at, recorded_at,
        causation_id, correlation_id, policy_version, traceparent, topic, data, prev_hash, hash,
        source)
    SELECT stream, version, id, type, schema_version, subject, desk, at, recorded_at,
        causation_id, correlation_id, policy_version, traceparent, topic, data, prev_hash, hash,
        $27
    FROM unnest(
        $10::text[], $11::int[], $12::uuid[], $13::text[], $14::smallint[], $15::text[],
        $16::text[], $17::timestamptz[], $18::timestamptz[], $19::text[], $20::text[], $21::int[],
        $22::text[], $23::text[], $24::bytea[], $25::text[], $26::text[]
    ) WITH ORDINALITY AS e(
        stream, version, id, type, schema_version, subject, desk, at, recorded_at,
        causation_id, correlation_id, policy_version, traceparent, topic, data, prev_hash, hash,
        place)
    ORDER BY place
    RETURNING position, subject
)
INSERT INTO pending (position, shard)
SELECT position, abs(hashtext(subject)::bigint) % $28::bigint FROM stored"""

# An update draws its position under the row's lock: the newest value has the highest.
PUT = """
WITH put AS (
    INSERT INTO records (topic, key, value, position)
    SELECT topic, key, value, nextval('positions') FROM (
        SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[]) AS r(topic, key, value)
        ORDER BY topic, key
    ) AS sorted
    ON CONFLICT (topic, key)
        DO UPDATE SET value = excluded.value, position = nextval('positions')
    RETURNING position, key
)
INSERT INTO pending (position, shard)
SELECT position, abs(hashtext(key)::bigint) % $4::bigint FROM put"""

REMEMBER = """
INSERT INTO idempotency (scope, key, body_hash, status, headers, body, created_at)
SELECT scope, key, body_hash, status, headers::jsonb, body, created_at FROM unnest(
    $1::text[], $2::text[], $3::bytea[], $4::smallint[], $5::text[], $6::bytea[],
    $7::timestamptz[]) AS a(scope, key, body_hash, status, headers, body, created_at)
ORDER BY scope, key"""

REMEMBER_FIRST = f"{REMEMBER}\nON CONFLICT (scope, key) DO NOTHING"

FORGET = "DELETE FROM idempotency WHERE created_at < $1"
