use super::*;
use crate::acceptance::store::tests::Written;
use crate::units::Micros;

const TABLES: &str = "
    CREATE TABLE old (id INTEGER PRIMARY KEY, code TEXT, balance DECIMAL(12,2), deleted_flag INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE new (no INTEGER, code TEXT, money DECIMAL(12,4), deleted_flag INTEGER NOT NULL DEFAULT 0);";

fn section(chunk: u32) -> MigrationSection {
    let text = format!(
        "chunk = {chunk}\n[[pair]]\nname = \"a\"\nold = \"old\"\nnew = \"new\"\nkey = \"id\"\nnew_key = \"no\"\ncolumns = [\"code\", \"balance = money\"]\n"
    );
    toml::from_str(&text).unwrap()
}

/// Looks at the pair; `meanwhile` is done while rows that differ are waited for.
fn seen(written: &Written, chunk: u32, meanwhile: &str) -> PairSeen {
    let section = section(chunk);
    let mut waited = Vec::new();
    let mut pause = |span| {
        waited.push(span);
        written.connection.execute_batch(meanwhile).unwrap();
    };
    let seen = look(&mut written.store(), &section.pairs[0], (&section, &mut Patience::new(&mut pause, &|| false)));
    assert!(waited.is_empty() || waited == [Micros::from_secs(5)], "{waited:?}");
    seen
}

fn compared(sql: &str, meanwhile: &str) -> Comparison {
    let written = Written::new(&format!("{TABLES}{sql}"));
    let whole = seen(&written, 1_000, meanwhile).comparison.answer.unwrap();
    // However the rows fall into chunks, they say the same.
    for chunk in [3, 4] {
        let written = Written::new(&format!("{TABLES}{sql}"));
        assert_eq!(seen(&written, chunk, meanwhile).comparison.answer, Ok(whole.clone()), "chunks of {chunk}");
    }
    whole
}

/// `n` rows that say the same on both sides.
fn same(n: u32) -> String {
    let rows = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})");
    format!(
        "INSERT INTO old (id, code, balance) {rows} SELECT i, 'c' || i, i FROM n;
         INSERT INTO new (no, code, money) {rows} SELECT i, 'c' || i, i FROM n;"
    )
}

#[test]
fn rows_that_say_the_same_are_equal_whatever_the_chunks() {
    for rows in [1, 2, 3, 8, 9, 10] {
        let seen = compared(&same(rows), "");
        assert_eq!((seen.union, seen.equal), (u64::from(rows), u64::from(rows)));
        assert_eq!(seen.named, []);
    }
}

#[test]
fn empty_tables_have_no_union() {
    assert_eq!(compared("", ""), Comparison::default());
}

#[test]
fn rows_that_either_side_lacks_count_against_the_union() {
    let seen = compared(&format!("{}DELETE FROM new WHERE no IN (1, 5); DELETE FROM old WHERE id = 9;", same(9)), "");
    assert_eq!((seen.union, seen.equal, seen.only_old, seen.only_new), (9, 6, 2, 1));
    assert_eq!(seen.named[0], Difference { key: 1, how: How::OnlyOld });
    assert_eq!(seen.named[2], Difference { key: 9, how: How::OnlyNew });
}

#[test]
fn numbers_compare_by_value_and_texts_by_every_byte() {
    let seen = compared(
        "INSERT INTO old (id, code, balance) VALUES (1, 'A', '10.0'), (2, '007', '1'), (3, 'x', '1'), (4, NULL, '1'), (5, 'y', NULL);
         INSERT INTO new (no, code, money) VALUES (1, 'A', '10.0000'), (2, '7', '1'), (3, 'X', '1'), (4, NULL, '1'), (5, 'y', '0');",
        "",
    );
    assert_eq!((seen.equal, seen.unequal), (2, 3), "{seen:?}");
    let how = |old: &str, new: &str| How::Column("code".into(), Some(old.into()), Some(new.into()));
    assert_eq!(seen.named[0], Difference { key: 2, how: how("007", "7") });
    assert_eq!(seen.named[2].how, How::Column("balance".into(), None, Some("0".into())));
}

