-- The record of everything. Times are microseconds since 1970 (UTC), severities and states the
-- numbers that the domain and jobs crates give, vectors little-endian bytes, details JSON text.
-- migrations/postgres holds the same tables; keep the two in step.

-- The database's clock: leases and due times are judged by it, never by a node's clock.
CREATE VIEW db_clock AS
    SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS now_us;

CREATE TABLE tenants (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    created_us  INTEGER NOT NULL
);

-- Signing keys. A signature can only be checked with the secret itself, so it is encrypted.
CREATE TABLE signing_keys (
    key_id        TEXT PRIMARY KEY,
    tenant_id     INTEGER NOT NULL REFERENCES tenants,
    sealed_secret BLOB NOT NULL,
    created_us    INTEGER NOT NULL,
    revoked_us    INTEGER
);

-- Bearer tokens, known only by their SHA-256.
CREATE TABLE tokens (
    digest      BLOB PRIMARY KEY,
    tenant_id   INTEGER NOT NULL REFERENCES tenants,
    role        INTEGER NOT NULL,
    label       TEXT NOT NULL,
    created_us  INTEGER NOT NULL,
    revoked_us  INTEGER
);

-- Requests signed with a nonce, and the first answer that each got.
CREATE TABLE signed_requests (
    key_id      TEXT NOT NULL,
    nonce       TEXT NOT NULL,
    body_sha256 BLOB NOT NULL,
    response    TEXT NOT NULL,
    created_us  INTEGER NOT NULL,
    PRIMARY KEY (key_id, nonce)
) WITHOUT ROWID;

-- Every process takes a block of log ids at a time, so that ids are known before the insert.
CREATE TABLE log_id_blocks (taken INTEGER NOT NULL);
INSERT INTO log_id_blocks (taken) VALUES (0);

CREATE TABLE log_lines (
    id           INTEGER PRIMARY KEY,
    tenant_id    INTEGER NOT NULL,
    timestamp_us INTEGER NOT NULL,
    received_us  INTEGER NOT NULL,
    severity     INTEGER NOT NULL,
    message      TEXT NOT NULL,
    service      TEXT,
    host         TEXT,
    source       TEXT
);
CREATE INDEX log_lines_by_time ON log_lines (tenant_id, timestamp_us, id);

-- States: 0 scheduled, 1 queued, 2 retrying, 3 running, 4 succeeded, 5 failed, 6 cancelled,
-- 7 expired. A claim sets a random lease token; every later write of the holder names it.
CREATE TABLE jobs (
    id             BLOB PRIMARY KEY,
    tenant_id      INTEGER NOT NULL,
    queue          INTEGER NOT NULL,
    kind           TEXT NOT NULL,
    payload        TEXT NOT NULL,
    state          INTEGER NOT NULL,
    run_us         INTEGER NOT NULL,
    attempts       INTEGER NOT NULL DEFAULT 0,
    max_attempts   INTEGER NOT NULL,
    crashes        INTEGER NOT NULL DEFAULT 0,
    lease_token    INTEGER,
    lease_owner    TEXT,
    lease_until_us INTEGER,
    hinted_us      INTEGER NOT NULL DEFAULT 0,
    dedupe_key     TEXT,
    progress_done  INTEGER,
    progress_total INTEGER,
    result         TEXT,
    error          TEXT,
    reason         TEXT,
    created_us     INTEGER NOT NULL,
    started_us     INTEGER,
    finished_us    INTEGER
);
CREATE UNIQUE INDEX jobs_once ON jobs (tenant_id, kind, dedupe_key) WHERE dedupe_key IS NOT NULL;
CREATE INDEX jobs_ready ON jobs (queue, run_us, id) WHERE state < 3;
CREATE INDEX jobs_leased ON jobs (lease_until_us) WHERE state = 3;

-- What judged: weights, phrases, thresholds and code, under one name.
CREATE TABLE model_versions (
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL UNIQUE
);

-- Reasons and summary of verdicts, stored once for all lines that share them. The id is a hash
-- of the body.
CREATE TABLE explanations (
    id    INTEGER PRIMARY KEY,
    body  TEXT NOT NULL
);

-- Exactly one result for each line and model version.
CREATE TABLE results (
    log_id         INTEGER NOT NULL,
    model_id       INTEGER NOT NULL,
    template       INTEGER NOT NULL,
    score          REAL NOT NULL,
    is_anomaly     INTEGER NOT NULL,
    confidence     INTEGER NOT NULL,
    explanation_id INTEGER NOT NULL,
    scored_us      INTEGER NOT NULL,
    PRIMARY KEY (log_id, model_id)
) WITHOUT ROWID;

CREATE TABLE anomalies (
    id             BLOB PRIMARY KEY,
    tenant_id      INTEGER NOT NULL,
    log_id         INTEGER NOT NULL,
    model_id       INTEGER NOT NULL,
    timestamp_us   INTEGER NOT NULL,
    detected_us    INTEGER NOT NULL,
    severity       INTEGER NOT NULL,
    template       INTEGER NOT NULL,
    score          REAL NOT NULL,
    explanation_id INTEGER NOT NULL,
    UNIQUE (log_id, model_id)
);
CREATE INDEX anomalies_by_time ON anomalies (tenant_id, timestamp_us, id);
CREATE INDEX anomalies_by_detection ON anomalies (tenant_id, detected_us, id);
CREATE INDEX anomalies_by_template ON anomalies (tenant_id, template, detected_us);

-- How often each template was seen in a tenant's logs: the ground for rarity.
CREATE TABLE templates (
    tenant_id  INTEGER NOT NULL,
    template   INTEGER NOT NULL,
    text       TEXT NOT NULL,
    lines      INTEGER NOT NULL,
    first_us   INTEGER NOT NULL,
    last_us    INTEGER NOT NULL,
    changed_us INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, template)
) WITHOUT ROWID;
CREATE INDEX templates_by_change ON templates (tenant_id, changed_us);

-- Sentence vectors of masked texts, so that a template is embedded once for the whole fleet.
CREATE TABLE template_vectors (
    embedder  TEXT NOT NULL,
    template  INTEGER NOT NULL,
    vector    BLOB NOT NULL,
    PRIMARY KEY (embedder, template)
) WITHOUT ROWID;

-- Judged lines per ten-minute window. Basis 0: by the line's own time (pattern analysis);
-- basis 1: by time of arrival (dashboard).
CREATE TABLE line_counts (
    tenant_id  INTEGER NOT NULL,
    basis      INTEGER NOT NULL,
    window_us  INTEGER NOT NULL,
    severity   INTEGER NOT NULL,
    lines      INTEGER NOT NULL,
    anomalies  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, basis, window_us, severity)
) WITHOUT ROWID;

CREATE TABLE schedules (
    id          BLOB PRIMARY KEY,
    tenant_id   INTEGER NOT NULL,
    name        TEXT NOT NULL,
    queue       INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    every_us    INTEGER NOT NULL,
    next_us     INTEGER NOT NULL,
    enabled     INTEGER NOT NULL DEFAULT 1,
    created_us  INTEGER NOT NULL,
    UNIQUE (tenant_id, name)
);

-- One row for each firing, whoever fired it: no leader is needed to fire once.
CREATE TABLE schedule_runs (
    schedule_id BLOB NOT NULL,
    fire_us     INTEGER NOT NULL,
    job_id      BLOB NOT NULL,
    PRIMARY KEY (schedule_id, fire_us)
) WITHOUT ROWID;

INSERT INTO tenants (id, name, created_us) SELECT 1, 'default', now_us FROM db_clock;
