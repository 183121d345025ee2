//! Whether a rehearsal lets the load begin.
//!
//! In: what was found before the load. Out: warnings on stderr, or the refusal. Always holds: what the service does not
//! let in, does not know or is not up for is refused; what merely fails is warned of, because a load test may be about
//! just that; nothing that a service answers moves a terminal's cursor or begins a line of its own.

use crate::attack::conductor::Attack;
use crate::attack::rehearsal::{FailedStep, Health, Rehearsal, rehearse};
use crate::cli::args::RunArgs;
use crate::cli::exit::CliError;
use crate::cli::say;
use crate::report::Lang;
use crate::report::neutral::neutral;
use crate::sample::FailureClass;
use crate::scenario::secret::Masker;

/// Statuses of a service that does not let us in, or does not know what it is asked.
const REFUSING: [u16; 4] = [401, 403, 404, 405];

/// Tries the service and the scenario before any load, unless that was typed away. How many requests that took.
///
/// # Errors
/// [`CliError::NotReady`] with the answer's first lines.
pub(super) fn before_load(args: &RunArgs, attack: &Attack<'_>) -> Result<Option<u64>, CliError> {
    if args.no_preflight {
        return Ok(None);
    }
    let rehearsal = rehearse(attack)?;
    if rehearsal.interrupted {
        return Err(CliError::Interrupted);
    }
    let (refusals, warnings) = sorted(args.lang, &rehearsal, &attack.plan.masker);
    let masked = |text: &String| attack.plan.masker.mask(text);
    let warning = match args.lang {
        Lang::En => "warning: ",
        Lang::Zh => "警告：",
    };
    warnings.iter().for_each(|text| say(&format!("{warning}{}", masked(text))));
    if !refusals.is_empty() {
        let target = attack.target.to_string();
        let causes = refusals.iter().map(masked).collect::<Vec<_>>().join("\n");
        return Err(CliError::NotReady { target, causes });
    }
    if !args.quiet {
        say(&passed(args.lang, &rehearsal));
        if args.dry_run {
            say(match args.lang {
                Lang::En => "dry run: it ends here, before any load",
                Lang::Zh => "试运行：到此结束，未加压",
            });
        }
    }
    Ok(Some(rehearsal.requests))
}

/// Makes one line of others' text fit to be printed.
type Tidy<'a> = &'a dyn Fn(&str) -> String;

/// What refuses the run, and what is only worth knowing.
fn sorted(lang: Lang, rehearsal: &Rehearsal, masker: &Masker) -> (Vec<String>, Vec<String>) {
    // What others wrote: masked before its invisible characters are shown, which a secret may hold.
    let tidy = |text: &str| neutral(&masker.mask(text));
    let (mut refusals, mut warnings) = (Vec::new(), Vec::new());
    if let Health::NotUp { path, status, said, is_meant } = &rehearsal.health {
        let text = not_up(lang, (path, *status), (&indented(&masker.mask(said), &tidy), *is_meant));
        if *is_meant { refusals.push(text) } else { warnings.push(text) }
    }
    for failed in &rehearsal.failed {
        let refuses = failed.status.is_some_and(|status| REFUSING.contains(&status));
        // Masked before it is cut into lines: a secret may have lines of its own.
        let (message, said) = (masker.mask(&failed.message), masker.mask(&failed.said));
        let failed = FailedStep { message, said, ..failed.clone() };
        let text = failure(lang, &failed, refuses, &tidy);
        if refuses { refusals.push(text) } else { warnings.push(text) }
    }
    warnings.extend(rehearsal.left_out.iter().map(|step| tidy(step)).map(|step| match lang {
        Lang::En => format!("preflight: step \"{step}\" was not tried: it needs a value that no answer gave, or a row that the run would miss"),
        Lang::Zh => format!("预检：未尝试步骤 \"{step}\"：所需的值没有应答提供，或会用掉正式运行要用的数据行"),
    }));
    (refusals, warnings)
}

fn not_up(lang: Lang, (path, status): (&str, Option<u16>), (said, is_meant): (&str, bool)) -> String {
    match (lang, is_meant, status) {
        (Lang::En, true, _) => format!(
            "the health endpoint {path} does not say \"status\": \"UP\"; start the service, or name its health endpoint with health = ... in [target]{said}"
        ),
        (Lang::Zh, true, _) => format!(
            "健康检查端点 {path} 未返回 \"status\": \"UP\"；请先启动服务，或在 [target] 中用 health = ... 指定健康检查端点{said}"
        ),
        (Lang::En, false, Some(404)) => format!(
            "preflight: there is no health endpoint {path}; name the service's own with health = ... in [target]"
        ),
        (Lang::Zh, false, Some(404)) => {
            format!("预检：没有健康检查端点 {path}；可在 [target] 中用 health = ... 指定")
        }
        (Lang::En, false, _) => format!(
            "preflight: the health endpoint {path} does not tell whether the service is up; name its own with health = ... in [target]{said}"
        ),
        (Lang::Zh, false, _) => {
            format!("预检：健康检查端点 {path} 无法说明服务是否可用；可在 [target] 中用 health = ... 指定{said}")
        }
    }
}

fn failure(lang: Lang, failed: &FailedStep, refuses: bool, tidy: Tidy<'_>) -> String {
    let FailedStep { step, class, status, message, said } = failed;
    let (step, message, said) = (tidy(step), tidy(message), indented(said, tidy));
    let status = status.map_or_else(|| class.name().to_owned(), |status| format!("HTTP {status}"));
    match (lang, refuses, class) {
        (Lang::En, true, _) => format!(
            "step \"{step}\" is answered with {status}; correct the path, the method or the login, or write expect = ... if that is meant{said}"
        ),
        (Lang::Zh, true, _) => {
            format!("步骤 \"{step}\" 得到 {status}；请更正路径、方法或登录信息，若属预期请写 expect = ...{said}")
        }
        (Lang::En, _, FailureClass::RateLimited) => format!(
            "preflight: step \"{step}\" met a rate limiter ({status}) before any load; raise its limit or go past the gateway, or the run measures the limiter{said}"
        ),
        (Lang::Zh, _, FailureClass::RateLimited) => format!(
            "预检：步骤 \"{step}\" 在加压前就遇到限流（{status}）；请提高限流阈值或绕过网关，否则测到的是限流器{said}"
        ),
        (Lang::En, ..) => format!("preflight: step \"{step}\" failed ({}): {message}{said}", class.name()),
        (Lang::Zh, ..) => format!("预检：步骤 \"{step}\" 失败（{}）：{message}{said}", class.name()),
    }
}

fn passed(lang: Lang, rehearsal: &Rehearsal) -> String {
    let requests = rehearsal.requests;
    match lang {
        Lang::En => format!(
            "preflight: {requests} requests before the load, each scenario once; they are in no figure of the run"
        ),
        Lang::Zh => format!("预检：加压前共发出 {requests} 个请求，每个场景各执行一次；不计入运行结果"),
    }
}

/// Lines below a message.
fn indented(said: &str, tidy: Tidy<'_>) -> String {
    said.lines().map(|line| format!("\n  | {}", tidy(line))).collect()
}
