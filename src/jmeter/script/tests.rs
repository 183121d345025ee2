//! Scripts as the scenario language's own means.

use proptest::prelude::*;

use super::*;

fn names() -> Names {
    let mut names = Names::default();
    for name in ["user", "n", "token", "a", "b", "c"] {
        names.variables.insert(name.to_owned(), format!("${{{name}}}"));
    }
    names.variables.insert("row".to_owned(), "${users.row}".to_owned());
    names.given_properties.insert("shared".to_owned(), "${shared}".to_owned());
    names
}

fn lifted(script: &str, role: Role) -> Result<Lifted, Outside> {
    let names = names();
    lift(script, Surroundings { names: &names, interpolates: true, taken: &names.variables, role })
}

fn sets(script: &str) -> Vec<(String, String)> {
    let lifted = lifted(script, Role::Before).unwrap_or_else(|error| panic!("{script}: {error}"));
    let set = |action: &Action| match action {
        Action::Set(name, value) => (name.clone(), value.clone()),
        other => panic!("{script}: {other:?}"),
    };
    lifted.actions.iter().map(set).collect()
}

fn holds(code: &str) -> Result<String, Outside> {
    let names = names();
    let around = Surroundings { names: &names, interpolates: true, taken: &names.variables, role: Role::Condition };
    condition(code, around).map(|(text, _)| text)
}

#[test]
fn what_is_put_is_a_template() {
    for (script, expected) in [
        ("vars.put('a', 'x')", "x"),
        ("vars.put(\"a\", vars.get(\"b\"));", "${b}"),
        ("vars.a = 'x' + vars.b", "x${b}"),
        ("vars['a'] = \"<${b}>\"", "<${b}>"),
        ("def x = vars.get('b')?.trim()\nvars.put('a', x)", "${trim(${b})}"),
        (
            "String x = vars.get(\"b\");\nint y = Integer.parseInt(x) + 1;\nvars.put(\"a\", String.valueOf(y));",
            "${sum(${b}, 1)}",
        ),
        ("vars.put('a', UUID.randomUUID().toString())", "${uuid()}"),
        ("vars.put('a', java.util.UUID.randomUUID().toString().take(8))", "${substring(${uuid()}, 0, 8)}"),
        ("vars.put('a', String.valueOf(System.currentTimeMillis()))", "${timestamp.ms}"),
        ("vars.put('a', new Date().format('yyyy-MM-dd'))", "${now('%Y-%m-%d')}"),
        (
            "import java.time.*\nvars.put('a', LocalDate.now().plusDays(60).format(DateTimeFormatter.ofPattern('dd/MM/yyyy')))",
            "${now('%d/%m/%Y', '+60d')}",
        ),
        ("vars.put('a', String.format('%02d', LocalDate.now().getDayOfMonth()))", "${padded(${now('%-d')}, 2)}"),
        ("vars.put('a', new Random().nextInt(10).toString())", "${random.int(0, 9)}"),
        ("vars.put('a', \"${vars.get('b')}:x\".bytes.encodeBase64().toString())", "${base64('${b}:x')}"),
        ("vars.put('a', vars.get('b') ?: 'it''s')", ""),
        ("vars.put('a', (vars.get('b') ?: 'none').toUpperCase())", "${upper(${default(${b}, 'none')})}"),
        ("vars.put('a', props.get('shared'))", "${shared}"),
        ("vars.put('a', '${user}')", "${user}"),
        ("vars.put('a', \"\\$x\")", "$x"),
        ("vars.put('a', '' + ctx.getThreadNum())", "${difference(${user.id}, 1)}"),
        ("vars.put('a', vars.get('b').replace(',', ''))", "${replace(${b}, ',', '')}"),
    ] {
        if expected.is_empty() {
            assert!(lifted(script, Role::Before).is_err(), "{script}");
            continue;
        }
        assert_eq!(sets(script), [("a".to_owned(), expected.to_owned())], "{script}");
    }
}

