//! What is said of each caveat, and what to do about it, in either language.
//!
//! In: a [`Caveat`]. Out: its title, message and advice. Always holds: a caveat without words does not compile, and
//! both languages fill in the same figures (tested).

mod grave;
mod warnings;

use super::{Lang, fill, foreign};
use crate::plan::PlanWarning;
use crate::summary::caveat::{Caveat, Ending, Unlisted, UsersBy};
use crate::units::Micros;

/// English, then Chinese.
type Said = (&'static str, &'static str);

/// The words of one caveat; message and advice have `{blanks}`.
struct Words {
    title: Said,
    message: Said,
    advice: Said,
}

impl Lang {
    /// What people call a caveat.
    #[must_use]
    pub const fn caveat_title(self, caveat: &Caveat) -> &'static str {
        if let Caveat::Strained(sign) = caveat {
            return self.sign_title(sign);
        }
        self.one_of(words(caveat).title)
    }

    /// What was seen.
    #[must_use]
    pub fn caveat_message(self, caveat: &Caveat) -> String {
        if let Caveat::Strained(sign) = caveat {
            return self.sign_message(sign);
        }
        self.filled(words(caveat).message, caveat)
    }

    /// What to do about it.
    #[must_use]
    pub fn caveat_advice(self, caveat: &Caveat) -> String {
        if let Caveat::Strained(sign) = caveat {
            return self.sign_advice(sign).to_owned();
        }
        self.filled(words(caveat).advice, caveat)
    }

    const fn one_of(self, (en, zh): Said) -> &'static str {
        self.pick(en, zh)
    }

    fn filled(self, said: Said, caveat: &Caveat) -> String {
        let blanks = self.blanks(caveat);
        let blanks: Vec<(&str, &str)> = blanks.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fill(self.one_of(said), &blanks)
    }

    /// The figures of a caveat, as they stand in sentences.
    fn blanks(self, caveat: &Caveat) -> Vec<(&'static str, String)> {
        let list = |items: &[&str]| items.join(self.text().list_comma);
        let percent = |share: &f64, places: usize| format!("{:.places$}%", share * 100.0);
        match caveat {
            Caveat::SamplesLost { pair, one, other } => {
                vec![("pair", self.pick(pair.en(), pair.zh()).to_owned()), ("one", text(one)), ("other", text(other))]
            }
            Caveat::Clamped { count, timeout } => vec![("count", text(count)), ("timeout", text(timeout))],
            Caveat::UserLost { count } => vec![("count", text(count))],
            Caveat::WindowShort { length, planned } => {
                vec![("length", text(length.rounded())), ("planned", text(planned))]
            }
            Caveat::FeederDry { feeder, length, planned } => {
                vec![("feeder", feeder.clone()), ("length", text(length.rounded())), ("planned", text(planned))]
            }
            Caveat::Unlisted(Unlisted { missing, listed, cause }) => vec![
                ("missing", text(missing)),
                ("listed", text(listed)),
                ("cause", cause.as_ref().map_or_else(String::new, |cause| format!(" ({cause})"))),
            ],
            Caveat::OfferedShort { inside, late } => vec![("inside", percent(inside, 2)), ("late", percent(late, 2))],
            Caveat::Dropped { count, share } => vec![("count", text(count)), ("share", percent(share, 2))],
            Caveat::Planned(warning) => self.planned(warning),
            Caveat::Strained(_) | Caveat::Embedded | Caveat::CoLocated => Vec::new(),
            Caveat::LoadUnproven { by, .. } => vec![("by", list(by))],
            Caveat::TargetLost { how } => vec![("how", self.ending(how))],
            Caveat::BrokenOff { after, dropped } => vec![("after", text(after.rounded())), ("dropped", text(dropped))],
            Caveat::AddressRefused { refused } => vec![("refused", refused.join(self.text().semicolon))],
            Caveat::ShortWindow { length } => vec![("length", text(length.rounded()))],
            Caveat::IterationsShort { done, planned } => vec![("done", text(done)), ("planned", text(planned))],
            Caveat::PoolBusy { share } => vec![("share", percent(share, 1))],
            Caveat::Stall { gap } => vec![("gap", format!("{:.2}", gap.get() / 1e3))],
            Caveat::Churn { connections, share } => {
                vec![("connections", text(connections)), ("share", percent(share, 1))]
            }
            Caveat::NotSteady { first, last } => {
                vec![("first", format!("{:.1}", first.get())), ("last", format!("{:.1}", last.get()))]
            }
            Caveat::ClockStep { moved } => vec![("moved", text(moved.rounded()))],
            Caveat::Unknown { figures } => vec![("figures", list(figures))],
            Caveat::MeanOfSuccesses { rule, mean_all } => {
                vec![("rule", rule.clone()), ("mean_all", format!("{:.1}", mean_all.get()))]
            }
            Caveat::RateLimitSeen { count } => vec![("count", text(count))],
            Caveat::Foreign { users_by, transactions } => vec![("told", self.foreign(*users_by, *transactions))],
        }
    }

    /// The figures of what was known before the run.
    fn planned(self, warning: &PlanWarning) -> Vec<(&'static str, String)> {
        match warning {
            PlanWarning::Insecure => Vec::new(),
            PlanWarning::PartialImport(left_out) => {
                vec![("count", text(left_out.len())), ("elements", shortened(left_out).join(self.text().semicolon))]
            }
            PlanWarning::WeakerGate { own, given } => vec![("own", own.clone()), ("given", given.clone())],
            PlanWarning::Implied { rule, by, users, pause, attempts } => vec![
                ("rule", rule.clone()),
                ("by", by.clone()),
                ("users", text(users)),
                ("pause", text(pause)),
                ("attempts", text(attempts)),
            ],
            PlanWarning::MixDistorted { needed, users, mix } => {
                vec![("needed", text(needed)), ("users", text(users)), ("mix", self.mix_of(mix, *users))]
            }
        }
    }

    /// What a foreign recording does not tell.
    fn foreign(self, users_by: UsersBy, transactions: u64) -> String {
        match self {
            Self::En => foreign::en(users_by, transactions),
            Self::Zh => foreign::zh(users_by, transactions),
        }
    }

    /// How many users play each scenario, and the share that they should be.
    fn mix_of(self, mix: &[(String, u32, f64)], users: u32) -> String {
        let percent = |share: f64| format!("{:.1}%", share * 100.0);
        let one = |(name, of_one, asked): &(String, u32, f64)| {
            let (is, asked) = (percent(f64::from(*of_one) / f64::from(users.max(1))), percent(*asked));
            match self {
                Self::En => format!("{name} {of_one} ({is}, asked for {asked})"),
                Self::Zh => format!("{name} {of_one} 个（{is}，应为 {asked}）"),
            }
        };
        mix.iter().map(one).collect::<Vec<_>>().join(self.text().list_comma)
    }

    /// How the embedded service ended.
    fn ending(self, ending: &Ending) -> String {
        match (ending, self) {
            (Ending::Code(code), Self::En) => format!("exit code {code}"),
            (Ending::Code(code), Self::Zh) => format!("退出码 {code}"),
            (Ending::Other(status), _) => status.clone(),
        }
    }
}

