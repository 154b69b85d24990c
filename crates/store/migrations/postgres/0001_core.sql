-- The record of everything. Times are microseconds since 1970 (UTC), severities and states the
-- numbers that the domain and jobs crates give, vectors little-endian bytes, details JSON text.
-- migrations/sqlite holds the same tables; keep the two in step.

-- The database's clock: leases and due times are judged by it, never by a node's clock.
CREATE VIEW db_clock AS
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_us;

CREATE TABLE tenants (
    id          BIGINT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    created_us  BIGINT NOT NULL
);

-- Signing keys. A signature can only be checked with the secret itself, so it is encrypted.
CREATE TABLE signing_keys (
    key_id        TEXT PRIMARY KEY,
    tenant_id     BIGINT NOT NULL REFERENCES tenants,
    sealed_secret BYTEA NOT NULL,
    created_us    BIGINT NOT NULL,
    revoked_us    BIGINT
);

-- Bearer tokens, known only by their SHA-256.
CREATE TABLE tokens (
    digest      BYTEA PRIMARY KEY,
    tenant_id   BIGINT NOT NULL REFERENCES tenants,
    role        SMALLINT NOT NULL,
    label       TEXT NOT NULL,
    created_us  BIGINT NOT NULL,
    revoked_us  BIGINT
);

-- Requests signed with a nonce, and the first answer that each got.
CREATE TABLE signed_requests (
    key_id      TEXT NOT NULL,
    nonce       TEXT NOT NULL,
    body_sha256 BYTEA NOT NULL,
    response    TEXT NOT NULL,
    created_us  BIGINT NOT NULL,
    PRIMARY KEY (key_id, nonce)
);

-- Every process takes a block of log ids at a time, so that ids are known before the insert.
CREATE SEQUENCE log_id_blocks;

CREATE TABLE log_lines (
    id           BIGINT PRIMARY KEY,
    tenant_id    BIGINT NOT NULL,
    timestamp_us BIGINT NOT NULL,
    received_us  BIGINT NOT NULL,
    severity     SMALLINT NOT NULL,
    message      TEXT NOT NULL,
    service      TEXT,
    host         TEXT,
    source       TEXT
);
CREATE INDEX log_lines_by_time ON log_lines (tenant_id, timestamp_us, id);

-- States: 0 scheduled, 1 queued, 2 retrying, 3 running, 4 succeeded, 5 failed, 6 cancelled,
-- 7 expired. A claim sets a random lease token; every later write of the holder names it.
CREATE TABLE jobs (
    id             UUID PRIMARY KEY,
    tenant_id      BIGINT NOT NULL,
    queue          SMALLINT NOT NULL,
    kind           TEXT NOT NULL,
    payload        TEXT NOT NULL,
    state          SMALLINT NOT NULL,
    run_us         BIGINT NOT NULL,
    attempts       INTEGER NOT NULL DEFAULT 0,
    max_attempts   INTEGER NOT NULL,
    crashes        INTEGER NOT NULL DEFAULT 0,
    lease_token    BIGINT,
    lease_owner    TEXT,
    lease_until_us BIGINT,
    hinted_us      BIGINT NOT NULL DEFAULT 0,
    dedupe_key     TEXT,
    progress_done  BIGINT,
    progress_total BIGINT,
    result         TEXT,
    error          TEXT,
    reason         TEXT,
    created_us     BIGINT NOT NULL,
    started_us     BIGINT,
    finished_us    BIGINT
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE UNIQUE INDEX jobs_once ON jobs (tenant_id, kind, dedupe_key) WHERE dedupe_key IS NOT NULL;
CREATE INDEX jobs_ready ON jobs (queue, run_us, id) WHERE state < 3;
CREATE INDEX jobs_leased ON jobs (lease_until_us) WHERE state = 3;

-- What judged: weights, phrases, thresholds and code, under one name.
CREATE TABLE model_versions (
    id    SMALLINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  TEXT NOT NULL UNIQUE
);

-- Reasons and summary of verdicts, stored once for all lines that share them. The id is a hash
-- of the body.
CREATE TABLE explanations (
    id    BIGINT PRIMARY KEY,
    body  TEXT NOT NULL
);

-- Exactly one result for each line and model version.
CREATE TABLE results (
    log_id         BIGINT NOT NULL,
    model_id       SMALLINT NOT NULL,
    template       BIGINT NOT NULL,
    score          DOUBLE PRECISION NOT NULL,
    is_anomaly     SMALLINT NOT NULL,
    confidence     SMALLINT NOT NULL,
    explanation_id BIGINT NOT NULL,
    scored_us      BIGINT NOT NULL,
    PRIMARY KEY (log_id, model_id)
);

CREATE TABLE anomalies (
    id             UUID PRIMARY KEY,
    tenant_id      BIGINT NOT NULL,
    log_id         BIGINT NOT NULL,
    model_id       SMALLINT NOT NULL,
    timestamp_us   BIGINT NOT NULL,
    detected_us    BIGINT NOT NULL,
    severity       SMALLINT NOT NULL,
    template       BIGINT NOT NULL,
    score          DOUBLE PRECISION NOT NULL,
    explanation_id BIGINT NOT NULL,
    UNIQUE (log_id, model_id)
);
CREATE INDEX anomalies_by_time ON anomalies (tenant_id, timestamp_us, id);
CREATE INDEX anomalies_by_detection ON anomalies (tenant_id, detected_us, id);
CREATE INDEX anomalies_by_template ON anomalies (tenant_id, template, detected_us);

-- How often each template was seen in a tenant's logs: the ground for rarity.
CREATE TABLE templates (
    tenant_id  BIGINT NOT NULL,
    template   BIGINT NOT NULL,
    text       TEXT NOT NULL,
    lines      BIGINT NOT NULL,
    first_us   BIGINT NOT NULL,
    last_us    BIGINT NOT NULL,
    changed_us BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, template)
);
CREATE INDEX templates_by_change ON templates (tenant_id, changed_us);

-- Sentence vectors of masked texts, so that a template is embedded once for the whole fleet.
CREATE TABLE template_vectors (
    embedder  TEXT NOT NULL,
    template  BIGINT NOT NULL,
    vector    BYTEA NOT NULL,
    PRIMARY KEY (embedder, template)
);

-- Judged lines per ten-minute window. Basis 0: by the line's own time (pattern analysis);
-- basis 1: by time of arrival (dashboard).
CREATE TABLE line_counts (
    tenant_id  BIGINT NOT NULL,
    basis      SMALLINT NOT NULL,
    window_us  BIGINT NOT NULL,
    severity   SMALLINT NOT NULL,
    lines      BIGINT NOT NULL,
    anomalies  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, basis, window_us, severity)
) WITH (fillfactor = 50);

CREATE TABLE schedules (
    id          UUID PRIMARY KEY,
    tenant_id   BIGINT NOT NULL,
    name        TEXT NOT NULL,
    queue       SMALLINT NOT NULL,
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    every_us    BIGINT NOT NULL,
    next_us     BIGINT NOT NULL,
    enabled     SMALLINT NOT NULL DEFAULT 1,
    created_us  BIGINT NOT NULL,
    UNIQUE (tenant_id, name)
);

-- One row for each firing, whoever fired it: no leader is needed to fire once.
CREATE TABLE schedule_runs (
    schedule_id UUID NOT NULL,
    fire_us     BIGINT NOT NULL,
    job_id      UUID NOT NULL,
    PRIMARY KEY (schedule_id, fire_us)
);

INSERT INTO tenants (id, name, created_us) SELECT 1, 'default', now_us FROM db_clock;