#[test]
fn what_is_drawn_is_drawn_once() {
    assert_eq!(
        sets("def id = UUID.randomUUID().toString()\nvars.put('a', id)\nvars.put('b', \"x-${id}\")"),
        [("a".to_owned(), "${uuid()}".to_owned()), ("b".to_owned(), "x-${a}".to_owned())]
    );
    assert_eq!(
        sets("def id = UUID.randomUUID().toString()\nvars.put('a', id + '1')\nvars.put('b', id)"),
        [
            ("id".to_owned(), "${uuid()}".to_owned()),
            ("a".to_owned(), "${id}1".to_owned()),
            ("b".to_owned(), "${id}".to_owned())
        ]
    );
    assert_eq!(
        sets("def x = UUID.randomUUID(); def y = UUID.randomUUID(); vars.put('a', x); vars.put('b', y)"),
        [("a".to_owned(), "${uuid()}".to_owned()), ("b".to_owned(), "${uuid()}".to_owned())]
    );
}

#[test]
fn what_was_read_keeps_its_value_when_the_variable_changes() {
    assert_eq!(
        sets("def old = vars.get('n')\nvars.put('n', String.valueOf(old.toInteger() + 1))\nvars.put('a', old)"),
        [
            ("old".to_owned(), "${n}".to_owned()),
            ("n".to_owned(), "${sum(${n}, 1)}".to_owned()),
            ("a".to_owned(), "${old}".to_owned())
        ]
    );
}

#[test]
fn branches_are_conditions() {
    let lifted = lifted(
        "if (vars.get('n') != null && vars.get('n').toInteger() > 3) { vars.put('a', 'many') } else { vars.put('a', 'few') }",
        Role::Behind,
    );
    let set = |value: &str| vec![Action::Set("a".to_owned(), value.to_owned())];
    assert_eq!(lifted.unwrap().actions, [Action::If("${n} != '' and ${n} > 3".to_owned(), set("many"), set("few"))]);
    let lifted = super::tests::lifted("vars.put('a', vars.get('b') == 'x' ? '1' : '0')", Role::Behind);
    assert_eq!(lifted.unwrap().actions, [Action::If("${b} == x".to_owned(), set("1"), set("0"))]);
    let early = super::tests::lifted("if (vars.get('b') == null) return\nvars.put('a', '1')", Role::Behind);
    assert_eq!(early.unwrap().actions, [Action::If("${b} != ''".to_owned(), set("1"), vec![])]);
}

#[test]
fn a_name_that_a_branch_changes_is_a_variable() {
    let lifted =
        lifted("def x = 'no'\nif (vars.get('b') == '1') { x = 'yes' }\nvars.put('a', x)", Role::Behind).unwrap();
    let set = |name: &str, value: &str| Action::Set(name.to_owned(), value.to_owned());
    assert_eq!(
        lifted.actions,
        [set("x", "no"), Action::If("${b} == 1".to_owned(), vec![set("x", "yes")], vec![]), set("a", "${x}")]
    );
}

#[test]
fn assertions_are_checks() {
    for (script, expected) in [
        (
            "if (prev.getTime() > 500) { AssertionResult.setFailure(true); AssertionResult.setFailureMessage('slow') }",
            "{ duration = \"<=500ms\" }",
        ),
        ("AssertionResult.setFailure(!prev.getResponseDataAsString().contains('ok'))", "{ contains = \"ok\" }"),
        (
            "if (prev.responseDataAsString.indexOf('x') >= 0) AssertionResult.setFailure(true)",
            "{ contains = \"x\", not = true }",
        ),
        (
            "if (!prev.getResponseCode().equals(\"200\")) { Failure = true; FailureMessage = \"no\"; }",
            "{ status = 200 }",
        ),
        ("assert vars.get('token') != null", "{ value = \"${token}\", equals = \"\", not = true }"),
        ("assert prev.isSuccessful()", ""),
        ("log.info('x')", ""),
    ] {
        let found = lifted(script, Role::Judge).unwrap_or_else(|error| panic!("{script}: {error}"));
        assert_eq!((found.checks.concat(), found.actions.len()), (expected.to_owned(), 0), "{script}");
    }
    let found = lifted("if (ResponseCode.equals(\"404\")) { SampleResult.setResponseOK(); }", Role::Judge).unwrap();
    assert_eq!(found.statuses, [404]);
}

#[test]
fn the_answer_and_headers_are_taken_where_they_are_asked_for() {
    let found = lifted("vars.put('a', prev.getResponseDataAsString())", Role::Behind).unwrap();
    assert_eq!(found.bodies, ["a"]);
    let found = lifted(
        "import org.apache.jmeter.protocol.http.control.Header\nsampler.getHeaderManager().add(new Header('X-Id', vars.get('a')))",
        Role::Before,
    );
    assert_eq!(found.unwrap().headers, [("X-Id".to_owned(), "${a}".to_owned())]);
}

