use super::*;
use crate::acceptance::store::StoreError;
use crate::gate::acceptance::CheckVerdict::{self, Blocked, Fail, NoData, Pass, Skipped, Warn};

fn asked<T>(answer: T) -> Asked<T> {
    Asked { query: "SELECT".into(), answer: Ok(answer) }
}

fn ran(rank: i64, script: &str, success: bool) -> Ran {
    Ran { rank, version: version_of(script), script: script.into(), success }
}

fn sound() -> MigrationSeen {
    let scripts = MigrationSection::default().scripts;
    MigrationSeen {
        history: asked(vec![ran(1, "V1__a.sql", true), ran(2, &scripts[0], true), ran(3, &scripts[1], true)]),
        tables: asked(Vec::new()),
        missing: Vec::new(),
        indexes: Vec::new(),
        partitions: None,
        pairs: Vec::new(),
    }
}

fn ends(seen: &MigrationSeen) -> Vec<(String, CheckVerdict)> {
    let checks = judge(&MigrationSection::default(), seen, &Severity::default());
    checks.into_iter().map(|check| (check.id, check.verdict)).collect()
}

fn end(seen: &MigrationSeen, id: &str) -> CheckVerdict {
    let ends = ends(seen);
    ends.iter().find(|(one, _)| one == id).unwrap_or_else(|| panic!("no {id} in {ends:?}")).1
}

fn pair(rows: (u64, u64), comparison: Comparison) -> MigrationSeen {
    let pair = PairSeen { name: "p".into(), rows: asked(rows), comparison: asked(comparison) };
    MigrationSeen { pairs: vec![pair], ..sound() }
}

fn equal(equal: u64, union: u64) -> Comparison {
    Comparison { union, equal, unequal: union - equal, ..Comparison::default() }
}

#[test]
fn a_sound_history_passes_and_sqlite_skips_its_partitions() {
    let ends = ends(&sound());
    assert!(ends.iter().all(|(_, verdict)| matches!(verdict, Pass | Skipped)), "{ends:?}");
    assert_eq!(end(&sound(), "migration.partitions"), Skipped);
}

#[test]
fn each_fault_of_the_history_fails_its_own_check() {
    let with = |history| MigrationSeen { history: asked(history), ..sound() };
    let all = || sound().history.answer.unwrap();
    let mut failed = all();
    failed.push(ran(4, "V4__b.sql", false));
    assert_eq!(end(&with(failed), "migration.history:failed"), Fail);
    assert_eq!(end(&with(all()[..2].to_vec()), "migration.history:scripts"), Fail);
    let mut twice = all();
    twice.push(Ran { rank: 4, ..twice[2].clone() });
    assert_eq!(end(&with(twice), "migration.history:scripts"), Fail);
    let mut other = all();
    other[1].version = Some("V20251223".into());
    assert_eq!(end(&with(other), "migration.history:versions"), Fail);
    for (at, rank) in [(0, 2), (2, 4), (0, 3)] {
        let mut edited = all();
        edited[at].rank = rank;
        assert_eq!(end(&with(edited.clone()), "migration.history:gaps"), Fail, "{edited:?}");
    }
    assert_eq!(end(&with(Vec::new()), "migration.history:failed"), NoData, "an empty history proves nothing");
}

#[test]
fn a_missing_table_fails_and_is_named() {
    let seen = MigrationSeen { missing: vec!["POSID_AREA".into()], ..sound() };
    let checks = judge(&MigrationSection::default(), &seen, &Severity::default());
    let check = checks.iter().find(|check| check.id == "migration.tables").unwrap();
    assert_eq!((check.verdict, check.observed.clone()), (Fail, Some(Measure::Count(10))));
    assert_eq!(check.note.as_ref().unwrap().en, "missing: POSID_AREA");
}

#[test]
fn rows_must_be_as_many_and_two_empty_tables_are_no_data() {
    for (rows, verdict) in [((5, 5), Pass), ((5, 4), Fail), ((5, 6), Fail), ((0, 0), NoData), ((0, 3), Fail)] {
        assert_eq!(end(&pair(rows, equal(1, 1)), "migration.rows:p"), verdict, "{rows:?}");
    }
}

