ALTER TABLE t_consume_record ADD COLUMN user_id INTEGER GENERATED ALWAYS AS (account_id) VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN user_name TEXT GENERATED ALWAYS AS (printf('U%d', account_id)) VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN amount TEXT
    GENERATED ALWAYS AS (printf('%d.%02d', amount_fen / 100, amount_fen % 100)) VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN refund_amount TEXT
    GENERATED ALWAYS AS (printf('%d.%02d', refund_amount_fen / 100, refund_amount_fen % 100)) VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN consume_type TEXT GENERATED ALWAYS AS ('MEAL') VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN payment_method TEXT GENERATED ALWAYS AS ('BALANCE') VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN order_no TEXT GENERATED ALWAYS AS (printf('ORD%d', record_id)) VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN transaction_status INTEGER GENERATED ALWAYS AS (1) VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN consume_time TEXT
    GENERATED ALWAYS AS (datetime(consume_time_ms / 1000, 'unixepoch')) VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN create_time TEXT
    GENERATED ALWAYS AS (datetime(consume_time_ms / 1000, 'unixepoch')) VIRTUAL;
