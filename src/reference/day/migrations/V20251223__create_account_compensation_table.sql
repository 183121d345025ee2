-- Deductions that are to be tried again. This service answers what it has done, so that it stays empty.
CREATE TABLE t_account_compensation (
    id          INTEGER PRIMARY KEY,
    account_id  INTEGER NOT NULL,
    amount      TEXT    NOT NULL,
    business_no TEXT    NOT NULL,
    status      TEXT    NOT NULL DEFAULT 'PENDING',
    retry_count INTEGER NOT NULL DEFAULT 0,
    create_time TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP
);
