//! Values that vary from iteration to iteration: rows of files and of the plan, counters, random numbers.
//!
//! In: data sets, parameters of users, counters, random variables. Out: `[[feeder]]`s, and `[vars]` that draw. Always
//! holds: a file that is not there is asked for and named all the same; what a format says is kept digit by digit.

use std::path::Path;

use super::report::Need;
use super::taken::Taken;
use super::{Importer, write};
use crate::jmeter::import::data::plain_name;
use crate::jmeter::jmx::{Element, Property};

/// A format of numbers: text, digits at least, text.
struct Format {
    before: String,
    digits: usize,
    behind: String,
}

impl Format {
    /// A format of Java's `DecimalFormat` that only fills up with zeros; `None` for any other.
    fn parse(java: &str) -> Option<Self> {
        let plain: String = java.chars().filter(|c| *c != '\'').collect();
        let start = plain.find(['0', '#']).unwrap_or(plain.len());
        let (before, rest) = plain.split_at(start);
        let end = rest.find(|c| !matches!(c, '0' | '#')).unwrap_or(rest.len());
        let (pattern, behind) = rest.split_at(end);
        let plainly = !behind.contains(['0', '#', '.', ',', '%', ';', 'E']) && !before.contains(['.', ',', '%', ';']);
        let digits = pattern.chars().filter(|c| *c == '0').count();
        (plainly && !pattern.is_empty()).then(|| Self { before: before.to_owned(), digits, behind: behind.to_owned() })
    }
}