#[test]
fn a_share_is_never_rounded_up_into_a_pass() {
    for (comparison, verdict) in
        [(equal(10, 10), Pass), (equal(199_999_999, 200_000_000), Fail), (equal(0, 10), Fail), (equal(0, 0), NoData)]
    {
        assert_eq!(end(&pair((1, 1), comparison.clone()), "migration.consistency:p"), verdict, "{comparison:?}");
    }
    let section: MigrationSection = toml::from_str("consistency = 0.999").unwrap();
    for (equal_rows, union, verdict) in [(999, 1_000, Pass), (998_999, 1_000_000, Fail), (99_899, 100_000, Fail)] {
        let checks = judge(&section, &pair((1, 1), equal(equal_rows, union)), &Severity::default());
        assert_eq!(checks.last().unwrap().verdict, verdict, "{equal_rows} of {union}");
    }
}

#[test]
fn what_differs_is_told_with_its_keys() {
    let named = vec![
        crate::acceptance::pairs::Difference { key: 7, how: How::OnlyOld },
        crate::acceptance::pairs::Difference { key: 9, how: How::Column("balance".into(), Some("5.00".into()), None) },
    ];
    let seen = pair((3, 2), Comparison { only_old: 1, named, ..equal(1, 3) });
    let checks = judge(&MigrationSection::default(), &seen, &Severity::default());
    let note = checks.last().unwrap().note.clone().unwrap();
    assert!(note.en.contains("1 of 3 equal") && note.en.ends_with("keys: 7 (old), 9 balance 5.00≠null"), "{}", note.en);
    assert!(note.zh.contains("3 个键中 1 个一致"), "{}", note.zh);
}

#[test]
fn partitions_must_be_there_and_the_catch_all_warns() {
    let with = |names: &[&str], current| {
        let partitions = Partitions { names: names.iter().map(|name| (*name).to_owned()).collect(), current };
        MigrationSeen { partitions: Some(vec![("POSID_TRANSACTION".into(), asked(partitions))]), ..sound() }
    };
    let (named, current) = ("migration.partitions:POSID_TRANSACTION", "migration.current_month:POSID_TRANSACTION");
    let seen = with(&["p1", "p_future"], Current::CatchAll("p_future".into()));
    assert_eq!((end(&seen, named), end(&seen, current)), (Pass, Warn));
    let seen = with(&["p1"], Current::Bounded("p1".into()));
    assert_eq!((end(&seen, named), end(&seen, current)), (Pass, Pass));
    let seen = with(&[], Current::Unknown);
    assert_eq!((end(&seen, named), end(&seen, current)), (Fail, NoData), "it is not partitioned at all");

    let section: MigrationSection = toml::from_str("[partitions]\nPOSID_TRANSACTION = [\"P1\", \"p202512\"]").unwrap();
    let checks = judge(&section, &with(&["p1", "p_future"], Current::Nowhere), &Severity::default());
    let check = checks.iter().find(|check| check.id == named).unwrap();
    assert_eq!((check.verdict, check.note.as_ref().unwrap().en.as_str()), (Fail, "missing: p202512"));
}

#[test]
fn an_index_that_is_not_there_is_named() {
    let section: MigrationSection = toml::from_str("[indexes]\nT = [\"uk_code\", \"idx_no\"]").unwrap();
    let seen = MigrationSeen { indexes: vec![("T".into(), asked(vec!["UK_CODE".into()]))], ..sound() };
    let checks = judge(&section, &seen, &Severity::default());
    let check = checks.iter().find(|check| check.id == "migration.indexes:T").unwrap();
    assert_eq!((check.verdict, check.note.as_ref().unwrap().en.as_str()), (Fail, "missing: idx_no"));
}

#[test]
fn what_could_not_be_asked_is_blocked_and_says_why_in_both_languages() {
    let history = Asked { query: String::new(), answer: Err(StoreError::NoTable("flyway_schema_history".into())) };
    let checks = judge(&MigrationSection::default(), &MigrationSeen { history, ..sound() }, &Severity::default());
    let note = checks[0].note.clone().unwrap();
    assert_eq!(checks[0].verdict, Blocked);
    assert!(note.en.contains("no table flyway_schema_history") && note.zh.contains("表 flyway_schema_history 不存在"));
}
