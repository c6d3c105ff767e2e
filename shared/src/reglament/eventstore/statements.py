"""The SQL of an append: each statement does its work for the whole batch (architecture 2).

Locks are taken in one order by all writers: streams that exist, desks' numbers, new streams,
records, rows of inline read models; each of these sorted. So no two batches deadlock.
"""

from reglament.eventstore.reading import LOCK
from reglament.eventstore.together import OTHERS

LOCK_STREAMS = LOCK
# Of a subject, for ever: whatever the number of relays, all its rows are one relay's.
SLOTS = 64

ANSWERED = """
SELECT i.scope, i.key, i.body_hash, i.status, i.headers, i.body
FROM unnest($1::text[], $2::text[]) AS asked(scope, key) JOIN idempotency i USING (scope, key)"""

# What was answered before, and numbers for all the others: a replayed request draws none. A first
# answer that another process is about to give is not seen here, it breaks the key's uniqueness.
BEGIN = """
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
        AS a(scope, key, desk, wanted)
), seen AS (
    SELECT scope, key, i.body_hash, i.status, i.headers, i.body
    FROM asked JOIN idempotency i USING (scope, key)
), drawn AS (
    INSERT INTO numbers AS n (desk, next)
    SELECT desk, sum(wanted) + 1 FROM asked a
    WHERE wanted > 0 AND NOT EXISTS (SELECT FROM seen s WHERE (s.scope, s.key) = (a.scope, a.key))
    GROUP BY desk ORDER BY desk
    ON CONFLICT (desk) DO UPDATE SET next = n.next + excluded.next - 1
    RETURNING desk, next
)
SELECT *, NULL AS desk, NULL::bigint AS next FROM seen
UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, desk, next FROM drawn"""

# Of those that drew and then did not pass: nobody else has drawn meanwhile, the row is locked.
GIVE_BACK = """
UPDATE numbers n SET next = n.next - b.spare
FROM unnest($1::text[], $2::bigint[]) AS b(desk, spare) WHERE n.desk = b.desk"""

# A stream that came into being meanwhile breaks its primary key: the batch is then tried again.
# A record's update draws its position under the row's lock: the newest value has the highest.
# Events come before records, and both before whatever goes with them: the main statement is first.
STORE = f"""
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
        $37
    FROM unnest(
        $10::text[], $11::int[], $12::uuid[], $13::text[], $14::smallint[], $15::text[],
        $16::text[], $17::timestamptz[], $18::timestamptz[], $19::text[], $20::text[], $21::int[],
        $22::text[], $23::text[], $24::bytea[], $25::text[], $26::text[]
    ) WITH ORDINALITY AS e(
        stream, version, id, type, schema_version, subject, desk, at, recorded_at,
        causation_id, correlation_id, policy_version, traceparent, topic, data, prev_hash, hash,
        place)
    ORDER BY place
    RETURNING position, subject AS key
), put AS (
    INSERT INTO records (topic, key, value, position)
    SELECT topic, key, value, nextval('positions') FROM (
        SELECT * FROM unnest($27::text[], $28::text[], $29::bytea[]) AS r(topic, key, value)
        ORDER BY topic, key
    ) AS sorted
    ON CONFLICT (topic, key)
        DO UPDATE SET value = excluded.value, position = nextval('positions')
    RETURNING position, key
), remembered AS (
    INSERT INTO idempotency (scope, key, body_hash, status, headers, body, created_at)
    SELECT scope, key, body_hash, status, headers::jsonb, body, created_at FROM unnest(
        $30::text[], $31::text[], $32::bytea[], $33::smallint[], $34::text[], $35::bytea[],
        $36::timestamptz[]) AS a(scope, key, body_hash, status, headers, body, created_at)
    ORDER BY scope, key
){OTHERS}
INSERT INTO pending (position, shard)
SELECT position, abs(hashtext(key)::bigint) % $38::bigint
FROM (SELECT * FROM stored UNION ALL SELECT * FROM put) AS written"""  # noqa: S608 - a place

REMEMBER_FIRST = """
INSERT INTO idempotency (scope, key, body_hash, status, headers, body, created_at)
SELECT scope, key, body_hash, status, headers::jsonb, body, created_at FROM unnest(
    $1::text[], $2::text[], $3::bytea[], $4::smallint[], $5::text[], $6::bytea[],
    $7::timestamptz[]) AS a(scope, key, body_hash, status, headers, body, created_at)
ON CONFLICT (scope, key) DO NOTHING"""

FORGET = "DELETE FROM idempotency WHERE created_at < $1"
