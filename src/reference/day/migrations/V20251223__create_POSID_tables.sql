-- The new family. Its names and columns are the contract's, and so are the indexes there are; an index carries its table's
-- name in front, because here index names are unique in the whole store. Those that would cost every charge a write at a
-- random place are left out, and so are partitions. Money is text in yuan with two decimals.
CREATE TABLE POSID_ACCOUNT (
    account_id              INTEGER PRIMARY KEY,
    user_id                 INTEGER NOT NULL,
    account_code            TEXT    NOT NULL,
    account_name            TEXT    NOT NULL,
    account_type            INTEGER NOT NULL DEFAULT 1,
    balance                 TEXT    NOT NULL DEFAULT '0.00',
    frozen_amount           TEXT    NOT NULL DEFAULT '0.00',
    credit_limit            TEXT    NOT NULL DEFAULT '0.00',
    account_status          INTEGER NOT NULL DEFAULT 1, -- 0 frozen, 1 normal, 2 closed
    password                TEXT,
    enable_auto_recharge    INTEGER NOT NULL DEFAULT 0,
    auto_recharge_amount    TEXT,
    auto_recharge_threshold TEXT,
    last_consume_time       TEXT,
    last_recharge_time      TEXT,
    version                 INTEGER NOT NULL DEFAULT 0,
    create_time             TEXT    NOT NULL,
    update_time             TEXT    NOT NULL,
    create_user_id          INTEGER,
    update_user_id          INTEGER,
    deleted_flag            INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX POSID_ACCOUNT_uk_account_code ON POSID_ACCOUNT (account_code);
CREATE UNIQUE INDEX POSID_ACCOUNT_uk_user_id ON POSID_ACCOUNT (user_id, deleted_flag);
CREATE INDEX POSID_ACCOUNT_idx_account_status ON POSID_ACCOUNT (account_status, deleted_flag);

CREATE TABLE POSID_ACCOUNTKIND (
    kind_id        INTEGER PRIMARY KEY,
    kind_code      TEXT    NOT NULL,
    kind_name      TEXT    NOT NULL,
    kind_type      INTEGER NOT NULL DEFAULT 1,
    mode_config    JSON    NOT NULL,
    discount_type  INTEGER NOT NULL DEFAULT 0,
    discount_value TEXT,
    date_max_money TEXT,
    date_max_count INTEGER,
    priority       INTEGER NOT NULL DEFAULT 0,
    is_enabled     INTEGER NOT NULL DEFAULT 1,
    version        INTEGER NOT NULL DEFAULT 0,
    create_time    TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    update_time    TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_flag   INTEGER NOT NULL DEFAULT 0,
    consume_mode   TEXT GENERATED ALWAYS AS (json_extract(mode_config, '$.consumeMode')) VIRTUAL
);
CREATE UNIQUE INDEX POSID_ACCOUNTKIND_uk_kind_code ON POSID_ACCOUNTKIND (kind_code);

CREATE TABLE POSID_AREA (
    area_id            INTEGER PRIMARY KEY,
    area_code          TEXT    NOT NULL,
    area_name          TEXT    NOT NULL,
    parent_area_id     INTEGER,
    area_level         INTEGER NOT NULL DEFAULT 1, -- 1 campus to 4 room
    manage_mode        INTEGER NOT NULL DEFAULT 1,
    fixed_value_config JSON,
    area_config        JSON,
    business_hours     JSON,
    device_ids         JSON,
    sort_order         INTEGER NOT NULL DEFAULT 0,
    is_enabled         INTEGER NOT NULL DEFAULT 1,
    version            INTEGER NOT NULL DEFAULT 0,
    create_time        TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    update_time        TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_flag       INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX POSID_AREA_uk_area_code ON POSID_AREA (area_code);

CREATE TABLE POSID_MEAL_CATEGORY (
    category_id    INTEGER PRIMARY KEY,
    category_code  TEXT    NOT NULL,
    category_name  TEXT    NOT NULL,
    category_order INTEGER NOT NULL DEFAULT 0,
    is_enabled     INTEGER NOT NULL DEFAULT 1,
    create_time    TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    update_time    TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_flag   INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX POSID_MEAL_CATEGORY_uk_category_code ON POSID_MEAL_CATEGORY (category_code);
INSERT INTO POSID_MEAL_CATEGORY (category_code, category_name, category_order)
VALUES ('BREAKFAST', '早餐', 1), ('LUNCH', '午餐', 2), ('DINNER', '晚餐', 3), ('SNACK', '零食', 4);

CREATE TABLE POSID_MEAL (
    meal_id      INTEGER PRIMARY KEY,
    meal_code    TEXT    NOT NULL,
    meal_name    TEXT    NOT NULL,
    category_id  INTEGER NOT NULL REFERENCES POSID_MEAL_CATEGORY (category_id),
    start_time   TEXT    NOT NULL,
    end_time     TEXT    NOT NULL,
    advance_days INTEGER NOT NULL DEFAULT 0,
    cutoff_time  TEXT,
    is_enabled   INTEGER NOT NULL DEFAULT 1,
    create_time  TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    update_time  TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_flag INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX POSID_MEAL_uk_meal_code ON POSID_MEAL (meal_code);

CREATE TABLE POSID_TRANSACTION (
    transaction_id     INTEGER PRIMARY KEY,
    account_id         INTEGER NOT NULL,
    user_id            INTEGER NOT NULL,
    user_name          TEXT    NOT NULL,
    device_id          TEXT    NOT NULL,
    device_name        TEXT,
    merchant_id        INTEGER,
    merchant_name      TEXT,
    amount             TEXT    NOT NULL,
    consume_mode       TEXT    NOT NULL,
    consume_type       TEXT    NOT NULL,
    consume_type_name  TEXT,
    product_detail     TEXT,
    payment_method     TEXT    NOT NULL,
    order_no           TEXT    NOT NULL,
    transaction_no     TEXT,
    transaction_status INTEGER NOT NULL DEFAULT 1, -- 1 done, 2 pending, 3 failed
    consume_status     INTEGER NOT NULL DEFAULT 1, -- 1 normal, 2 refunded, 3 cancelled
    consume_time       TEXT    NOT NULL,
    consume_location   TEXT,
    refund_status      INTEGER NOT NULL DEFAULT 0, -- 0 none, 1 part, 2 all
    refund_amount      TEXT    NOT NULL DEFAULT '0.00',
    refund_time        TEXT,
    refund_reason      TEXT,
    offline_flag       INTEGER NOT NULL DEFAULT 0,
    sync_status        INTEGER NOT NULL DEFAULT 1,
    sync_time          TEXT,
    remark             TEXT,
    create_time        TEXT    NOT NULL,
    update_time        TEXT    NOT NULL,
    deleted_flag       INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX POSID_TRANSACTION_uk_order_no ON POSID_TRANSACTION (order_no, deleted_flag);
CREATE INDEX POSID_TRANSACTION_idx_consume_time ON POSID_TRANSACTION (consume_time);

CREATE TABLE POSID_SUBSIDY_TYPE (
    subsidy_type_id INTEGER PRIMARY KEY,
    type_code       TEXT    NOT NULL,
    type_name       TEXT    NOT NULL,
    description     TEXT,
    priority        INTEGER NOT NULL DEFAULT 0,
    is_enabled      INTEGER NOT NULL DEFAULT 1,
    create_time     TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    update_time     TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_flag    INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX POSID_SUBSIDY_TYPE_uk_type_code ON POSID_SUBSIDY_TYPE (type_code);
INSERT INTO POSID_SUBSIDY_TYPE (type_code, type_name, priority)
VALUES ('MEAL', '餐补', 1), ('TRAFFIC', '交通补贴', 2), ('COMMUNICATION', '通讯补贴', 3), ('ACCOMMODATION', '住宿补贴', 4),
       ('OTHER', '其他补贴', 5);

CREATE TABLE POSID_SUBSIDY_ACCOUNT (
    subsidy_account_id INTEGER PRIMARY KEY,
    user_id            INTEGER NOT NULL,
    subsidy_type_id    INTEGER NOT NULL REFERENCES POSID_SUBSIDY_TYPE (subsidy_type_id),
    account_code       TEXT    NOT NULL,
    balance            TEXT    NOT NULL DEFAULT '0.00',
    original_amount    TEXT    NOT NULL DEFAULT '0.00',
    used_amount        TEXT    NOT NULL DEFAULT '0.00',
    expire_time        TEXT    NOT NULL,
    account_status     INTEGER NOT NULL DEFAULT 1,
    grant_time         TEXT    NOT NULL,
    clear_time         TEXT,
    version            INTEGER NOT NULL DEFAULT 0,
    create_time        TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    update_time        TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_flag       INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX POSID_SUBSIDY_ACCOUNT_uk_account_code ON POSID_SUBSIDY_ACCOUNT (account_code);

CREATE TABLE POSID_SUBSIDY_FLOW (
    flow_id            INTEGER PRIMARY KEY,
    subsidy_account_id INTEGER NOT NULL REFERENCES POSID_SUBSIDY_ACCOUNT (subsidy_account_id),
    flow_type          TEXT    NOT NULL,
    amount             TEXT    NOT NULL,
    balance_before     TEXT    NOT NULL,
    balance_after      TEXT    NOT NULL,
    related_order_no   TEXT,
    operator_id        INTEGER,
    operator_name      TEXT,
    remark             TEXT,
    create_time        TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE POSID_RECHARGE_ORDER (
    recharge_id     INTEGER PRIMARY KEY,
    account_id      INTEGER NOT NULL,
    user_id         INTEGER NOT NULL,
    recharge_no     TEXT    NOT NULL,
    recharge_amount TEXT    NOT NULL,
    payment_method  TEXT    NOT NULL,
    payment_channel TEXT,
    order_status    INTEGER NOT NULL DEFAULT 1, -- 1 waits, 2 paying, 3 done, 4 failed
    transaction_no  TEXT,
    pay_time        TEXT,
    success_time    TEXT,
    remark          TEXT,
    create_time     TEXT    NOT NULL,
    update_time     TEXT    NOT NULL,
    deleted_flag    INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX POSID_RECHARGE_ORDER_uk_recharge_no ON POSID_RECHARGE_ORDER (recharge_no, deleted_flag);

CREATE TABLE POSID_CAPITAL_FLOW (
    flow_id           INTEGER PRIMARY KEY,
    account_id        INTEGER NOT NULL,
    flow_type         TEXT    NOT NULL, -- CONSUME, RECHARGE, REFUND
    amount            TEXT    NOT NULL, -- signed
    balance_before    TEXT    NOT NULL,
    balance_after     TEXT    NOT NULL,
    related_record_id INTEGER,
    related_order_no  TEXT,
    transaction_no    TEXT,
    remark            TEXT,
    create_time       TEXT    NOT NULL
);