impl Importer<'_> {
    pub(super) fn csv(&mut self, element: &Element) {
        let taken = Taken::new(element);
        let written = taken.text("filename").trim();
        let known = self.fixed.constant(written);
        if known.is_none() {
            self.template(element, written);
        }
        let file = self.beside_plan(known.unwrap_or_else(|| written.to_owned()).replace('\\', "/"));
        let stem = file.rsplit('/').next().unwrap_or(&file).split('.').next().unwrap_or("data").to_owned();
        if file.trim().is_empty() {
            self.refuse(element, "JMX109", "filename is blank");
        } else if !self.file_is_there(&file) {
            let what = format!("data file \"{file}\" is not there: lay it beside the scenario");
            self.needs.insert(Need { id: "JMX108", what });
        }
        let delimiter = match taken.text("delimiter") {
            "" => ",".to_owned(),
            delimiter => delimiter.replace("\\t", "\t"),
        };
        let mut keys = self.feeder_of_file((&stem, &file), taken.text("shareMode"));
        self.name_columns(&taken, (&file, &delimiter), &mut keys);
        match (taken.truth("recycle", true), taken.truth("stopThread", false)) {
            (true, _) => {}
            (false, stops) => {
                keys.push(("at_end", write::text("stop")));
                let instead = if stops { "one thread after the other" } else { "variables become <EOF>" };
                self.approximate(element, format!("the end of the file ends the run, where in JMeter {instead}"));
            }
        }
        taken.ignore(&["fileEncoding", "quotedData", "ignoreFirstLine"]);
        self.finish(&taken);
        self.feeder_of.insert(element, keys[0].1.clone());
        // Two elements of one file share its rows.
        if !self.feeders.iter().any(|known| known.first() == keys.first()) {
            self.feeders.push(keys);
        }
    }

    /// Learns the columns of a data set, and writes those that its file does not name itself.
    fn name_columns(
        &mut self,
        taken: &Taken<'_>,
        (file, delimiter): (&str, &str),
        keys: &mut Vec<(&'static str, String)>,
    ) {
        let (columns, in_file) = self.columns(taken, (file, delimiter));
        let name = keys[0].1.trim_matches('"').to_owned();
        for column in &columns {
            self.learn(column, format!("${{{name}.{}}}", if in_file { column.clone() } else { plain_name(column) }));
        }
        if !in_file && !columns.is_empty() {
            let quoted: Vec<String> = columns.iter().map(|column| write::text(&plain_name(column))).collect();
            keys.push(("columns", format!("[{}]", quoted.join(", "))));
            if taken.truth("ignoreFirstLine", false) {
                keys.push(("skip_first_line", "true".to_owned()));
            }
        }
        if delimiter != "," {
            keys.push(("delimiter", write::text(delimiter)));
        }
    }

    /// The columns of a data set, and whether its file names them itself.
    fn columns(&mut self, taken: &Taken<'_>, (file, delimiter): (&str, &str)) -> (Vec<String>, bool) {
        let split = |text: &str, by: &str| -> Vec<String> {
            text.split(by)
                .map(|name| name.trim().trim_matches('"').to_owned())
                .filter(|name| !name.is_empty())
                .collect()
        };
        let named = self.fixed.constant(taken.text("variableNames")).unwrap_or_default();
        let columns = split(&named, ",");
        if !columns.is_empty() {
            return (columns, false);
        }
        let beside = self.options.file.parent().unwrap_or_else(|| Path::new("")).join(file);
        let text = std::fs::read_to_string(file).or_else(|_| std::fs::read_to_string(beside)).unwrap_or_default();
        let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
        (split(first, delimiter), true)
    }

    /// Name, file and order of a feeder.
    fn feeder_of_file(&self, (stem, file): (&str, &str), share: &str) -> Vec<(&'static str, String)> {
        let own = share == "shareMode.thread";
        // Each thread of its own goes through the file: not the rows that others share.
        let mut name = self.feeder_name(&if own { format!("{stem}_each") } else { stem.to_owned() });
        let file = ("file", write::text(&self.file_from_scenario(file)));
        // Two files of one name in different folders are two feeders.
        while self.feeders.iter().any(|known| known[0].1 == write::text(&name) && !known.contains(&file)) {
            name.push_str("_more");
        }
        let mut keys = vec![("name", write::text(&name)), file];
        if own {
            keys.push(("order", write::text("each_user")));
        }
        keys
    }

    /// The data set of a plugin, whose rows may come in any order.
    pub(super) fn random_csv(&mut self, element: &Element) {
        let taken = Taken::new(element);
        let written = taken.text("filename").trim();
        let file =
            self.beside_plan(self.fixed.constant(written).unwrap_or_else(|| written.to_owned()).replace('\\', "/"));
        if !self.file_is_there(&file) {
            let what = format!("data file \"{file}\" is not there: lay it beside the scenario");
            self.needs.insert(Need { id: "JMX108", what });
        }
        let delimiter =
            Some(taken.text("delimiter")).filter(|text| !text.is_empty()).unwrap_or(",").replace("\\t", "\t");
        let stem = file.rsplit('/').next().unwrap_or(&file).split('.').next().unwrap_or("data").to_owned();
        let each = if taken.truth("independentListPerThread", false) { "shareMode.thread" } else { "" };
        let mut keys = self.feeder_of_file((&stem, &file), each);
        self.name_columns(&taken, (&file, &delimiter), &mut keys);
        if taken.truth("randomOrder", false) {
            keys.retain(|(key, _)| *key != "order");
            keys.push(("order", write::text("random")));
            self.approximate(element, "a row may come again before all have come");
        } else if !taken.truth("rewindOnTheEndOfList", true) {
            keys.push(("at_end", write::text("stop")));
        }
        taken.ignore(&["fileEncoding", "ignoreFirstLine", "rewindOnTheEndOfList"]);
        self.finish(&taken);
        self.feeder_of.insert(element, keys[0].1.clone());
        self.feeders.push(keys);
    }

    /// Rows that stand in the plan: each user keeps one.
    pub(super) fn user_parameters(&mut self, element: &Element) {
        let taken = Taken::new(element);
        taken.ignore(&["UserParameters.per_iteration"]);
        let texts = |property: &Property| -> Vec<String> {
            property.parts().iter().map(|part| part.text().unwrap_or_default().to_owned()).collect()
        };
        let names = taken.property("UserParameters.names").map(texts).unwrap_or_default();
        let rows: Vec<Vec<String>> = taken
            .property("UserParameters.thread_values")
            .map(|rows| rows.parts().iter().map(texts).collect())
            .unwrap_or_default();
        self.finish(&taken);
        if let [row] = rows.as_slice() {
            // One row for all users is a text for each name.
            for (name, value) in names.iter().zip(row) {
                let (plain, template) = (plain_name(name), self.template(element, value));
                self.vars.retain(|(known, _)| *known != plain);
                self.vars.push((plain.clone(), template));
                self.learn(name, format!("${{{plain}}}"));
            }
            return;
        }
        let fixed: Option<Vec<Vec<String>>> =
            rows.iter().map(|row| row.iter().map(|text| self.fixed.constant(text)).collect()).collect();
        let Some(fixed) = fixed.filter(|rows| !rows.is_empty()) else {
            return self.refuse(
                element,
                "JMX109",
                "values that are drawn, for several users: write them as a data file",
            );
        };
        let feeder = self.feeder_name(&plain_name(element.title()).to_lowercase());
        let list = |texts: &[String]| {
            format!("[{}]", texts.iter().map(|text| write::one_line(text)).collect::<Vec<_>>().join(", "))
        };
        let columns: Vec<String> = names.iter().map(|name| plain_name(name)).collect();
        let rows: Vec<String> = fixed
            .into_iter()
            .map(|mut row| {
                row.resize(columns.len(), String::new());
                list(&row)
            })
            .collect();
        for (name, column) in names.iter().zip(&columns) {
            self.learn(name, format!("${{{feeder}.{column}}}"));
        }
        self.feeders.push(vec![
            ("name", write::text(&feeder)),
            ("columns", list(&columns)),
            ("rows", format!("[\n    {},\n]", rows.join(",\n    "))),
            ("order", write::text("by_user")),
        ]);
    }

    pub(super) fn counter(&mut self, element: &Element) {
        let taken = Taken::new(element);
        let name = taken.text("CounterConfig.name").trim().to_owned();
        let number = |text: &str| self.fixed.constant(text).and_then(|text| text.trim().parse::<i64>().ok());
        let of = |name: &'static str| Some(taken.text(name)).filter(|text| !text.trim().is_empty());
        let bounds = [of("CounterConfig.start"), of("CounterConfig.end"), of("CounterConfig.incr")];
        let format = Some(taken.text("CounterConfig.format")).filter(|text| !text.trim().is_empty());
        let format =
            format.map_or(Some(Format { before: String::new(), digits: 0, behind: String::new() }), Format::parse);
        let known: Vec<Option<Option<i64>>> =
            bounds.iter().map(|text| text.map_or(Some(None), |text| number(text).map(Some))).collect();
        let each_user = taken.truth("CounterConfig.per_user", false);
        if taken.truth("CounterConfig.reset_on_tg_iteration", false) {
            self.approximate(element, "it goes on over iterations, and does not begin again with each");
        }
        self.finish(&taken);
        let ([Some(from), Some(to), Some(by)], Some(format)) = (known.as_slice(), format) else {
            return self.refuse(element, "JMX109", "a start, an end, a step or a format that is no plain number");
        };
        let by = by.filter(|by| *by != 0).unwrap_or(1);
        let mut pairs = vec![("from".to_owned(), from.unwrap_or(0).to_string())];
        // JMeter counts to the largest number where no end is named.
        pairs.extend(to.filter(|to| *to != i64::MAX && *to != 0).map(|to| ("to".to_owned(), to.to_string())));
        pairs.extend((by != 1).then(|| ("by".to_owned(), by.to_string())));
        pairs.extend((format.digits > 1).then(|| ("width".to_owned(), format.digits.to_string())));
        pairs.extend(each_user.then(|| ("each_user".to_owned(), "true".to_owned())));
        let wanted = if name.is_empty() { "counter".to_owned() } else { plain_name(&name) };
        let feeder = self.feeder_name(&wanted);
        self.learn(&name, format!("{}${{{feeder}.value}}{}", format.before, format.behind));
        self.feeder_of.insert(element, write::text(&feeder));
        self.feeders.retain(|known| known[0].1 != write::text(&feeder));
        self.feeders.push(vec![("name", write::text(&feeder)), ("count", write::table(&pairs))]);
    }

    pub(super) fn random(&mut self, element: &Element) {
        let taken = Taken::new(element);
        let name = taken.text("variableName").to_owned();
        let bound = |text: &str| self.fixed.constant(text).and_then(|text| text.trim().parse::<i64>().ok());
        let bounds = (bound(taken.text("minimumValue")), bound(taken.text("maximumValue")));
        let format = Some(taken.text("outputFormat")).filter(|text| !text.trim().is_empty());
        let format =
            format.map_or(Some(Format { before: String::new(), digits: 0, behind: String::new() }), Format::parse);
        taken.ignore(&["perThread", "randomSeed"]);
        self.finish(&taken);
        let ((Some(low), Some(high)), Some(format)) = (bounds, format) else {
            return self.refuse(element, "JMX109", "bounds that are no plain numbers, or a format of more than zeros");
        };
        let drawn = format!("${{random.int({}, {})}}", low.min(high), low.max(high));
        let short = low.min(high).to_string().len() < format.digits;
        let number = if short { format!("${{padded({drawn}, {})}}", format.digits) } else { drawn };
        let plain = plain_name(&name);
        self.vars.retain(|(known, _)| *known != plain);
        self.vars.push((plain.clone(), format!("{}{number}{}", format.before, format.behind)));
        self.learn(&name, format!("${{{plain}}}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_fill_up_with_zeros_are_known() {
        let read = |java| Format::parse(java).map(|format| (format.before, format.digits, format.behind));
        let told = |before: &str, digits, behind: &str| Some((before.to_owned(), digits, behind.to_owned()));
        assert_eq!(read("000"), told("", 3, ""));
        assert_eq!(read("user_000@x"), told("user_", 3, "@x"));
        assert_eq!(read("item0055"), told("item", 2, "55"));
        assert_eq!(read("#"), told("", 0, ""));
        for other in ["0.00", "#,##0", "text", "00%"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
