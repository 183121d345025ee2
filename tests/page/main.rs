//! The page in a real browser: what it asks for, what it shows on screens and paper, and what hostile text does to it.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod driver;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::PathBuf;

use driver::Browser;
use serde_json::Value;
use support::{Ran, SUCCESS, Server, ok, scenario, status, tollgate};

/// What a server and an author may write: markup, escapes, and marks that turn the order of letters.
const HOSTILE: &str = r#"</td></svg><script>pwned=1</script><img src=x onerror=pwned=2><b>bold</b>&lt;i&gt;"#;
const TURNED: &str = "\u{202e}drawkcab\u{200f}\u{2066}\u{1b}[31m";

/// A short run with every part of a page in it: several steps, failures, failed rules, hostile words.
fn page(words: &[&str]) -> (Ran, PathBuf) {
    let server = Server::start(|number, _| match number % 5 {
        0 => status("503 Service Unavailable", &format!("{HOSTILE}{TURNED}")),
        1 => status("429 Too Many Requests", "slow down"),
        _ => ok(SUCCESS),
    });
    let folder = tempfile::tempdir().unwrap();
    let steps = ["pay <b>bold</b><script>pwned=3</script>", "看余额", &"endless".repeat(30)]
        .map(|name| format!("[[scenario.step]]\nname = {}\npath = \"/pay\"\n", Value::from(name)));
    let text = format!(
        "gate = [\"tps>=1 for all\", \"p95<=1ms for all\", \"mean<=1us for all\", \"success-rate>=99.9% for all\"]\n\
         [[scenario]]\nname = \"a\"\n{}",
        steps.concat()
    );
    let file = scenario(folder.path(), &text);
    let mut bench = tollgate(&["--scenario", &file, "--host", &server.url(), "--users", "3"]);
    bench.command.args(["--ramp-up", "0s", "--warm-up", "0s", "--run-time", "2s"]).args(words);
    let ran = bench.run();
    let page = ran.report().join("report.html");
    assert!(page.is_file(), "{}", ran.stderr());
    (ran, page)
}

const LANGUAGES: [&str; 2] = ["en", "zh"];

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn no_request_leaves_the_page_and_the_console_is_silent() {
    let browser = Browser::start();
    for lang in LANGUAGES {
        let (_ran, page) = page(&["--lang", lang]);
        let own = browser.open(&page);
        browser.print();
        assert_eq!(browser.requests(), [own], "the page asks for itself and nothing else");
        assert_eq!(browser.complaints(), [""; 0]);
    }
    // The logs are not blind: the same page with a picture from elsewhere is refused and complained of.
    let (ran, page) = page(&[]);
    let text = fs::read_to_string(&page).unwrap().replace("<main>", "<main><img src=\"http://127.0.0.1:9/x.png\">");
    let spoiled = ran.report().join("spoiled.html");
    fs::write(&spoiled, text.replacen("Content-Security-Policy", "No-Policy", 1)).unwrap();
    browser.open(&spoiled);
    assert!(browser.requests().iter().any(|url| url.contains("x.png")));
    fs::write(&spoiled, text).unwrap();
    browser.complaints();
    browser.open(&spoiled);
    let complaints = browser.complaints();
    assert!(complaints.iter().any(|line| line.contains("Content Security Policy")), "{complaints:?}");
}

