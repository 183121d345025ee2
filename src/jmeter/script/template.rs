//! Templates while they are put together.
//!
//! In: literals, texts of the plan that were translated, calls. Out: the template as it is written. Always holds: a
//! literal stays one, whatever characters it holds.

/// A template in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// `${...}` as it is written.
    Expression(String),
}

impl Template {
    pub(crate) fn literal(text: &str) -> Self {
        Self(if text.is_empty() { Vec::new() } else { vec![Part::Literal(text.to_owned())] })
    }

    /// A name or a call without its braces.
    pub(crate) fn expression(inner: &str) -> Self {
        Self(vec![Part::Expression(format!("${{{inner}}}"))])
    }

    /// A template as it is written.
    pub(crate) fn written(text: &str) -> Self {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find('$') {
            plain.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(behind) = rest.strip_prefix("$${") {
                plain.push_str("${");
                rest = behind;
            } else if let Some(end) = rest.starts_with("${").then(|| end_of(rest)).flatten() {
                if !plain.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut plain)));
                }
                parts.push(Part::Expression(rest[..end].to_owned()));
                rest = &rest[end..];
            } else {
                plain.push('$');
                rest = &rest[1..];
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Literal(plain));
        }
        Self(parts)
    }

    /// `name(arguments)`.
    pub(crate) fn call(name: &str, arguments: &[&Self]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|argument| argument.argument()).collect();
        Self::expression(&format!("{name}({})", arguments.join(", ")))
    }

    /// Both, one behind the other.
    pub(crate) fn then(mut self, other: Self) -> Self {
        for part in other.0 {
            match (self.0.last_mut(), part) {
                (Some(Part::Literal(last)), Part::Literal(next)) => last.push_str(&next),
                (_, part) => self.0.push(part),
            }
        }
        self
    }

    /// How large it is, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.0.iter().map(|(Part::Literal(text) | Part::Expression(text))| text.len()).sum()
    }

    /// The text, where nothing varies.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The whole number, where nothing varies.
    pub(crate) fn whole(&self) -> Option<i64> {
        self.as_literal()?.trim().parse().ok()
    }

    /// The whole number behind it.
    pub(crate) fn one_more(&self) -> Self {
        let text = self.text();
        let before = text.strip_prefix("${difference(").and_then(|inner| inner.strip_suffix(", 1)}"));
        match before.filter(|inner| end_of(inner) == Some(inner.len())) {
            Some(before) => Self::written(before),
            None => Self::call("sum", &[self, &Self::literal("1")]),
        }
    }

    /// The whole number before it.
    pub(crate) fn one_less(&self) -> Self {
        let text = self.text();
        let before =
            || text.strip_prefix("${sum(")?.strip_suffix(", 1)}").filter(|inner| end_of(inner) == Some(inner.len()));
        match (self.whole(), before()) {
            (Some(number), _) => Self::literal(&number.saturating_sub(1).to_string()),
            (None, Some(before)) => Self::written(before),
            _ => Self::call("difference", &[self, &Self::literal("1")]),
        }
    }

    /// What it begins with and the one thing that varies behind it, where it is made of these two.
    pub(crate) fn led(&self) -> Option<(String, Self)> {
        match self.0.as_slice() {
            [Part::Literal(before), varies @ Part::Expression(_)] => Some((before.clone(), Self(vec![varies.clone()]))),
            _ => None,
        }
    }

    /// How many values a list has: always a number.
    pub(crate) fn is_count(&self) -> bool {
        matches!(self.0.as_slice(), [Part::Expression(text)] if text.ends_with(".count}"))
    }

    /// The text with every expression in the place of which `value` knows one; `None` where there is another.
    pub(crate) fn filled<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Literal(text) => Some(text.as_str()),
            Part::Expression(own) => value(own),
        });
        parts.collect()
    }

    /// As it is written.
    pub(crate) fn text(&self) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.replace("${", "$${"),
            Part::Expression(text) => text.clone(),
        };
        self.0.iter().map(part).collect()
    }

    /// Whether it draws something, so that two places of it would differ.
    pub(crate) fn draws(&self) -> bool {
        let drawn = ["uuid", "now", "timestamp", "random."];
        self.0.iter().any(|part| matches!(part, Part::Expression(text) if drawn.iter().any(|name| text.contains(name))))
    }

    /// Whether it is made of variable `name`, as a whole or inside of a call.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.names(name) && *self != Self::expression(name)
    }

    /// Whether it names variable `name`.
    pub(crate) fn names(&self, name: &str) -> bool {
        let named = format!("${{{name}}}");
        self.0.iter().any(|part| matches!(part, Part::Expression(text) if text.contains(&named)))
    }

    /// As an argument: in quotes, but for a plain number and a name or call alone.
    fn argument(&self) -> String {
        match self.0.as_slice() {
            [Part::Expression(text)] => text.clone(),
            [Part::Literal(text)] if text.chars().all(|c| c.is_ascii_digit()) => text.clone(),
            parts => {
                let inner = parts.iter().map(|part| match part {
                    Part::Literal(text) => text.replace("${", "$${").replace('\'', "''"),
                    Part::Expression(text) => text.clone(),
                });
                format!("'{}'", inner.collect::<String>())
            }
        }
    }

    /// As the operand of a condition; `None` where it cannot be one.
    pub(crate) fn operand(&self) -> Option<String> {
        let text = self.text();
        let words = ["and", "or", "not", "contains"];
        let bare = !text.is_empty() && !words.contains(&text.as_str());
        let bare = bare && !self.0.iter().any(|part| matches!(part, Part::Literal(text) if text.contains([' ', '\'', '"', '=', '<', '>', '!', '\t', '\n'])));
        let bare =
            bare && self.0.iter().all(|part| matches!(part, Part::Literal(_)) || !part.holds([' ', '{', '"', '\'']));
        if bare {
            return Some(text);
        }
        // Quotes of a condition end at the next of their kind, whatever stands between.
        ['\'', '"'].into_iter().find(|quote| !text.contains(*quote)).map(|quote| format!("{quote}{text}{quote}"))
    }
}

impl Part {
    /// Whether any of `characters` stands in it behind its first brace.
    fn holds(&self, characters: [char; 4]) -> bool {
        let (Self::Literal(text) | Self::Expression(text)) = self;
        text.get(2..).is_some_and(|inner| inner.contains(characters))
    }
}

/// Where the `${...}` ends that `text` begins with.
fn end_of(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
