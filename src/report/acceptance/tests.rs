use super::*;
use crate::gate::acceptance::{Check, CheckVerdict, Limit, Measure, Said, Window, overall};
use crate::report::text::Lang;
use crate::units::Micros;

fn share(id: &str, least: f64, observed: f64) -> Check {
    Check::new(id, true, "SELECT rate FROM log")
        .over(Window::Last(Micros::from_secs(86_400)))
        .wants(Limit::AtLeast(Measure::Share(least)))
        .found(Measure::Share(observed))
}

/// An acceptance in which everything held, and one check if `broken` says so did not.
pub(crate) fn walked(kind: TargetKind, broken: bool) -> Acceptance {
    let load = vec![
        Check::new("load.deciding:tps>=1000", true, "tps>=1000")
            .wants(Limit::AtLeast(Measure::PerSecond(1_000.0)))
            .found(Measure::PerSecond(1_019.6)),
        Check::new("load.deciding:p95<=100ms", true, "p95<=100ms")
            .wants(Limit::AtMost(Measure::Millis(100.0)))
            .found(Measure::Millis(if broken { 182.15 } else { 82.15 })),
    ];
    let steps = vec![
        Step::of(
            StepId::Health,
            vec![
                Check::new("health.status", true, "GET /actuator/health")
                    .wants(Limit::Equal(Measure::Text("UP".into())))
                    .found(Measure::Text("UP".into())),
            ],
        ),
        Step::of(StepId::Load, load),
        Step::of(
            StepId::Cache,
            vec![share("cache.l1", 0.8, 0.85), Check::new("cache.l2", false, "").found(Measure::Share(0.5))],
        ),
        Step::of(StepId::DualWrite, vec![share("dual_write.min:account", 0.999, 0.9997)]),
        Step::skipped(StepId::Switch, Said::new("<b>none</b> | x", "<b>没有</b> | x")),
    ];
    let verdict = overall(&steps);
    Acceptance {
        verdict,
        exit_code: if broken { 99 } else { 0 },
        target: Target::of("http://pay.example:8094".into(), kind),
        file: "scenarios/acceptance.toml".into(),
        started_at: "2025-12-23T20:59:00Z".parse().unwrap(),
        ended_at: "2025-12-23T21:12:00Z".parse().unwrap(),
        steps,
        loads: Vec::new(),
        history: Vec::new(),
        only: None,
        interrupted: false,
        version: "0.1.0",
    }
}

#[test]
fn the_box_reads_as_todays_log() {
    let text = render(&view(&walked(TargetKind::External, false), Lang::Zh), false);
    for line in [
        "消费服务生产环境验收结果\n====",
        "服务启动: ✅ 通过\n  - 服务状态: UP ✓\n",
        "性能测试: ✅ 通过\n  - TPS: 1,019.6/s ≥ 1,000/s ✓\n  - P95响应时间: 82.15 ms ≤ 100 ms ✓\n",
        "  - L1命中率: 85.00% ≥ 80% ✓\n",
        "  - 最小一致性 account: 99.97% ≥ 99.9% ✓\n",
        "====\n总体结论: ✅ 全部验收通过\n====",
    ] {
        assert!(text.contains(line), "{line}\n---\n{text}");
    }
    let broken = render(&view(&walked(TargetKind::External, true), Lang::Zh), false);
    assert!(broken.contains("P95响应时间: 182.2 ms ≤ 100 ms ✗") || broken.contains("182.15 ms ≤ 100 ms ✗"), "{broken}");
    assert!(broken.contains("总体结论: ❌ 验收不通过"), "{broken}");
    assert!(broken.contains("未能验收的原因：P95响应时间 (不通过)"), "{broken}");
}

#[test]
fn the_box_says_what_was_wanted_beside_what_was_found() {
    let count = |id: &str, found, wanted| {
        Check::new(id, true, "").wants(Limit::Equal(Measure::Count(wanted))).found(Measure::Count(found))
    };
    let mut acceptance = walked(TargetKind::External, false);
    let of_pairs = (0..12).map(|pair| count(&format!("migration.rows:pair{pair}"), 9, 10));
    let checks = [count("migration.tables", 11, 11), count("dual_write.unresolved", 5, 0)];
    acceptance.steps.push(Step::of(StepId::Migration, checks.into_iter().chain(of_pairs).collect()));
    let text = render(&view(&acceptance, Lang::En), false);
    for line in ["tables: 11/11 ✓", "unresolved differences: 5 ≠ 0 ✗", "rows old and new (pair3): 9/10 ✗", ", … (+3)\n"]
    {
        assert!(text.contains(line), "{line}\n---\n{text}");
    }
}

#[test]
fn a_demonstration_says_so_in_every_format_and_language() {
    for lang in [Lang::En, Lang::Zh] {
        let view = view(&walked(TargetKind::Embedded, false), lang);
        let banner = lang.acceptance().demonstration;
        assert!(render(&view, false).starts_with(banner));
        assert!(one_line(&view).starts_with(banner));
        assert!(html::render(&view).unwrap().contains(banner));
        assert!(markdown::render(&view).contains(banner));
    }
}

#[test]
fn a_shortened_window_is_in_every_output() {
    let mut acceptance = walked(TargetKind::External, false);
    let note = Said::new("window 20 s of 300 s", "测量 20 s（应为 300 s）");
    acceptance.steps.push(Step::of(StepId::Load, vec![Check::new("load.window", true, "").blocked(note)]));
    for (lang, said) in [(Lang::En, "window 20 s of 300 s"), (Lang::Zh, "测量 20 s（应为 300 s）")] {
        let view = view(&acceptance, lang);
        for text in [render(&view, false), one_line(&view), html::render(&view).unwrap(), markdown::render(&view)] {
            assert!(text.contains(said), "{text}");
        }
    }
    assert!(json::render(&acceptance).unwrap().contains("window 20 s of 300 s"));
}

#[test]
fn hostile_text_stays_text_and_the_page_loads_nothing() {
    let view = view(&walked(TargetKind::External, false), Lang::En);
    let page = html::render(&view).unwrap();
    assert!(!page.contains("<b>none") && page.contains("&#60;b&#62;none"));
    for loading in [" src=", " href=", "url(", "@import", "<link", "<script", "xmlns"] {
        assert!(!page.contains(loading), "{loading}");
    }
    let text = markdown::render(&view);
    assert!(text.contains("&lt;b>none&lt;/b> \\| x"), "{text}");
}

#[test]
fn the_json_has_the_published_shape() {
    let value: serde_json::Value =
        serde_json::from_str(&json::render(&walked(TargetKind::External, true)).unwrap()).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(wrong, Vec::<String>::new());
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 8, "{keys:?}");
    assert_eq!((&value["verdict"], &value["exit_code"]), (&"fail".into(), &99.into()));
    assert_eq!(value["steps"][1]["checks"][1]["observed"], 182.15);
    assert_eq!(value["steps"][4]["verdict"], "skipped");
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    let view = view(&walked(TargetKind::External, false), Lang::Zh);
    assert!(document::acceptance::render(&view).unwrap() == document::acceptance::render(&view).unwrap());
    assert_eq!(
        view.steps
            .iter()
            .flat_map(|step| &step.checks)
            .filter(|c| c.word == Lang::Zh.check_word(CheckVerdict::Pass))
            .count(),
        5
    );
}
