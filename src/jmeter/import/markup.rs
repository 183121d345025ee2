//! Values out of HTML and XML: paths and selectors as regular expressions.
//!
//! In: XPath and CSS extractors, XPath assertions. Out: entries of `extract` and `check`. Always holds: an expression of
//! another form than a tag, its attributes and what is taken of it is refused; one that is known finds what a parser
//! would in markup that is well written.

use super::Importer;
use super::taken::Taken;
use super::write::{one_line, table};
use crate::jmeter::jmx::Element;

/// A tag, what its attributes must be, and what is taken of it.
#[derive(Debug, PartialEq, Eq)]
struct Markup {
    /// `None` for any.
    tag: Option<String>,
    /// Names and values.
    wanted: Vec<(String, String)>,
    /// An attribute; `None` for the text behind the tag.
    taken: Option<String>,
    /// Which of several, from 1.
    index: Option<usize>,
}

impl Markup {
    /// Reads `//tag[@a='b'][2]/@c`, `/x/tag/text()` and the like.
    fn of_xpath(path: &str) -> Option<Self> {
        let path = path.trim();
        let inner = path.strip_prefix("string(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(path);
        let mut steps: Vec<&str> = split_outside(inner, '/').into_iter().filter(|step| !step.is_empty()).collect();
        if !inner.starts_with('/') {
            return None;
        }
        let taken = match steps.last()?.strip_prefix('@') {
            Some(attribute) => {
                let taken = Some(plain(attribute)?);
                steps.pop();
                taken
            }
            None => {
                if *steps.last()? == "text()" {
                    steps.pop();
                }
                None
            }
        };
        let last = steps.pop()?;
        let (name, predicates) = last.split_at(last.find('[').unwrap_or(last.len()));
        // What stands above must be plain too, and is not looked at: the last tag finds it.
        if !steps.iter().all(|step| plain(step.split(':').next_back().unwrap_or_default()).is_some()) {
            return None;
        }
        let mut markup = Self { tag: tag(name)?, wanted: Vec::new(), taken, index: None };
        for predicate in predicates.split(']').map(|part| part.trim_start_matches('[').trim()).filter(|p| !p.is_empty())
        {
            markup.require(predicate)?;
        }
        Some(markup)
    }

    /// One predicate, without its brackets.
    fn require(&mut self, predicate: &str) -> Option<()> {
        if let Ok(index) = predicate.parse::<usize>() {
            self.index = Some(index);
            return Some(());
        }
        for part in predicate.split(" and ") {
            let (name, value) = part.trim().strip_prefix('@')?.split_once('=')?;
            let value = value.trim();
            let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
            self.wanted.push((plain(name.trim())?, value.strip_prefix(quote)?.strip_suffix(quote)?.to_owned()));
        }
        Some(())
    }

    /// Reads `tag[a=b]`, `tag#id` and `tag.class`.
    fn of_css(selector: &str, attribute: &str) -> Option<Self> {
        let last = selector.trim().rsplit([' ', '>']).next()?.trim();
        let end = last.find(['[', '#', '.']).unwrap_or(last.len());
        let (name, mut rest) = last.split_at(end);
        let taken = Some(attribute.trim()).filter(|name| !name.is_empty()).map(plain);
        let mut markup =
            Self { tag: tag(name)?, wanted: Vec::new(), taken: taken.unwrap_or(Some(String::new())), index: None };
        markup.taken = markup.taken.filter(|name| !name.is_empty());
        while let Some(kind) = rest.chars().next() {
            let inner = &rest[1..];
            let end = inner.find(if kind == '[' { &[']'][..] } else { &['[', '#', '.'][..] }).unwrap_or(inner.len());
            let value = &inner[..end];
            match kind {
                '#' => markup.wanted.push(("id".to_owned(), plain(value)?)),
                '.' => markup.wanted.push(("class".to_owned(), plain(value)?)),
                _ => {
                    let (name, value) = value.split_once('=')?;
                    markup.wanted.push((plain(name.trim())?, value.trim().trim_matches(['\'', '"']).to_owned()));
                }
            }
            rest = inner.get(end + usize::from(kind == '[')..).unwrap_or_default();
        }
        Some(markup)
    }

    /// The regular expression that finds it; attributes stand in any order, as far as two of them.
    fn regex(&self) -> Option<String> {
        let tag =
            self.tag.as_deref().map_or_else(|| "[a-zA-Z][\\w:-]*".to_owned(), |tag| format!("(?:[\\w-]+:)?{tag}"));
        let wanted: Vec<String> = self
            .wanted
            .iter()
            .map(|(name, value)| format!("\\b{name}\\s*=\\s*[\"']{}[\"']", super::extract::escaped(value)))
            .collect();
        let gap = "[^>]*?";
        let Some(attribute) = &self.taken else {
            let conditions: String = wanted.iter().map(|wanted| format!("{gap}{wanted}")).collect();
            return (wanted.len() < 2).then(|| format!("(?is)<{tag}\\b{conditions}[^>]*>([^<]*)"));
        };
        let value = format!("\\b{attribute}\\s*=\\s*[\"']([^\"']*)[\"']");
        match wanted.as_slice() {
            [] => Some(format!("(?is)<{tag}\\b{gap}{value}")),
            [one] => Some(format!("(?is)<{tag}\\b{gap}{one}{gap}{value}|<{tag}\\b{gap}{value}{gap}{one}")),
            _ => None,
        }
    }
}

/// A name of a tag: `None` where it is none, and no tag in particular for `*`.
fn tag(name: &str) -> Option<Option<String>> {
    let name = name.split(':').next_back().unwrap_or_default().trim();
    if name.is_empty() || name == "*" { Some(None) } else { plain(name).map(Some) }
}

fn plain(name: &str) -> Option<String> {
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    fits.then(|| name.to_owned())
}

/// Splits at `by`, but not inside brackets or quotes.
fn split_outside(text: &str, by: char) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, c) if c == by && depth == 0 => {
                parts.push(&text[from..at]);
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

impl Importer<'_> {
    /// The entries of an extractor from HTML or XML.
    pub(super) fn markup(&mut self, taken: &Taken<'_>) -> Vec<String> {
        let element = taken.element;
        let css = element.is("HtmlExtractor");
        let names: [&'static str; 4] = match element.simple_class() {
            "HtmlExtractor" => {
                ["HtmlExtractor.refname", "HtmlExtractor.expr", "HtmlExtractor.default", "HtmlExtractor.match_number"]
            }
            "XPath2Extractor" => [
                "XPathExtractor2.refname",
                "XPathExtractor2.xpathQuery",
                "XPathExtractor2.default",
                "XPathExtractor2.matchNumber",
            ],
            _ => [
                "XPathExtractor.refname",
                "XPathExtractor.xpathQuery",
                "XPathExtractor.default",
                "XPathExtractor.matchNumber",
            ],
        };
        let [variable, expression, default, number] = names.map(|name| taken.text(name));
        taken.ignore(&[
            "XPathExtractor.validate",
            "XPathExtractor.tolerant",
            "XPathExtractor.namespace",
            "XPathExtractor.quiet",
            "XPathExtractor.show_errors",
            "XPathExtractor.report_errors",
            "XPathExtractor.fragment",
            "XPathExtractor2.namespaces",
            "XPathExtractor2.fragment",
            "HtmlExtractor.attribute",
            "HtmlExtractor.default_empty_value",
            "HtmlExtractor.extractor_impl",
        ]);
        let read = if css {
            Markup::of_css(expression, taken.text("HtmlExtractor.attribute"))
        } else {
            Markup::of_xpath(expression)
        };
        let regex = read.as_ref().and_then(Markup::regex);
        let (Some(markup), Some(regex)) = (read, regex) else {
            self.refuse(
                element,
                "JMX107",
                format!("{expression}: only a tag, one attribute it must have, and what is taken of it are known"),
            );
            return Vec::new();
        };
        self.approximate(element, "the tag is found by a regular expression, in markup that is well written");
        let mut pairs = vec![("regex".to_owned(), one_line(&regex))];
        let which = number.trim().parse::<usize>().ok().filter(|number| *number > 0).or(markup.index).unwrap_or(1);
        if which > 1 {
            pairs.push(("index".to_owned(), (which - 1).to_string()));
        }
        self.entry(element, variable, (pairs, default))
    }

    /// What an XPath assertion asks: that there is such a tag.
    pub(super) fn xpath_assertion(&mut self, taken: &Taken<'_>) -> Option<String> {
        let expression = taken.text("XPath.xpath");
        taken.ignore(&["XPath.validate", "XPath.whitespace", "XPath.tolerant", "XPath.namespace", "XPath.quiet"]);
        taken.ignore(&["XPath.show_warnings", "XPath.report_errors"]);
        let Some(regex) = Markup::of_xpath(expression).as_ref().and_then(Markup::regex) else {
            self.refuse(
                taken.element,
                "JMX107",
                format!("{expression}: only a tag and one attribute it must have are known"),
            );
            return None;
        };
        self.approximate(taken.element, "the tag is found by a regular expression, in markup that is well written");
        let mut pairs = vec![("matches".to_owned(), one_line(&regex))];
        if taken.truth("XPath.negate", false) {
            pairs.push(("not".to_owned(), "true".to_owned()));
        }
        Some(table(&pairs))
    }
}

