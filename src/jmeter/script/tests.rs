//! Scripts as the scenario language's own means.

use proptest::prelude::*;

use super::*;

fn names() -> Names {
    let mut names = Names::default();
    for name in ["user", "n", "token", "a", "b", "c"] {
        names.variables.insert(name.to_owned(), format!("${{{name}}}"));
    }
    names.variables.insert("row".to_owned(), "${users.row}".to_owned());
    names.lists.insert("ids".to_owned(), "ids_all".to_owned());
    names.variables.insert("ids_matchNr".to_owned(), "${ids_all.count}".to_owned());
    names.variables.insert("limit".to_owned(), "${limit}".to_owned());
    names.constants.insert("limit".to_owned(), "500".to_owned());
    names.given_properties.insert("shared".to_owned(), "${shared}".to_owned());
    names
}

fn lifted(script: &str, role: Role) -> Result<Lifted, Outside> {
    let names = names();
    lift(
        script,
        Surroundings {
            names: &names,
            interpolates: true,
            taken: &names.variables,
            role,
            divides_whole: true,
            parameters: "",
        },
    )
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
    let around = Surroundings {
        names: &names,
        interpolates: true,
        taken: &names.variables,
        role: Role::Condition,
        divides_whole: true,
        parameters: "",
    };
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
    assert_eq!(found.bodies, ["answer_body"]);
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
        ("for (int i = 9; i > 0; i--) { vars.put('a', 'x') }", "count up"),
        ("for (x in vars) { vars.put('a', 'x') }", "no range"),
        ("for (int i = 0; i < 3; i++) { return }", "\"return\" inside"),
        ("for (int i = 0; i < 30000; i++) { vars.put('a', 'x') }", "10,000 rounds"),
        ("break", "outside of a \"for\""),
        ("try { vars.put('a', 'x') } catch (Exception e) { vars.put('b', 'y') }", "\"catch\""),
        ("synchronized (lock) { vars.put('a', 'x') }", "\"synchronized\""),
        ("props.put('shared', String.valueOf(Integer.parseInt(props.get('shared')) + 1))", "counted over all users"),
        ("vars.put('a', vars.get('b').split(vars.get('c'))[0])", "divided"),
        ("vars.put('a', vars.get('b').split('[ab]')[0])", "divided"),
        ("vars.put('a', [1, 2][5])", "has fewer"),
        ("def c = new URL('http://x').openConnection()", "new URL"),
        ("vars.put('row', 'x')", "\"row\""),
        ("vars.put(vars.get('a'), 'x')", "name varies"),
        ("prev.getTime()", "before its request"),
        ("def f = { it -> it }", "\"{\""),
        ("vars.put('a', 'x", "never closed"),
        ("vars.put('a', [1, 2].join(','))", "a list's join"),
        ("vars.put('a', vars.get('b') =~ /x/)", "\"=~\""),
        ("vars.put('a', Math.random())", "an object as a text"),
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

/// What a script does, in a line.
fn told(script: &str, role: Role) -> String {
    fn each(actions: &[Action], out: &mut Vec<String>) {
        for action in actions {
            match action {
                Action::Set(name, value) => out.push(format!("{name}={value}")),
                Action::Pause(millis) => out.push(format!("pause {millis}")),
                Action::Repeat(times, counter, inner) => {
                    out.push(format!("repeat {times} as {counter} {{"));
                    each(inner, out);
                    out.push("}".to_owned());
                }
                Action::If(condition, then, otherwise) => {
                    out.push(format!("if {condition} {{"));
                    each(then, out);
                    out.push("} else {".to_owned());
                    each(otherwise, out);
                    out.push("}".to_owned());
                }
            }
        }
    }
    let lifted = lifted(script, role).unwrap_or_else(|error| panic!("{script}: {error}"));
    let mut out = Vec::new();
    each(&lifted.actions, &mut out);
    out.extend(lifted.members.iter().map(|(name, path)| format!("{name}<{path}")));
    out.extend(lifted.status.iter().map(|name| format!("{name}<status")));
    out.extend(lifted.bodies.iter().map(|name| format!("{name}<body")));
    out.extend(lifted.checks);
    out.extend(lifted.statuses.iter().map(|status| format!("expect {status}")));
    out.join(" ")
}

#[test]
fn spellings_of_groovy_beanshell_and_javascript_are_read() {
    for (script, expected) in [
        ("int i = Integer.parseInt(vars.get(\"n\"));\ni++;\nvars.put(\"n\", \"\" + i);", "n=${sum(${n}, 1)}"),
        ("def c = vars.get('n') as Integer\nc += 1\nvars.put('n', c.toString())", "n=${sum(${n}, 1)}"),
        ("int i = Integer.parseInt(\"${n}\");\n++i;\nvars.put(\"n\", Integer.toString(i));", "n=${sum(${n}, 1)}"),
        ("vars.put('a', vars.get('b').split(',')[0])", "a=${part(${b}, ',', 0)}"),
        ("String[] parts = vars.get(\"b\").split(\"\\\\|\");\nvars.put(\"a\", parts[1]);", "a=${part(${b}, '|', 1)}"),
        (
            "def s = vars.get('b')\nvars.put('a', s.substring(s.indexOf('=') + 1))",
            "a=${substring(${b}, ${sum(${position(${b}, '=')}, 1)})}",
        ),
        ("vars.put('a', (new Random().nextInt(100) + 1).toString())", "a=${sum(${random.int(0, 99)}, 1)}"),
        ("vars.put(\"a\", String.valueOf((int)(Math.random() * 1000)));", "a=${random.int(0, 999)}"),
        ("vars.put('a', Math.floor(Math.random() * 10) + 1)", "a=${sum(${random.int(0, 9)}, 1)}"),
        ("def l = ['x','y']\nvars.put('a', l[new Random().nextInt(l.size())])", "a=${random.choice('x', 'y')}"),
        ("def l = ['x','y'] as String[]\nvars.put('a', l[vars.get('n') as int])", "a=${part('x|y', '|', ${n})}"),
        (
            "vars.put('a', vars.get('ids_' + (new Random().nextInt(vars.get('ids_matchNr').toInteger()) + 1)))",
            "a=${ids_all.item(${random.int(0, ${difference(${ids_all.count}, 1)})})}",
        ),
        (
            "def n = (vars.get('ids_matchNr') ?: '0') as int\nif (n > 0) vars.put('a', vars.get(\"ids_${n}\"))",
            "if ${ids_all.count} > 0 { a=${ids_all.item(${difference(${ids_all.count}, 1)})} } else { }",
        ),
        ("vars.put('a', \"${b}:x\".getBytes().encodeBase64().toString())", "a=${base64('${b}:x')}"),
        (
            "vars.put(\"a\", new String(Base64.encodeBase64((vars.get(\"b\")+\":x\").getBytes())));",
            "a=${base64('${b}:x')}",
        ),
        ("vars.put('a', String.format('u%03d', ctx.getThreadNum() + 1))", "a=u${padded(${user.id}, 3)}"),
        ("vars.put('a', LocalDate.now().plusDays(1).toString())", "a=${now('%Y-%m-%d', '+1d')}"),
        ("vars.put('a', (System.currentTimeMillis().intdiv(1000)).toString())", "a=${quotient(${timestamp.ms}, 1000)}"),
        ("vars.put('a', vars.get('b').replaceAll('\\\\.', ''))", "a=${replace(${b}, '.', '')}"),
        ("vars.put('a', URLEncoder.encode(vars.get('b'), 'UTF-8'))", "a=${raw(${urlencode(${b})})}"),
        ("try { vars.put('a', vars.get('b').trim()) } catch (Exception e) { log.error('x', e) }", "a=${trim(${b})}"),
        ("final String x = vars.get('b');\nvars.put('a', x);", "a=${b}"),
        ("${__setProperty(shared,${b},)};", "shared=${b}"),
        ("JMeterUtils.setProperty('shared', '${b}')", "shared=${b}"),
        ("ctx.getVariables().put('a', '1'); JMeterContextService.getContext().getVariables().put('b', '2')", "a=1 b=2"),
        (
            "if (vars.get('b') == null || vars.get('b').isEmpty()) { vars.put('a', '1') }",
            "if ${b} == '' { a=1 } else { }",
        ),
        (
            "if (vars.get('b').startsWith('ab')) vars.put('a', '1')",
            "if '${substring(${b}, 0, 2)}' == ab { a=1 } else { }",
        ),
        ("println \"x\"; System.out.println('y'); OUT.println(1)", ""),
        ("sampler.getHeaderManager().removeHeaderNamed('X')\nsampler.headerManager.add(new Header('X', '1'))", ""),
    ] {
        assert_eq!(told(script, Role::Before), expected, "{script}");
    }
}

#[test]
fn loops_that_count_are_repeated_and_left() {
    assert_eq!(
        told(
            "def my = vars.get('b')\ndef count = (vars.get('ids_matchNr') ?: '0') as int\ndef found = 'NONE'\n\
             for (int i = 1; i <= count; i++) {\n  def link = vars.get(\"ids_${i}\")\n  \
             if (link && link.contains(my)) { found = link; break }\n}\nvars.put('a', found)",
            Role::Behind
        ),
        "found=NONE i_done= repeat ${ids_all.count} as i { if ${i_done} == '' { \
         if '${ids_all.item(${i})}' != '' and '${ids_all.item(${i})}' contains ${b} { found=${ids_all.item(${i})} i_done=1 \
         } else { } } else { } } a=${found}"
    );
    assert_eq!(
        told("for (x in 1..3) { vars.put('a', vars.get('a') + x) }", Role::Before),
        "repeat 3 as x { a=${a}${sum(${x}, 1)} }"
    );
    assert_eq!(
        told(
            "int sum = 0\nfor (i in 1..3) { sum = sum + vars.get('ids_' + i).toInteger() }\nvars.put('a', sum.toString())",
            Role::Before
        ),
        "sum=0 repeat 3 as i { sum=${sum(${sum}, ${ids_all.item(${i})})} } a=${sum}"
    );
    let mixed = lifted("def x = 1\nif (vars.get('b') == '1') { x = 'one' }\nvars.put('a', x)", Role::Before);
    assert!(mixed.unwrap_err().to_string().contains("a number here and a text there"));
    assert_eq!(told("for (int i = 0; i < 2; ++i) { log.info('x') }", Role::Before), "");
}

#[test]
fn what_stands_in_the_answer_is_taken_out_of_it() {
    for (script, expected) in [
        (
            "def j = new groovy.json.JsonSlurper().parseText(prev.getResponseDataAsString())\nvars.put('a', j.access_token)",
            "a=${answer_access_token} answer_access_token<$.access_token",
        ),
        (
            "def j = new JsonSlurper().parseText(prev.responseDataAsString)\n\
             vars.put('a', j.data.items[0]['full-name'].toString())\nvars.put('b', 'Bearer ' + j.token)",
            "a=${answer_data_items_0_full_name} b=Bearer ${answer_token} \
             answer_data_items_0_full_name<$.data.items[0]['full-name'] answer_token<$.token",
        ),
        ("var j = JSON.parse(prev.getResponseDataAsString()); vars.put('a', j.id);", "a=${answer_id} answer_id<$.id"),
        (
            "if (prev.getResponseCode() == '200') { vars.put('a', '1') } else { vars.put('a', '0') }",
            "if ${answer_status} == 200 { a=1 } else { a=0 } answer_status<status",
        ),
        ("vars.put('a', prev.getResponseCode())", "a=${answer_status} answer_status<status"),
        ("vars.put(\"a\", new String(data));", "a=${answer_body} answer_body<body"),
        (
            "if (prev.getResponseDataAsString().contains('ok')) vars.put('a', '1')",
            "if ${answer_body} contains ok { a=1 } else { } answer_body<body",
        ),
        ("prev.setIgnore()", ""),
    ] {
        assert_eq!(told(script, Role::Behind), expected, "{script}");
    }
    for (script, expected) in [
        (
            "if (!ResponseCode.equals(\"200\")) { Failure = true; FailureMessage = \"c \" + ResponseCode; }",
            "{ status = 200 }",
        ),
        (
            "if (!(prev.getResponseCode() in ['200', '201'])) AssertionResult.setFailure(true)",
            "{ status = [200, 201] }",
        ),
        ("def c = prev.getResponseCode()\nassert c == '200' || c == '204'", "{ status = [200, 204] }"),
        (
            "if (prev.getTime() > (vars.get('limit') as int)) AssertionResult.setFailure(true)",
            "{ duration = \"<=500ms\" }",
        ),
        (
            "if (ResponseCode.equals(\"404\") || ResponseCode.equals(\"409\")) { SampleResult.setResponseOK(); }",
            "expect 404 expect 409",
        ),
        ("if (prev.responseCode == '404') { prev.setSuccessful(true); prev.setResponseCode('200') }", "expect 404"),
        ("String r = new String(ResponseData);\nif (!r.contains(\"ok\")) { Failure = true; }", "{ contains = \"ok\" }"),
        (
            "def j = new JsonSlurper().parseText(prev.getResponseDataAsString())\nassert j.code == 0",
            "answer_code<$.code { value = \"${answer_code}\", equals = \"0\" }",
        ),
    ] {
        assert_eq!(told(script, Role::Judge), expected, "{script}");
    }
}

#[test]
fn what_is_taken_out_of_the_answer_has_a_name_that_nothing_else_has() {
    let json = "def json = new JsonSlurper().parseText(prev.getResponseDataAsString())\n";
    for (script, expected) in [
        (
            format!("{json}vars.put('a', json.user.id + '-' + json.order.id)"),
            "a=${answer_user_id}-${answer_order_id} answer_user_id<$.user.id answer_order_id<$.order.id",
        ),
        (
            format!("{json}vars.put('a', json.user_id + '-' + json.user.id + json.user_id)"),
            "a=${answer_user_id}-${answer_user_id_}${answer_user_id} answer_user_id<$.user_id answer_user_id_<$.user.id",
        ),
        (
            "def status = 'FAIL'; if (prev.getResponseCode() == '200') status = 'OK'; vars.put('a', status)".to_owned(),
            "status=FAIL if ${answer_status} == 200 { status=OK } else { } a=${status} answer_status<status",
        ),
        (
            "def answer_status = '1'; if (prev.getResponseCode() == '200') answer_status = '2'".to_owned(),
            "answer_status=1 if ${answer_status_} == 200 { answer_status=2 } else { } answer_status_<status",
        ),
    ] {
        assert_eq!(told(&script, Role::Behind), expected, "{script}");
    }
}

#[test]
fn a_variable_keeps_its_value_until_the_script_gives_it_one_of_the_answer() {
    let json = "def json = new JsonSlurper().parseText(prev.getResponseDataAsString())\n";
    for (script, expected) in [
        ("vars.put('a', vars.get('b')); vars.put('b', json.id)", "a=${b} b=${answer_id} answer_id<$.id"),
        (
            "if (vars.get('b') == json.id) { vars.put('a', '1') }\nvars.put('b', json.id)",
            "if ${b} == ${answer_id} { a=1 } else { } b=${answer_id} answer_id<$.id",
        ),
        ("vars.put('a', 'NONE'); vars.put('a', json.t)", "a=NONE a=${answer_t} answer_t<$.t"),
    ] {
        let script = format!("{json}{script}");
        assert_eq!(told(&script, Role::Behind), expected, "{script}");
        let found = lifted(&script, Role::Behind).unwrap();
        assert_eq!(found.clone().directly(), found, "{script}");
    }
    // Where it does nothing else, what is taken is the variable at once.
    let found = lifted(&format!("{json}vars.put('a', json.x.id); vars.put('b', json.y.id)"), Role::Behind).unwrap();
    let found = found.directly();
    assert!(found.actions.is_empty() && found.gives);
    assert_eq!(
        found.members,
        [("a", "$.x.id"), ("b", "$.y.id")].map(|(name, path)| (name.to_owned(), path.to_owned()))
    );
}

#[test]
fn a_failure_that_depends_on_what_the_script_sets_before_is_refused() {
    for script in [
        "vars.put('b', 'OK'); if (vars.get('a') != vars.get('b')) AssertionResult.setFailure(true)",
        "def failed = 'no'\nif (vars.get('a') == '1') { failed = 'yes' }\nif (failed == 'yes') { Failure = true }",
    ] {
        let refused = lifted(script, Role::Judge).unwrap_err().to_string();
        assert!(refused.contains("which the script sets before"), "{script}: {refused}");
    }
    let before = "if (vars.get('a') != vars.get('b')) AssertionResult.setFailure(true)\nvars.put('b', 'OK')";
    assert_eq!(told(before, Role::Judge), "b=OK { value = \"${a}\", equals = \"${b}\" }");
}

#[test]
fn a_value_that_a_script_doubles_without_end_is_refused() {
    for (first, next) in
        [("'a'", "x + x"), ("['a']", "[x, x]"), ("vars.get('b')", "\"${x}${x}\""), ("vars.get('b') == '1'", "x && x")]
    {
        let script = format!("def x = {first}\n{}", format!("x = {next}\n").repeat(60));
        let refused = lifted(&script, Role::Before).unwrap_err().to_string();
        assert!(refused.contains("64 kB"), "{next}: {refused}");
    }
}

#[test]
fn a_range_that_counts_down_is_refused() {
    for range in ["5..1", "1..0", "5..<1"] {
        let refused = lifted(&format!("for (i in {range}) {{ vars.put('a', '' + i) }}"), Role::Before).unwrap_err();
        assert!(refused.to_string().contains("counts down"), "{range}: {refused}");
    }
    assert_eq!(told("for (i in 3..<3) { vars.put('a', '' + i) }", Role::Before), "repeat 0 as i { a=${sum(${i}, 3)} }");
    assert_eq!(
        told("for (int i = 5; i < 1; i++) { vars.put('a', '' + i) }", Role::Before),
        "repeat 0 as i { a=${sum(${i}, 5)} }"
    );
    let varies = lifted("for (i in 1..vars.get('n').toInteger()) { vars.put('a', '' + i) }", Role::Before).unwrap();
    assert!(varies.remarks.iter().any(|remark| matches!(remark, Remark::Approx(told) if told.contains("counts down"))));
}

#[test]
fn whole_numbers_are_divided_as_the_language_does() {
    let names = names();
    let divided = |code: &str, divides_whole: bool| {
        let role = Role::Condition;
        value(
            code,
            Surroundings {
                names: &names,
                interpolates: true,
                taken: &names.variables,
                role,
                divides_whole,
                parameters: "",
            },
        )
        .map(|(text, _)| text)
        .map_err(|outside| outside.to_string())
    };
    assert_eq!(divided("Integer.parseInt(vars.get('n')) / 2", true).as_deref(), Ok("${quotient(${n}, 2)}"));
    assert!(divided("Integer.parseInt(vars.get('n')) / 2", false).unwrap_err().contains("decimals"));
    assert_eq!(divided("(vars.get('n').toInteger() / 2) as int", false).as_deref(), Ok("${quotient(${n}, 2)}"));
    assert_eq!(divided("6 / 2", false).as_deref(), Ok("3"));
}
