//! The text of JMeter's XML, read as leniently as JMeter reads it.
//!
//! In: raw text with references. Out: what it stands for. Always holds: nothing is refused. JMeter's parser takes
//! references to characters that XML 1.0 forbids (`&#x1f;`, from recorded bodies), so they are taken here too; a
//! reference that stands for no character at all stays as it is written.

use std::borrow::Cow;

/// `raw` with its references replaced.
pub(crate) fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = rest.find(';').and_then(|end| Some((referred(&rest[1..end])?, end)));
        match known {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that a reference names.
fn referred(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_jmeter_reads_them() {
        for (raw, text) in [
            ("plain", "plain"),
            ("a &lt;b&gt; &amp;&quot;&apos;", "a <b> &\"'"),
            ("&#10;&#x41;&#X42;", "\nAB"),
            ("&#x1f;&#x0;&#8;", "\u{1f}\0\u{8}"),
            ("&#xD800; &nbsp; & &; &", "&#xD800; &nbsp; & &; &"),
            ("&amp;lt;", "&lt;"),
        ] {
            assert_eq!(unescaped(raw), text, "{raw}");
        }
    }
}
