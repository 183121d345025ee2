-- Every movement of a balance, in the old family.
CREATE TABLE t_consume_account_transaction (
    transaction_id       INTEGER PRIMARY KEY,
    account_id           INTEGER NOT NULL,
    user_id              INTEGER NOT NULL,
    transaction_type     TEXT    NOT NULL, -- CONSUME, RECHARGE, REFUND
    transaction_no       TEXT    NOT NULL,
    business_no          TEXT    NOT NULL,
    amount               TEXT    NOT NULL, -- signed
    balance_before       TEXT    NOT NULL,
    balance_after        TEXT    NOT NULL,
    frozen_amount_before TEXT    NOT NULL DEFAULT '0.00',
    frozen_amount_after  TEXT    NOT NULL DEFAULT '0.00',
    related_record_id    INTEGER,
    related_order_no     TEXT,
    transaction_status   INTEGER NOT NULL DEFAULT 1, -- 1 done, 2 pending, 3 failed
    fail_reason          TEXT,
    transaction_time     TEXT    NOT NULL,
    operator_id          INTEGER,
    operator_name        TEXT,
    remark               TEXT,
    create_time          TEXT    NOT NULL,
    update_time          TEXT    NOT NULL,
    deleted_flag         INTEGER NOT NULL DEFAULT 0
);
