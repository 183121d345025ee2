-- Money is text in yuan with two decimals, as a DECIMAL(p,2) prints: no float between the store and a comparison.
ALTER TABLE t_consume_account ADD COLUMN user_id INTEGER GENERATED ALWAYS AS (account_id) VIRTUAL;
ALTER TABLE t_consume_account ADD COLUMN account_code TEXT GENERATED ALWAYS AS (printf('ACC%08d', account_id)) VIRTUAL;
ALTER TABLE t_consume_account ADD COLUMN account_name TEXT GENERATED ALWAYS AS (printf('U%d', account_id)) VIRTUAL;
ALTER TABLE t_consume_account ADD COLUMN balance TEXT
    GENERATED ALWAYS AS (printf('%d.%02d', balance_fen / 100, balance_fen % 100)) VIRTUAL;
