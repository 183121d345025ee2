INSERT INTO POSID_ACCOUNT
    (account_id, user_id, account_code, account_name, balance, account_status, create_time, update_time)
SELECT account_id, user_id, account_code, account_name, balance, account_status, now, now
FROM t_consume_account, temp.clock
WHERE deleted_flag = 0;

INSERT INTO POSID_TRANSACTION
    (transaction_id, account_id, user_id, user_name, device_id, amount, consume_mode, consume_type, payment_method,
     order_no, transaction_no, transaction_status, consume_status, consume_time, consume_location, create_time, update_time)
SELECT record_id, account_id, user_id, user_name, device_id, amount, 'FIXED_AMOUNT', consume_type, payment_method,
       order_no, transaction_no, transaction_status, consume_status, consume_time, area_id, create_time, create_time
FROM t_consume_record
WHERE deleted_flag = 0;

INSERT INTO POSID_CAPITAL_FLOW
    (flow_id, account_id, flow_type, amount, balance_before, balance_after, related_record_id, related_order_no,
     transaction_no, create_time)
SELECT transaction_id, account_id, transaction_type, amount, balance_before, balance_after, related_record_id,
       related_order_no, transaction_no, transaction_time
FROM t_consume_account_transaction
WHERE deleted_flag = 0;
