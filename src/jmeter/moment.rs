//! Formats of times of day.
//!
//! In: a format of Java's. Out: one of `strftime`. Always holds: a format with a letter that is not known is none.

/// A format of Java's for times of day as `strftime` has it; `None` where it has a letter that is not known.
pub(crate) fn strftime(java: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = java;
    while let Some(first) = rest.chars().next() {
        let length = rest.chars().take_while(|c| *c == first).count();
        let (run, behind) = rest.split_at(length * first.len_utf8());
        rest = behind;
        if first == '\'' {
            let end = rest.find('\'')?;
            out.push_str(&rest[..end].replace('%', "%%"));
            rest = &rest[end + 1..];
            continue;
        }
        match run {
            "yyyy" => out.push_str("%Y"),
            "yy" => out.push_str("%y"),
            "MM" => out.push_str("%m"),
            "dd" => out.push_str("%d"),
            "HH" => out.push_str("%H"),
            "mm" => out.push_str("%M"),
            "ss" => out.push_str("%S"),
            "SSS" => out.push_str("%3f"),
            "Z" => out.push_str("%z"),
            // Times are told in UTC, whose offset of ISO 8601 is a letter, however many of them ask for it.
            run if matches!(run.len(), 1 | 3) && first == 'X' => out.push('Z'),
            other if other.chars().any(|c| c.is_ascii_alphabetic()) => return None,
            other => out.push_str(&other.replace('%', "%%")),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_java_are_those_of_strftime() {
        assert_eq!(strftime("yyyy-MM-dd'T'HH:mm:ss.SSS").as_deref(), Some("%Y-%m-%dT%H:%M:%S.%3f"));
        assert_eq!(strftime("dd/MM/yy 100%").as_deref(), Some("%d/%m/%y 100%%"));
        assert_eq!(strftime("EEE"), None);
    }
}
