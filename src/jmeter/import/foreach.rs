//! Loops over lists.
//!
//! In: for-each controllers. Out: a `foreach` over what an answer gave, or rounds over rows where the list stands in the
//! plan. Always holds: a list that nothing gives is refused.

use super::Importer;
use super::data::plain_name;
use super::steps::Scope;
use super::taken::Taken;
use super::write::{self, Step, one_line};
use crate::jmeter::jmx::Element;

/// The most rounds that the scenario language plays.
const MOST_ROUNDS: usize = 10_000;

impl Importer<'_> {
    pub(super) fn for_each<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        let (list, each) =
            (taken.text("ForeachController.inputVal").trim(), taken.text("ForeachController.returnVal").trim());
        let separated = taken.truth("ForeachController.useSeparator", true);
        let start = self.whole(element, ("startIndex", taken.text("ForeachController.startIndex"))).unwrap_or(0);
        let end = self.whole(element, ("endIndex", taken.text("ForeachController.endIndex")));
        self.finish(&taken);
        let mut below = scope.clone();
        below.rounds.push(None);
        let written = self.written_list(list, separated, (start, end));
        if !self.lists.contains(list) && !written.is_empty() {
            if written.len() > MOST_ROUNDS {
                self.refuse(
                    element,
                    "JMX109",
                    format!("a list of more than {MOST_ROUNDS} values: write it as a data file"),
                );
            }
            return self.over_rows((element, &below), each, &written[..written.len().min(MOST_ROUNDS)]);
        }
        if !separated {
            self.refuse(element, "JMX109", "ForeachController.useSeparator=false");
        }
        if !self.lists.contains(list) {
            let cause = format!("\"{list}\" is no list that the plan, or an extractor with match number -1, gives");
            self.refuse(element, "JMX109", cause);
        }
        if start > 0 {
            self.refuse(element, "JMX109", format!("ForeachController.startIndex={start} of a list out of an answer"));
        }
        if end.is_some() {
            self.approximate(element, "it goes to the end of the list, and not to its end index");
        }
        let plain = plain_name(each);
        self.names.variables.insert(each.to_owned(), format!("${{{plain}}}"));
        let mut blocks = self.block(element, &below, Some(("foreach", write::text(&self.list_name(list)))));
        blocks.iter_mut().for_each(|block| block.keys.push(("as", write::text(&plain))));
        blocks
    }

    /// The values of a list that variables of the plan hold, `name_1` and so on, behind `start` and up to `end`.
    fn written_list(&self, list: &str, separated: bool, (start, end): (u64, Option<u64>)) -> Vec<String> {
        let sign = if separated { "_" } else { "" };
        let last = end.unwrap_or(u64::MAX);
        let values = (start.saturating_add(1)..=last).map(|at| self.fixed.variables.get(&format!("{list}{sign}{at}")));
        values.take(MOST_ROUNDS + 1).map_while(Option::<&String>::cloned).collect()
    }

    /// A round for each of `values`, which are the rows of a feeder.
    fn over_rows<'e>(
        &mut self,
        (element, scope): (&'e Element, &Scope<'e>),
        each: &str,
        values: &[String],
    ) -> Vec<Step> {
        let column = plain_name(each);
        let mut feeder = self.feeder_name(element.title());
        while self.feeders.iter().any(|known| known[0].1 == write::text(&feeder)) {
            feeder.push_str("_more");
        }
        self.learn(each, format!("${{{feeder}.{column}}}"));
        let rows: Vec<String> = values.iter().map(|value| format!("[{}]", one_line(value))).collect();
        self.feeders.push(vec![
            ("name", write::text(&feeder)),
            ("columns", format!("[{}]", one_line(&column))),
            ("rows", format!("[{}]", rows.join(", "))),
            ("order", write::text("each_user")),
        ]);
        let place: super::Place = element;
        self.next.entry(place).or_default().push(write::text(&feeder));
        self.block(element, scope, Some(("repeat", values.len().to_string())))
    }
}
