-- The old tables are the ledger's own and keep whole fen and milliseconds. What the contract names besides is derived
-- from them: virtual columns cost nothing to write. (PRAGMA table_info hides virtual columns; table_xinfo lists them.)
ALTER TABLE t_consume_account ADD COLUMN deleted_flag INTEGER GENERATED ALWAYS AS (0) VIRTUAL;
ALTER TABLE t_consume_record ADD COLUMN deleted_flag INTEGER GENERATED ALWAYS AS (0) VIRTUAL;
