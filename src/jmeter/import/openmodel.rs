//! Open model thread groups: a schedule in words.
//!
//! In: `rate(10/min) random_arrivals(2 min) rate(50/min)`. Out: seconds with a rate at each, and whether arrivals come at
//! random. Always holds: a rate goes in a straight line to the next one; what is not a word of the schedule is refused.

/// A schedule as it is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Schedule {
    /// Seconds, and arrivals a second.
    pub(super) curve: Vec<(f64, f64)>,
    /// Whether arrivals come at random, and whether they come evenly.
    pub(super) random: bool,
    pub(super) even: bool,
}

/// Reads a schedule; what it cannot read is the error.
pub(super) fn schedule(text: &str) -> Result<Schedule, String> {
    let plain = without_comments(text);
    let mut schedule = Schedule::default();
    let (mut at, mut rest) = (0.0, plain.trim());
    // Where the rate goes on changing: times since the last one that was said.
    let mut rate: Option<f64> = None;
    let mut open: Vec<(f64, f64)> = Vec::new();
    while !rest.is_empty() {
        let outside = || format!("schedule \"{rest}\"");
        let (word, behind) = rest.split_once('(').ok_or_else(outside)?;
        let (inside, next) = behind.split_once(')').ok_or_else(outside)?;
        match word.trim() {
            "rate" => {
                let to = rate_of(inside).ok_or_else(outside)?;
                close(&mut schedule.curve, (&mut open, rate.unwrap_or(to)), to);
                rate = Some(to);
            }
            arrivals @ ("random_arrivals" | "even_arrivals") => {
                let seconds = seconds_of(inside).ok_or_else(outside)?;
                schedule.random |= arrivals == "random_arrivals";
                schedule.even |= arrivals == "even_arrivals";
                open.push((at, at + seconds));
                at += seconds;
            }
            "pause" => {
                let seconds = seconds_of(inside).ok_or_else(outside)?;
                let level = rate.unwrap_or(0.0);
                close(&mut schedule.curve, (&mut open, level), level);
                schedule.curve.extend([(at, 0.0), (at + seconds, 0.0)]);
                at += seconds;
            }
            _ => return Err(outside()),
        }
        rest = next.trim();
    }
    let level = rate.unwrap_or(0.0);
    close(&mut schedule.curve, (&mut open, level), level);
    Ok(schedule)
}

/// Ends a run of arrivals whose rate goes from one to the other.
fn close(curve: &mut Vec<(f64, f64)>, (open, from): (&mut Vec<(f64, f64)>, f64), to: f64) {
    if let (Some((start, _)), Some((_, end))) = (open.first(), open.last()) {
        curve.extend([(*start, from), (*end, to)]);
    }
    open.clear();
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("/*") {
        out.push_str(&rest[..at]);
        rest = rest[at..].split_once("*/").map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    let lines = out.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join(" ")
}

/// `10/min`, `0.5 / sec`: a second.
fn rate_of(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "sec"));
    let number = number.trim().parse::<f64>().ok().filter(|number| *number >= 0.0 && number.is_finite())?;
    Some(number / unit_of(unit.trim())?)
}

/// `2 min`, `1 hour 30 sec`, `90s`.
fn seconds_of(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        let behind = behind.trim_start();
        let end = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at(end);
        seconds += number.parse::<f64>().ok()? * unit_of(unit)?;
        rest = next.trim_start();
    }
    Some(seconds)
}

/// A unit in seconds.
fn unit_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" | "millis" | "milliseconds" => 0.001,
        "" | "s" | "sec" | "second" | "seconds" => 1.0,
        "m" | "min" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_go_in_a_straight_line_to_the_next() {
        let read = schedule("rate(60/min) random_arrivals(1 min 30 s) /* up */ rate(5/sec) // end").unwrap();
        assert_eq!((read.curve, read.random, read.even), (vec![(0.0, 1.0), (90.0, 5.0)], true, false));
        let read = schedule("rate(2/s)even_arrivals(10s)pause(5 sec)even_arrivals(10s)").unwrap();
        assert_eq!(read.curve, [(0.0, 2.0), (10.0, 2.0), (10.0, 0.0), (15.0, 0.0), (15.0, 2.0), (25.0, 2.0)]);
        assert!(read.even && !read.random);
    }

    #[test]
    fn what_is_no_word_of_a_schedule_is_told() {
        for text in ["rate(x/s)", "rat(1/s)", "rate(1/s", "random_arrivals(1 fortnight)", "rate(-1/s)"] {
            assert!(schedule(text).is_err_and(|cause| cause.starts_with("schedule \"")), "{text}");
        }
        assert_eq!(schedule(""), Ok(Schedule::default()));
    }
}
