-- Of distributed transactions, which one process with one writer has none of: it stays empty.
CREATE TABLE undo_log (
    id            INTEGER PRIMARY KEY,
    branch_id     INTEGER NOT NULL,
    xid           TEXT    NOT NULL,
    context       TEXT    NOT NULL,
    rollback_info BLOB    NOT NULL,
    log_status    INTEGER NOT NULL,
    log_created   TEXT    NOT NULL,
    log_modified  TEXT    NOT NULL,
    UNIQUE (xid, branch_id)
);