#[test]
fn a_key_that_a_side_has_twice_is_not_equal_though_its_rows_are() {
    let seen = compared(&format!("{}INSERT INTO new (no, code, money) VALUES (4, 'c4', 4);", same(6)), "");
    assert_eq!((seen.union, seen.equal, seen.doubled), (6, 5, 1));
}

#[test]
fn deleted_rows_do_not_count_on_either_side() {
    let sql = format!("{}UPDATE old SET deleted_flag = 1 WHERE id = 2; DELETE FROM new WHERE no = 2;", same(3));
    let seen = compared(&sql, "");
    assert_eq!((seen.union, seen.equal), (2, 2));
    let seen = compared(&format!("{}UPDATE new SET deleted_flag = 1 WHERE no = 2;", same(3)), "");
    assert_eq!((seen.union, seen.only_old), (3, 1));
}

#[test]
fn only_what_still_differs_when_it_is_read_again_counts() {
    let before = format!("{}DELETE FROM new WHERE no = 1; UPDATE new SET money = 0 WHERE no IN (2, 3);", same(5));
    let before = format!("{before}INSERT INTO old (id, code, balance) VALUES (6, 'gone', 1);");
    let meanwhile = "INSERT OR IGNORE INTO new (no, code, money) SELECT 1, 'c1', 1 WHERE NOT EXISTS (SELECT 1 FROM new WHERE no = 1);
        UPDATE new SET money = 2 WHERE no = 2; DELETE FROM old WHERE id = 6;";
    let seen = compared(&before, meanwhile);
    assert_eq!((seen.union, seen.equal, seen.settled, seen.unequal), (5, 4, 3, 1), "{seen:?}");
    assert_eq!(seen.named[0].key, 3);
}

#[test]
fn rows_are_counted_at_one_moment_and_only_those_that_count() {
    let written = Written::new(&format!("{TABLES}{}UPDATE old SET deleted_flag = 1 WHERE id = 2;", same(4)));
    let seen = seen(&written, 100, "");
    assert_eq!(seen.rows.answer, Ok((3, 4)));
    assert!(seen.rows.query.contains("\"deleted_flag\" = 0"), "{}", seen.rows.query);
}

#[test]
fn a_key_that_more_rows_share_than_a_chunk_holds_is_none() {
    let written =
        Written::new(&format!("{TABLES}INSERT INTO new (no, code) VALUES (7, 'a'), (7, 'b'), (7, 'c'), (8, 'd');"));
    let seen = seen(&written, 3, "");
    assert_eq!(seen.comparison.answer, Err(StoreError::NoKey { table: "new".into(), key: 7 }));
}

#[test]
fn a_missing_table_or_column_is_named_and_nothing_is_compared() {
    let written = Written::new("CREATE TABLE old (id INTEGER, code TEXT, balance INTEGER)");
    assert_eq!(seen(&written, 10, "").comparison.answer, Err(StoreError::NoTable("new".into())));
    let written = Written::new(
        "CREATE TABLE old (id INTEGER, code TEXT, balance INTEGER); CREATE TABLE new (no INTEGER, code TEXT);",
    );
    let missing = StoreError::NoColumn { table: "new".into(), column: "money".into() };
    assert_eq!(seen(&written, 10, "").comparison.answer, Err(missing));
}

#[test]
fn whoever_does_not_want_to_wait_gets_no_comparison() {
    let written = Written::new(&format!("{TABLES}{}DELETE FROM new WHERE no = 1;", same(2)));
    let section = section(10);
    let mut pause = |_| {};
    let patience = &mut Patience::new(&mut pause, &|| true);
    let seen = look(&mut written.store(), &section.pairs[0], (&section, patience));
    assert_eq!(seen.comparison.answer, Err(StoreError::Interrupted));
}
