use std::path::Path;

use super::*;

fn parse(text: &str) -> Result<AcceptanceFile, String> {
    AcceptanceFile::parse(text, Path::new("scenarios/acceptance.toml")).map_err(|error| error.to_string())
}

#[test]
fn checks_block_as_the_contract_has_it_unless_the_file_says_otherwise() {
    let plain = parse("").unwrap().severities();
    assert!(plain.blocks("migration.rows:account") && !plain.blocks("cache.l2"));
    assert!(plain.blocks("nobody.knows.this"), "what is unknown blocks");
    let turned = parse("[severity]\nblock = [\"cache.l2\"]\nwarn = [\"migration.rows\"]\n").unwrap().severities();
    assert!(turned.blocks("cache.l2") && !turned.blocks("migration.rows:account"));
}

#[test]
fn an_unknown_key_or_check_is_refused_with_its_place_and_the_nearest_known_one() {
    let error = parse("[severtiy]\n").unwrap_err();
    assert!(error.starts_with("scenarios/acceptance.toml:1:2: unknown field `severtiy`"), "{error}");
    assert!(error.contains("did you mean `severity`?"), "{error}");
    let error = parse("[severity]\nwarn = [\"cache.l3\"]\n").unwrap_err();
    assert!(error.contains(":2:8: no check is called \"cache.l3\"; did you mean \"cache.l"), "{error}");
}