/// The first of many.
fn shortened(all: &[String]) -> Vec<&str> {
    const SHOWN: usize = 5;
    let more = (all.len() > SHOWN).then_some("…");
    all.iter().take(SHOWN).map(String::as_str).chain(more).collect()
}

fn text(value: impl ToString) -> String {
    value.to_string()
}

/// The words of every caveat but the signs of strain, which have a file of their own.
const fn words(caveat: &Caveat) -> &'static Words {
    match caveat {
        Caveat::SamplesLost { .. } => &grave::SAMPLES_LOST,
        Caveat::Clamped { .. } => &grave::CLAMPED,
        Caveat::UserLost { .. } => &grave::USER_LOST,
        Caveat::WindowShort { .. } => &grave::WINDOW_SHORT,
        Caveat::FeederDry { .. } => &grave::FEEDER_DRY,
        Caveat::Unlisted(Unlisted { cause: None, .. }) => &warnings::UNLISTED,
        Caveat::Unlisted(_) => &warnings::UNLISTED_BY_THE_DISK,
        Caveat::OfferedShort { .. } => &grave::OFFERED_SHORT,
        Caveat::Dropped { .. } => &grave::DROPPED,
        Caveat::LoadUnproven { open: true, .. } => &grave::RATE_UNPROVEN,
        // A sign of strain is said by its own name; what it makes of the load is this.
        Caveat::Strained(_) | Caveat::LoadUnproven { .. } => &grave::LOAD_UNPROVEN,
        Caveat::TargetLost { .. } => &grave::TARGET_LOST,
        Caveat::BrokenOff { dropped: 0, .. } => &grave::BROKEN_OFF,
        Caveat::BrokenOff { .. } => &grave::BROKEN_OFF_TORN,
        Caveat::Embedded => &warnings::EMBEDDED,
        Caveat::Planned(PlanWarning::Insecure) => &warnings::INSECURE,
        Caveat::Planned(PlanWarning::PartialImport(_)) => &warnings::PARTIAL_IMPORT,
        Caveat::Planned(PlanWarning::WeakerGate { .. }) => &warnings::WEAKER_GATE,
        Caveat::Planned(PlanWarning::Implied { pause: Micros::ZERO, .. }) => &warnings::IMPLIED,
        Caveat::Planned(PlanWarning::Implied { .. }) => &warnings::IMPLIED_WITH_PAUSES,
        Caveat::Planned(PlanWarning::MixDistorted { .. }) => &warnings::MIX_DISTORTED,
        Caveat::AddressRefused { .. } => &warnings::ADDRESS_REFUSED,
        Caveat::ShortWindow { .. } => &warnings::SHORT_WINDOW,
        Caveat::IterationsShort { .. } => &warnings::ITERATIONS_SHORT,
        Caveat::PoolBusy { .. } => &warnings::POOL_BUSY,
        Caveat::Stall { .. } => &warnings::STALL,
        Caveat::Churn { .. } => &warnings::CHURN,
        Caveat::NotSteady { .. } => &warnings::NOT_STEADY,
        Caveat::ClockStep { .. } => &warnings::CLOCK_STEP,
        Caveat::CoLocated => &warnings::CO_LOCATED,
        Caveat::Unknown { .. } => &warnings::UNKNOWN,
        Caveat::MeanOfSuccesses { .. } => &warnings::MEAN_OF_SUCCESSES,
        Caveat::RateLimitSeen { .. } => &warnings::RATE_LIMIT_SEEN,
        Caveat::Foreign { .. } => &warnings::FOREIGN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::caveat::Pair;
    use crate::units::Millis;

    fn each() -> Vec<Caveat> {
        let (count, half, second) = (7, 0.5, Micros::SECOND);
        let implied = |pause| PlanWarning::Implied { rule: "r".into(), by: "b".into(), users: 3, pause, attempts: 9 };
        vec![
            Caveat::SamplesLost { pair: Pair::EndedAndSamples, one: 1, other: 2 },
            Caveat::Clamped { count, timeout: second },
            Caveat::UserLost { count: 2 },
            Caveat::WindowShort { length: second, planned: second },
            Caveat::FeederDry { feeder: "f".into(), length: second, planned: second },
            Caveat::Unlisted(Unlisted { missing: 2, listed: 3, cause: None }),
            Caveat::Unlisted(Unlisted { missing: 2, listed: 3, cause: Some("full".into()) }),
            Caveat::OfferedShort { inside: half, late: half },
            Caveat::Dropped { count, share: half },
            Caveat::LoadUnproven { by: vec!["loop_lag", "steal"], open: false },
            Caveat::LoadUnproven { by: vec!["pacer_late"], open: true },
            Caveat::Foreign { users_by: UsersBy::Nothing, transactions: 2 },
            Caveat::TargetLost { how: Ending::Code(3) },
            Caveat::BrokenOff { after: second, dropped: 0 },
            Caveat::BrokenOff { after: second, dropped: 9 },
            Caveat::Embedded,
            Caveat::Planned(PlanWarning::Insecure),
            Caveat::Planned(PlanWarning::PartialImport(vec!["JMX101 a".into(), "JMX105 b".into()])),
            Caveat::AddressRefused { refused: vec!["a".into(), "b".into()] },
            Caveat::ShortWindow { length: second },
            Caveat::IterationsShort { done: 1, planned: 2 },
            Caveat::PoolBusy { share: half },
            Caveat::Stall { gap: Millis::new(1.0) },
            Caveat::Churn { connections: 4, share: half },
            Caveat::NotSteady { first: Millis::new(1.0), last: Millis::new(2.0) },
            Caveat::ClockStep { moved: second },
            Caveat::CoLocated,
            Caveat::Unknown { figures: vec!["host"] },
            Caveat::MeanOfSuccesses { rule: "r".into(), mean_all: Millis::new(1.0) },
            Caveat::RateLimitSeen { count },
            Caveat::Planned(PlanWarning::WeakerGate { own: "o".into(), given: "g".into() }),
            Caveat::Planned(implied(Micros::ZERO)),
            Caveat::Planned(implied(second)),
            Caveat::Planned(PlanWarning::MixDistorted { needed: 4, users: 3, mix: vec![("a".into(), 2, 0.75)] }),
        ]
    }

    fn blanks(sentence: &str) -> Vec<&str> {
        let mut names: Vec<&str> = sentence.split('{').skip(1).filter_map(|s| s.split('}').next()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_blank_of_every_caveat_is_filled_in_both_languages() {
        for caveat in each() {
            let (words, known) = (words(&caveat), Lang::En.blanks(&caveat));
            for (en, zh) in [words.title, words.message, words.advice] {
                assert!(!en.is_empty() && !zh.is_empty(), "{caveat:?}");
                assert_eq!(blanks(en), blanks(zh), "{caveat:?}");
                assert!(blanks(en).iter().all(|blank| known.iter().any(|(name, _)| name == blank)), "{caveat:?}");
            }
        }
    }

    #[test]
    fn a_caveat_is_said_in_both_languages() {
        let caveat = Caveat::WindowShort { length: Micros::from_secs(12), planned: Micros::from_secs(300) };
        assert_eq!(Lang::En.caveat_message(&caveat), "the window was 12s long and not 300s");
        assert_eq!(Lang::Zh.caveat_message(&caveat), "测量窗口为 12s，计划为 300s");
        assert_eq!(Lang::Zh.caveat_advice(&caveat), "请让测试运行到结束");
    }

    #[test]
    fn a_distorted_mix_is_told_with_what_it_comes_to() {
        let mix = vec![("a".to_owned(), 2, 0.75), ("b".to_owned(), 1, 0.25)];
        let caveat = Caveat::Planned(PlanWarning::MixDistorted { needed: 4, users: 3, mix });
        assert!(
            Lang::En
                .caveat_message(&caveat)
                .ends_with("it is a 2 (66.7%, asked for 75.0%), b 1 (33.3%, asked for 25.0%)")
        );
        assert!(Lang::Zh.caveat_message(&caveat).ends_with("a 2 个（66.7%，应为 75.0%）、b 1 个（33.3%，应为 25.0%）"));
    }

    #[test]
    fn the_exit_code_of_a_lost_target_is_told_in_the_readers_language() {
        let lost = Caveat::TargetLost { how: Ending::Code(3) };
        assert_eq!(Lang::En.caveat_message(&lost), "the embedded service ended under the load, with exit code 3");
        assert_eq!(Lang::Zh.caveat_message(&lost), "内置参考服务在压测过程中退出（退出码 3）");
    }
}