#[test]
fn conditions_of_every_language_are_read() {
    for (code, expected) in [
        ("vars.get(\"a\") == \"b c\"", "${a} == 'b c'"),
        (
            "!vars.get(\"a\").equals(\"b\") && vars.get(\"n\").toInteger() < vars.get(\"b\").toInteger()",
            "${a} != b and ${n} < ${b}",
        ),
        ("\"${a}\"==\"true\"", "${a} == true"),
        ("\"${a}\".length>2", "'${length(${a})}' > 2"),
        ("${n} > 2", "${n} > 2"),
        ("\"${a}\" == \"0\" ", "${a} == 0"),
        (
            "vars.get('a') != 'true' && (vars.get('n') ?: '0') as int < 15",
            "${a} != true and '${default(${n}, 0)}' < 15",
        ),
        ("!(vars.get('a') == '1' || vars.get('b') == '2')", "${a} != 1 and ${b} != 2"),
        (
            "(vars.get('a') == '1' || vars.get('b') == '2') && vars.get('c') == '3'",
            "${a} == 1 and ${c} == 3 or ${b} == 2 and ${c} == 3",
        ),
        ("!vars.get('a').contains('x')", "not ${a} contains x"),
        ("'${a}' eq 'x' and '${b}' ne 'y'", "${a} == x and ${b} != y"),
        ("vars.get('nobody') == null", "true"),
        ("true", "true"),
        ("vars.get('a')", "${a} == true"),
    ] {
        assert_eq!(holds(code).as_deref(), Ok(expected), "{code}");
    }
}

#[test]
fn what_is_not_known_is_refused_by_its_name() {
    for (script, part) in [
        ("new Foo()", "new Foo"),
        ("for (int i = 0; i < 3; i++) { vars.put('a', 'x') }", "\"for\""),
        ("def c = new URL('http://x').openConnection()", "new URL"),
        ("vars.put('row', 'x')", "\"row\""),
        ("vars.put(vars.get('a'), 'x')", "name varies"),
        ("prev.getTime()", "before its request"),
        ("def f = { it -> it }", "\"{\""),
        ("vars.put('a', 'x", "never closed"),
        ("vars.put('a', [1, 2].join(','))", "\"[\""),
        ("vars.put('a', vars.get('b') =~ /x/)", "\"=~\""),
        ("vars.put('a', Math.random())", "Math.random"),
    ] {
        let error = lifted(script, Role::Before).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(part), "{script}: {error}");
    }
}

#[test]
fn what_a_script_sets_is_known_before_it_is_read() {
    let found = given("vars.put('a', 'x'); if (x) { props.put('k', 'y') }\nvars.c = 1; vars['d'] = 2", true);
    assert_eq!(
        found,
        [
            Given::Variable("a".to_owned()),
            Given::Variable("c".to_owned()),
            Given::Variable("d".to_owned()),
            Given::Property("k".to_owned())
        ]
    );
}

#[test]
fn depth_and_length_have_an_end() {
    for script in [
        "(".repeat(100_000),
        "!".repeat(100_000),
        "if (true) ".repeat(50_000),
        format!("vars.put('a', {} 'x')", "'x' + ".repeat(50_000)),
        "a.b".repeat(50_000),
        format!("def x = {}", "\"${".repeat(5_000)),
        format!("{} return }}", "if (vars.get('a') == '1') { return }\n".repeat(30)),
        format!("vars.get('a') == '1' {}", "|| vars.get('a') == '1' && vars.get('b') == '2'".repeat(100)),
    ] {
        assert!(lifted(&script, Role::Before).is_err(), "{}", &script[..20]);
    }
}

proptest! {
    /// Whatever a script says, reading it ends, and what is read is said in the scenario language.
    #[test]
    fn no_script_panics(script in "(vars\\.put\\('a', |vars\\.get\\('b'\\)|if \\(|\\) |\\{|\\}|'x'|\"\\$\\{b\\}\"|==|&&|\\+| def x = |x|\\n|;|return|!|\\?|:|1|[ -~]){0,30}") {
        for role in [Role::Before, Role::Behind, Role::Judge, Role::Sampler] {
            let _either = lifted(&script, role);
        }
        let _either = holds(&script);
        let _either = given(&script, false);
    }
}
