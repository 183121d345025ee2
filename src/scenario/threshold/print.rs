//! Rules as they are printed: each parses to the rule it was printed from.

use std::fmt;

use super::{Clock, Limit, Metric, Op, Permille, Scope, Threshold};

impl fmt::Display for Permille {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 10 {
            0 => write!(f, "p{}", self.0 / 10),
            tenth => write!(f, "p{}.{tenth}", self.0 / 10),
        }
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Model => "",
            Self::Service => "service-",
            Self::Response => "response-",
        })
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tps => f.write_str("tps"),
            Self::Throughput => f.write_str("throughput"),
            Self::Mean(clock) => write!(f, "{clock}mean"),
            Self::MeanAll => f.write_str("mean-all"),
            Self::Min(clock) => write!(f, "{clock}min"),
            Self::Max(clock) => write!(f, "{clock}max"),
            Self::Percentile(clock, p) => write!(f, "{clock}{p}"),
            Self::MaxGap => f.write_str("max-gap"),
            Self::TtfbMean => f.write_str("ttfb-mean"),
            Self::TtfbPercentile(p) => write!(f, "ttfb-{p}"),
            Self::SuccessRate => f.write_str("success-rate"),
            Self::ErrorRate => f.write_str("error-rate"),
            Self::Failures => f.write_str("failures"),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{time}"),
            Self::Rate(rate) => write!(f, "{rate}"),
            // Hundred-millionths are six decimals of a percent.
            Self::Share(share) => write!(f, "{}%", (share.fraction() * 1e8).round() / 1e6),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsaid => Ok(()),
            Self::Step(name) => write!(f, " for {name}"),
            Self::Iteration => f.write_str(" for iteration"),
            Self::All => f.write_str(" for all"),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}{}", self.metric, self.op, self.limit, self.scope)
    }
}
