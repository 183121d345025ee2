//! Functions and variables as templates.

use super::*;

fn names() -> Names {
    let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Names {
        properties: map(&[("host", "shop.test")]),
        variables: map(&[
            ("user", "${users.user}"),
            ("row", "${users.row}"),
            ("n", "${n}"),
            ("max", "${max}"),
            ("kept", "${kept}"),
            ("shop_1", "${shop_1}"),
            ("shop_2", "${shop_2}"),
        ]),
        constants: map(&[("max", "50"), ("shop_1", "tea"), ("shop_2", "milk")]),
        lists: map(&[("id", "id_all")]),
        given_properties: map(&[("token", "${token}")]),
        read: ["kept", "row"].map(str::to_owned).into_iter().collect(),
        file: PathBuf::from("/plans/shop.jmx"),
        ..Names::default()
    }
}

#[test]
fn known_functions_are_templates() {
    for (text, expected) in [
        ("plain", "plain"),
        ("${user}/${__UUID}", "${users.user}/${uuid()}"),
        ("${__P(host)}:${__P(port,80)}${__P(path,)}", "shop.test:80"),
        ("${__property(host,,x)}${__property(q,,x)}", "shop.testx"),
        ("${__Random(1,9)}", "${random.int(1, 9)}"),
        ("${__threadNum}", "${user.id}"),
        ("${__time()} ${__time(/1000,)}", "${timestamp.ms} ${timestamp}"),
        ("${__base64Encode(${user}:'x')}", "${base64('${users.user}:''x''')}"),
        ("${__digest(MD5,a)}", "${md5('a')}"),
        ("a ${__eval(${user})} \\${x}", "a ${users.user} $${x}"),
        ("${__Random(1,${max})}", "${random.int(1, ${max})}"),
        ("${__Random( 1 , ${n} ,unread)}", "${random.int(1, ${n})}"),
        ("${__Random(-5,${__P(k,5)},)}", "${random.int(-5, 5)}"),
        ("${__RandomString(6,ABC'1,)}", "${random.string(6, 'ABC''1')}"),
        ("${__RandomString(${max},ab)}", "${random.string(50, 'ab')}"),
        ("${__time(/60000,)}", "${quotient(${timestamp.ms}, 60000)}"),
        ("${__timeShift(,,P1DT1S,,)}", "${sum(${timestamp.ms}, 86401000)}"),
        ("${__timeShift(,,-PT1M,,)}", "${difference(${timestamp.ms}, 60000)}"),
        ("${__V(user)}-${__V(nobody)}-${__V(nobody,none)}", "${users.user}-nobody-none"),
        ("${__V(id_${n})}", "${id_all.item(${difference(${n}, 1)})}"),
        ("${__V(id_${__intSum(${n},1)})}", "${id_all.item(${n})}"),
        ("${__intSum(2,3,unread)}/${__longSum(${n},-1)}", "5/${sum(${n}, '-1')}"),
        ("${__char(65,0x42,0103)}", "ABC"),
        ("${__urlencode(a ${user})}", "${raw(${urlencode('a ${users.user}')})}"),
        ("${__changeCase(${user},LOWER,)}", "${lower(${users.user})}"),
        ("${__chooseRandom(a,b c,unread)}", "${random.choice('a', 'b c')}"),
        ("${__RandomFromMultipleVars(user|row)}", "${random.choice(${users.user}, ${users.row})}"),
        ("${__isVarDefined(max)} ${__isVarDefined(nobody)} ${__isPropDefined(host)}", "true false true"),
        ("${__TestPlanName}", "shop.jmx"),
        ("${__digest(md5,a,,true)}", "${upper(${md5('a')})}"),
        ("${__log(x)}${__logn(y)}", "x"),
        ("${__property(token)}", "${token}"),
        (
            "${__BeanShell(import org.apache.jmeter.services.FileServer; FileServer.getFileServer().getBaseDir();)}/a.csv",
            "/plans/a.csv",
        ),
        (
            "${__BeanShell(FileServer.getFileServer().getBaseDir(),)}${__BeanShell(File.separator,)}a.csv",
            "/plans/a.csv",
        ),
        ("${__BeanShell(import java.io.File; return File.separator;)}", "/"),
        ("${__groovy(vars.get('user').toUpperCase())}", "${upper(${users.user})}"),
    ] {
        let translated = names().template(text);
        assert_eq!((translated.text.as_str(), translated.remarks.len()), (expected, 0), "{text}");
    }
}