/// The variable that such an extractor sets.
pub(super) fn variable(element: &Element) -> Option<&str> {
    let name = match element.simple_class() {
        "XPathExtractor" => "XPathExtractor.refname",
        "XPath2Extractor" => "XPathExtractor2.refname",
        "HtmlExtractor" => "HtmlExtractor.refname",
        _ => return None,
    };
    element.text(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<html><head><title>Shop</title></head><body><form><input type=\"hidden\" name=\"crumb\" \
                        value=\"c-1\"/>\n<input value='c-2' name='other'><a class=\"next\" href=\"/p/2\">More</a>\
                        <ns:token>t-9</ns:token></form></body></html>";

    fn found(markup: Option<Markup>) -> Option<String> {
        let regex = regex::Regex::new(&markup?.regex()?).unwrap();
        let captures = regex.captures(PAGE)?;
        captures.iter().skip(1).flatten().next().map(|found| found.as_str().to_owned())
    }

    #[test]
    fn a_tag_is_found_by_its_path_or_its_selector() {
        for (path, value) in [
            ("//input[@name='crumb']/@value", "c-1"),
            ("//input[@name=\"other\"]/@value", "c-2"),
            ("/html/head/title/text()", "Shop"),
            ("//title", "Shop"),
            ("//*[@class='next']/@href", "/p/2"),
            ("string(//a[@class='next'])", "More"),
            ("//ns:token", "t-9"),
        ] {
            assert_eq!(found(Markup::of_xpath(path)).as_deref(), Some(value), "{path}");
        }
        for (selector, attribute, value) in [
            ("form > input[name=other]", "value", "c-2"),
            ("a.next", "href", "/p/2"),
            ("title", "", "Shop"),
            ("[name='crumb']", "value", "c-1"),
        ] {
            assert_eq!(found(Markup::of_css(selector, attribute)).as_deref(), Some(value), "{selector}");
        }
    }

    #[test]
    fn what_is_more_than_a_tag_is_not_known() {
        for path in ["count(//a)", "//a[contains(@href,'x')]/@href", "a/b", "//a | //b", "//a[@x='1'][@y='2']/@z"] {
            assert_eq!(Markup::of_xpath(path).and_then(|markup| markup.regex()), None, "{path}");
        }
    }
}
