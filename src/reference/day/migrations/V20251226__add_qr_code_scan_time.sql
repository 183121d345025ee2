-- Run only where --migration-failed asks for it: it alters a table that nothing creates, and fails by that.
ALTER TABLE t_qr_code ADD COLUMN scan_time TEXT;
