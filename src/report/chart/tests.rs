//! What the charts promise, whatever the run was.

use super::*;
use crate::histogram::series::ClassCounts;
use crate::report::fixture::{self, Run};
use crate::sample::Phase;
use crate::summary::Interval;
use crate::summary::confidence::Seconds;
use crate::units::{Micros, Millis};

fn drawn(run: &Run) -> Vec<Chart> {
    drawn_in(run, Lang::En)
}

fn drawn_in(run: &Run, lang: Lang) -> Vec<Chart> {
    draw(&run.summary, &run.verdict.rules, lang).unwrap()
}

#[test]
fn a_png_is_drawn_without_system_fonts() {
    for chart in drawn(&fixture::passing()) {
        let bytes = chart.png(&Fonts::own()).unwrap();
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
        let picture = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
        let dark_in = |from: u32, to: u32| {
            let width = picture.width();
            let rows = picture.pixels().iter().skip((from * width) as usize).take(((to - from) * width) as usize);
            rows.filter(|pixel| pixel.red() < 100).count()
        };
        // The title's rows hold text and nothing else: without a font they would be blank.
        assert!(dark_in(10, 60) > 500, "{}: {} dark pixels in the title", chart.name, dark_in(10, 60));
        assert!(dark_in(100, 700) > 500, "{}", chart.name);
    }
}

#[test]
fn charts_draw_whatever_the_run_was() {
    let second = |start_s: f64, time: Option<f64>, successes: u64| Interval {
        phase: Phase::Measured,
        start_s,
        length_s: 1.0,
        users: 5,
        successes,
        failures: 5,
        classes: ClassCounts::default(),
        micros: successes.saturating_mul(9),
        service_micros: successes.saturating_mul(8),
        p50: time.map(Millis::new),
        p95: time.map(Millis::new),
        p99: time.map(Millis::new),
    };
    type Case = (&'static str, Vec<Interval>, Vec<(Micros, u64)>);
    let cases: [Case; 6] = [
        ("nothing", vec![], vec![]),
        ("one second", vec![second(0.0, Some(12.0), 9)], vec![(Micros::new(12_000), 9)]),
        ("all failures", (0..60).map(|s| second(f64::from(s), None, 0)).collect(), vec![]),
        ("zero", vec![second(0.0, Some(0.0), 1)], vec![(Micros::ZERO, 1)]),
        ("huge", vec![second(0.0, Some(1e12), u64::MAX / 2); 3], vec![(Micros::new(u64::MAX), u64::MAX); 2]),
        ("a year", (0..400).map(|d| second(f64::from(d) * 86_400.0, Some(9.0), 1)).collect(), vec![]),
    ];
    for (case, series, distribution) in cases {
        let mut run = fixture::passing();
        run.summary.series = series;
        run.summary.distribution = distribution;
        run.summary.seconds = Seconds::default();
        for chart in drawn(&run) {
            assert!(!chart.svg.contains("NaN") && !chart.svg.contains("inf"), "{case}: {}", chart.name);
            assert!(chart.png(&Fonts::own()).is_ok(), "{case}: {}", chart.name);
        }
    }
}

#[test]
fn nothing_is_drawn_outside_the_sheet() {
    for run in [fixture::passing(), fixture::failing(), fixture::interrupted()] {
        for chart in drawn(&run) {
            for points in chart.svg.split("points=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                for pair in points.split_whitespace() {
                    let (x, y) = pair.split_once(',').unwrap();
                    let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
                    assert!((0..=3_360).contains(&x) && (0..=1_440).contains(&y), "{}: {pair}", chart.name);
                }
            }
        }
    }
}

#[test]
fn ramp_up_and_drain_are_shaded_and_limits_drawn() {
    let charts = drawn(&fixture::passing());
    let named = |name: &str| charts.iter().find(|chart| chart.name == name).unwrap();
    let (latency, throughput) = (named("latency-over-time"), named("throughput-over-time"));
    let distribution = named("latency-distribution");
    assert_eq!(latency.svg.matches("fill=\"#F0F1F3\"").count(), 2);
    assert!(latency.svg.contains("p95 ≤ 100 ms"));
    assert!(throughput.svg.contains("limit tps ≥ 1,000/s"));
    assert!(distribution.svg.contains("p95 42.53 ms"));
}

#[test]
fn the_charts_of_a_day_have_a_thousand_points_at_most_and_say_what_a_point_is() {
    let day = fixture::day();
    let said = [(Lang::En, "each point is 90 s", "each column is 870 s"), (Lang::Zh, "每点为 90 秒", "每列为 870 秒")];
    for (lang, point, column) in said {
        let charts = drawn_in(&day, lang);
        assert_eq!(charts.len(), 6);
        for chart in &charts {
            let stops = chart.hover.split(';').count() - 1;
            assert!((20..=1_000).contains(&stops), "{}: {stops} stops", chart.name);
            assert!(chart.svg.len() < 200_000, "{}: {} bytes", chart.name, chart.svg.len());
            let over_time = chart.name.ends_with("-over-time");
            assert_eq!(chart.svg.contains(point), over_time, "{}", chart.name);
            assert_eq!(chart.caption.contains("90 "), over_time, "{}", chart.name);
            assert_eq!(chart.svg.contains(column), chart.name == "latency-heatmap", "{}", chart.name);
            assert!(!chart.svg.contains("width=\"0\""), "{}", chart.name);
        }
        assert!(drawn_in(&fixture::passing(), lang).iter().all(|chart| !chart.svg.contains(&point[..10])));
    }
}

#[test]
fn a_chart_in_chinese_has_no_english_word_left() {
    for run in [fixture::failing(), fixture::interrupted()] {
        for (zh, en) in drawn_in(&run, Lang::Zh).iter().zip(drawn(&run)) {
            assert!(zh.svg.contains(zh.title) && zh.title != en.title);
            let words = |svg: &str| {
                let texts = svg
                    .split("<text")
                    .skip(1)
                    .filter_map(|text| text.split_once('>')?.1.split_once('<').map(|t| t.0.trim().to_owned()));
                texts.filter(|text| text.chars().filter(char::is_ascii_alphabetic).count() > 0).collect::<Vec<_>>()
            };
            // Names of percentiles and rules are the same in both.
            let own = |text: &String| !["p50", "p95", "p99", "tps"].iter().any(|name| text.contains(name));
            let left: Vec<String> = words(&zh.svg).into_iter().filter(own).collect();
            assert!(left.is_empty(), "{left:?}");
            assert!(words(&en.svg).iter().any(own), "the test sees words at all");
        }
    }
}

#[test]
fn chinese_words_are_drawn_with_a_font_that_has_them_or_not_at_all() {
    // Without a font of the system there is nothing to draw them with, and English is drawn instead.
    let Some(fonts) = Fonts::of(Lang::Zh) else { return assert!(!Fonts::own().tells_apart("延", "量")) };
    assert!(fonts.tells_apart("延", "量"));
    let latency = drawn_in(&fixture::passing(), Lang::Zh).remove(0);
    assert!(latency.png(&fonts).unwrap() != latency.png(&Fonts::own()).unwrap());
}
