-- API keys by their hash, filled from reglament.access.v1 (by intake: inline).
CREATE TABLE access_v1 (
  key        text PRIMARY KEY,
  hash       text NOT NULL,
  role       text NOT NULL,
  desk       text,
  subject    text,
  expires_at timestamptz,
  revoked_at timestamptz,
  issued_at  timestamptz NOT NULL,
  sequence   bigint NOT NULL
);