#[test]
fn what_has_no_value_yet_is_asked_for() {
    let translated = names().template("${__P(my.token)}${order-id}");
    assert_eq!(translated.text, "${env.MY_TOKEN}${env.ORDER_ID}");
    let needs: Vec<Remark> = translated.remarks.into_iter().collect();
    assert_eq!(needs, [Remark::Need("JMX110", "order-id".to_owned()), Remark::Need("JMX111", "my.token".to_owned())]);
}

#[test]
fn what_is_not_known_is_refused_by_its_id() {
    for (text, id, part) in [
        ("${__groovy(f(1))}", "JMX104", "f(1)"),
        ("${__FileToString(a.txt)}", "JMX103", "__FileToString"),
        ("${__Random(1,9,row)}", "JMX103", "\"row\""),
        ("${__Random(a,9)}", "JMX103", "no plain numbers"),
        ("${__Random(9,1)}", "JMX103", "lower first"),
        ("${__V(id_${user}x)}", "JMX103", "__V"),
        ("${__timeShift(yyyy,2020-01-01,P1D,,)}", "JMX103", "2020-01-01"),
        ("${__timeShift(yyyy,,P1Y,,)}", "JMX103", "P1Y"),
        ("${__setProperty(k,v,true)}", "JMX103", "__setProperty"),
        ("${__digest(SHA-1,a)}", "JMX103", "another algorithm"),
        ("${JMeterThread.last_sample_ok}", "JMX104", "last sample"),
        ("${__cookie(a)}", "JMX103", "__cookie"),
        ("${__groovy(['a','b'].contains(vars.get('n')))}", "JMX104", "its comma"),
        ("${__time(EEEE)}", "JMX103", "EEEE"),
    ] {
        let remarks = names().template(text).remarks;
        let found = remarks.iter().any(|r| matches!(r, Remark::Refused(i, why) if *i == id && why.contains(part)));
        assert!(found, "{text}: {remarks:?}");
    }
}

#[test]
fn times_of_day_are_told_to_be_in_utc() {
    let translated = names().template("${__time(YMDHMS)}");
    assert_eq!(translated.text, "${now('%Y%m%d-%H%M%S')}");
    assert!(matches!(translated.remarks.first(), Some(Remark::Approx(_))));
}

#[test]
fn a_text_without_anything_to_draw_is_a_constant() {
    assert_eq!(names().constant("${__P(n,5)}").as_deref(), Some("5"));
    assert_eq!(names().constant("${user}"), None);
    assert_eq!(names().constant("${__P(n)}"), None);
}

#[test]
fn what_a_function_stores_is_set_before_and_named_in_its_place() {
    let names = names();
    let translated = names.template("a=${__Random(1,9,kept)}&b=${kept}${__setProperty(token,${user})}");
    assert_eq!((translated.text.as_str(), translated.remarks.len()), ("a=${kept}&b=${kept}", 0));
    let stored = names.stored.take();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(stored, [pair("kept", "${random.int(1, 9)}"), pair("token", "${users.user}")]);
    let groovy = names.template("${__groovy(vars.get('user').trim(),kept)}");
    assert_eq!(groovy.text, "${kept}");
    assert_eq!(names.stored.take(), [pair("kept", "${trim(${users.user})}")]);
}

#[test]
fn a_numbered_family_of_variables_is_found_by_its_number() {
    let translated = names().template("${__V(shop_${n})}");
    assert_eq!(translated.text, "${part('tea|milk', '|', ${difference(${n}, 1)})}");
    let told: Vec<Remark> = translated.remarks.into_iter().collect();
    assert_eq!(told, [Remark::Approx("\"shop_...\" beyond shop_2 is empty".to_owned())]);
}

#[test]
fn the_text_of_a_file_is_put_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("body.json"), "{\"a\": \"${x}\"}").unwrap();
    let names = Names { file: folder.path().join("plan.jmx"), ..names() };
    assert_eq!(names.template("${__FileToString(body.json,,)}").text, "{\"a\": \"$${x}\"}");
}
