CREATE TABLE dual_write_validation_log (
    log_id             INTEGER PRIMARY KEY,
    validation_type    TEXT    NOT NULL, -- account, transaction
    total_count        INTEGER NOT NULL DEFAULT 0,
    consistent_count   INTEGER NOT NULL DEFAULT 0,
    inconsistent_count INTEGER NOT NULL DEFAULT 0,
    consistency_rate   REAL    NOT NULL DEFAULT 1.0, -- 0 to 1, four decimals
    validation_status  INTEGER NOT NULL DEFAULT 1, -- 1 pass, 2 fail
    validate_time      TEXT    NOT NULL,
    details            TEXT,
    create_time        TEXT    NOT NULL
);
CREATE INDEX dual_write_validation_log_idx_validation_type ON dual_write_validation_log (validation_type);
CREATE INDEX dual_write_validation_log_idx_validate_time ON dual_write_validation_log (validate_time);
CREATE INDEX dual_write_validation_log_idx_validation_status ON dual_write_validation_log (validation_status);

CREATE TABLE dual_write_difference_record (
    difference_id     INTEGER PRIMARY KEY,
    data_type         TEXT    NOT NULL, -- account, transaction
    data_id           INTEGER NOT NULL,
    old_value         TEXT,
    new_value         TEXT,
    difference_reason TEXT,
    detected_time     TEXT    NOT NULL,
    resolved          INTEGER NOT NULL DEFAULT 0,
    resolved_time     TEXT,
    create_time       TEXT    NOT NULL
);
CREATE INDEX dual_write_difference_record_idx_data_type ON dual_write_difference_record (data_type);
CREATE INDEX dual_write_difference_record_idx_data_id ON dual_write_difference_record (data_id);
CREATE INDEX dual_write_difference_record_idx_resolved ON dual_write_difference_record (resolved);
CREATE INDEX dual_write_difference_record_idx_detected_time ON dual_write_difference_record (detected_time);

-- The original's first row: nothing compared, and passed. A check that counts rows must not count it.
INSERT INTO dual_write_validation_log (validation_type, validate_time, details, create_time)
SELECT 'account', now, '{"message":"waiting for data"}', now FROM temp.clock;

CREATE VIEW v_dual_write_validation_summary AS
SELECT validation_type,
       count(*) AS total_validations,
       count(*) FILTER (WHERE validation_status = 1) AS passed_validations,
       count(*) FILTER (WHERE validation_status = 2) AS failed_validations,
       avg(consistency_rate) AS avg_consistency_rate,
       min(consistency_rate) AS min_consistency_rate,
       max(validate_time) AS last_validate_time
FROM dual_write_validation_log
WHERE validate_time >= datetime('now', '-7 days')
GROUP BY validation_type;