/// Elements that are wider than the screen, and not inside a box that scrolls.
const OVERFLOWING: &str = r#"
    const wide = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll("body *")].filter((e) => {
        if (e.closest(".scroll") && !e.matches(".scroll")) return false;
        const box = e.getBoundingClientRect();
        return box.width > 0 && (box.right > wide + 0.5 || box.left < -0.5);
    });
    const boxes = out.map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 40)}`);
    return [document.documentElement.scrollWidth, wide, boxes, innerWidth];
"#;

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn nothing_overflows_on_a_phone_or_a_desk() {
    let browser = Browser::start();
    for lang in LANGUAGES {
        let (_ran, page) = page(&["--lang", lang]);
        for width in [390, 1280] {
            browser.wide(width);
            browser.open(&page);
            let found = browser.eval(OVERFLOWING);
            assert_eq!(found[3], width, "the screen is as wide as asked");
            assert!(found[0].as_u64() <= found[1].as_u64(), "{lang} {width}: {found}");
            assert_eq!(found[2], Value::Array(vec![]), "{lang} {width}");
        }
        browser.eval("document.querySelector('h1').style.width = '3000px'");
        assert_ne!(browser.eval(OVERFLOWING)[2], Value::Array(vec![]), "the test sees what overflows");
    }
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn no_chart_is_cut_on_paper() {
    // A4 less the page's own margins, in pixels of a 96th of an inch.
    const WIDE: u32 = 680;
    const HIGH: f64 = 263.0 / 25.4 * 96.0;
    let browser = Browser::start();
    for lang in LANGUAGES {
        let (_ran, page) = page(&["--lang", lang, "--rate", "40"]);
        browser.wide(WIDE);
        browser.medium("print", "dark");
        browser.open(&page);
        let figures = browser.eval(
            "return [...document.querySelectorAll('figure')].map((f) => { const s = f.querySelector('svg'); \
             const b = s.getBoundingClientRect(); return [getComputedStyle(f).breakInside, \
             f.getBoundingClientRect().height, b.left, b.right, f.querySelector('.scroll').scrollWidth]; })",
        );
        let figures = figures.as_array().unwrap();
        assert!(figures.len() >= 6, "{figures:?}");
        for figure in figures {
            assert_eq!(figure[0], "avoid", "{figure}");
            assert!(figure[1].as_f64().unwrap() > 100.0 && figure[1].as_f64().unwrap() < HIGH, "{figure}");
            assert!(figure[2].as_f64().unwrap() >= 0.0 && figure[3].as_f64().unwrap() <= f64::from(WIDE), "{figure}");
            assert!(figure[4].as_f64().unwrap() <= f64::from(WIDE), "{figure}");
        }
        // Nor is a table: a name that is longer than the paper is wide breaks.
        let tables = browser.eval(
            "return [...document.querySelectorAll('table')].map((t) => [t.getBoundingClientRect().right, t.innerText])",
        );
        let tables = tables.as_array().unwrap();
        assert!(tables.iter().any(|table| table[1].as_str().unwrap().contains("endlessendless")), "{tables:?}");
        for table in tables {
            assert!(table[0].as_f64().unwrap() <= f64::from(WIDE) + 0.5, "{lang}: {table}");
        }
        let ground = browser.eval("return getComputedStyle(document.body).backgroundColor");
        assert_eq!(ground, "rgb(255, 255, 255)", "paper is white on a dark screen too");
        let pdf = browser.print();
        assert!(pdf.starts_with(b"%PDF") && pdf.len() > 50_000, "{} bytes", pdf.len());
    }
}

/// Texts whose contrast with their ground is under what readers need, by the formula of the accessibility guidelines.
const FAINT: &str = r#"
    const rgb = (c) => { const n = c.match(/[\d.]+/g).map(Number); return n.length > 3 && n[3] === 0 ? null : n; };
    const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255;
        return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
    const ground = (e) => { for (; e; e = e.parentElement) {
        const c = rgb(getComputedStyle(e).backgroundColor); if (c) return c; } return [255, 255, 255]; };
    const texts = [...document.querySelectorAll("body *")].filter((e) => !e.closest("script") &&
        [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
    const faint = [];
    for (const e of texts) {
        const style = getComputedStyle(e), drawn = e.closest("svg");
        const paper = drawn ? rgb(getComputedStyle(drawn.querySelector("rect")).fill) : ground(e);
        const found = ratio(rgb(drawn ? style.fill : style.color), paper);
        const least = parseFloat(style.fontSize) >= 24 || drawn ? 3 : 4.5;
        if (found < least) faint.push(`${found.toFixed(2)} ${e.tagName}.${e.className} ${e.textContent.slice(0, 30)}`);
    }
    return [texts.length, faint];
"#;

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn every_word_is_readable_in_the_light_and_in_the_dark() {
    let browser = Browser::start();
    let (_ran, page) = page(&[]);
    let mut grounds = Vec::new();
    for scheme in ["light", "dark"] {
        browser.medium("screen", scheme);
        browser.open(&page);
        let found = browser.eval(FAINT);
        assert!(found[0].as_u64().unwrap() > 200, "the test sees words at all: {found}");
        assert_eq!(found[1], Value::Array(vec![]), "{scheme}");
        grounds.push(browser.eval("return getComputedStyle(document.body).backgroundColor"));
    }
    assert_ne!(grounds[0], grounds[1], "there is a dark page");
    browser.eval("document.querySelector('h1').style.color = '#333'");
    assert_ne!(browser.eval(FAINT)[1], Value::Array(vec![]), "the test sees what is faint");
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn hostile_text_stays_text() {
    let browser = Browser::start();
    for lang in LANGUAGES {
        let (_ran, page) = page(&["--lang", lang]);
        browser.open(&page);
        let count = |selector: &str| browser.eval(&format!("return document.querySelectorAll({selector:?}).length"));
        assert_eq!(browser.eval("return typeof window.pwned"), "undefined");
        assert_eq!(count("img, iframe, object, embed, link, a, form"), 0);
        assert_eq!(count("script"), 1);
        assert_eq!(count("td b, th b, i"), 0, "no markup of others' became an element");
        let text = browser.eval("return document.body.innerText");
        let text = text.as_str().unwrap();
        for part in ["<script>pwned=1</script>", "<img src=x onerror=pwned=2>", "pay <b>bold</b>", "<U+202E>drawkcab"] {
            assert!(text.contains(part), "{lang}: no {part} in {text}");
        }
        let turning = ['\u{202e}', '\u{200f}', '\u{2066}', '\u{1b}'];
        assert!(!text.contains(turning), "{lang}");
    }
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn a_reader_who_points_at_a_chart_or_steps_through_it_sees_values() {
    let browser = Browser::start();
    let (_ran, page) = page(&["--rate", "40"]);
    browser.wide(1280);
    browser.open(&page);
    let charts = browser.eval("return [...document.querySelectorAll('figure')].map((f) => f.id)");
    let charts: Vec<&str> = charts.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(charts.len() >= 6 && charts.contains(&"response-and-service-time"), "{charts:?}");
    let tip = || browser.eval("const t = document.querySelector('.tip'); return t.hidden ? '' : t.innerText");
    assert_eq!(tip(), "", "nothing shows until somebody points");
    for chart in &charts {
        browser.point_at(&format!("#{chart} svg"));
        let shown = tip();
        let shown = shown.as_str().unwrap();
        assert!(shown.chars().any(|c| c.is_ascii_digit()) && shown.lines().count() >= 3, "{chart}: {shown:?}");
    }
    let focus = "const s = document.querySelector('#latency-over-time svg'); s.focus({preventScroll: true}); const key = (k) => \
                 s.dispatchEvent(new KeyboardEvent('keydown', {key: k})); key('ArrowRight'); key('ArrowRight');";
    browser.eval(focus);
    let stepped = tip();
    assert!(stepped.as_str().unwrap().contains("p95"), "{stepped}");
    browser.eval("document.querySelector('#latency-over-time svg').blur()");
    assert_eq!(tip(), "");
    assert_eq!(browser.complaints(), [""; 0]);
}
