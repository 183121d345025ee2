//! `final-stats.xml`: Taurus' final status, which Jenkins' Performance plugin reads with fractions of a millisecond.
//!
//! In: the rows. Out: XML. Always holds: `throughput` is a number of samples and times are seconds, as Taurus has it;
//! the group without a label is the whole run; a figure that does not exist has no element.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Material, broken};
use crate::report::ReportError;
use crate::report::neutral::neutral;
use crate::summary::Row;
use crate::units::Millis;

/// Its name in the folder.
pub(super) const PLACE: &str = "final-stats.xml";

type Xml = Writer<Vec<u8>>;

/// The document's bytes.
pub(super) fn render(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    write(material).map_err(|error| broken(PLACE)(error.to_string()))
}

fn write(material: &Material<'_>) -> std::io::Result<Vec<u8>> {
    let summary = material.summary;
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("FinalStatus").write_inner_content(|xml| {
        if let Some(length) = summary.length {
            let seconds = format!("{:.3}", length.as_secs_f64());
            xml.create_element("TestDuration").write_text_content(BytesText::new(&seconds))?;
        }
        group(xml, "", &summary.totals)?;
        summary.steps.iter().try_for_each(|row| group(xml, &neutral(row.name.as_deref().unwrap_or_default()), row))
    })?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn group(xml: &mut Xml, label: &str, row: &Row) -> std::io::Result<()> {
    let time = row.model_time();
    let counts = [
        ("throughput", Some(row.successes + row.failures)),
        ("succ", Some(row.successes)),
        ("fail", Some(row.failed_attempts())),
        ("bytes", row.bytes_received),
    ];
    let connect = row.connect.as_ref().and_then(|connect| connect.mean);
    let times = [("avg_rt", time.mean), ("stdev_rt", time.stddev), ("avg_lt", row.ttfb.mean), ("avg_ct", connect)];
    let percentiles = [
        ("0.0", time.min),
        ("50.0", time.p50),
        ("90.0", time.p90),
        ("95.0", time.p95),
        ("99.0", time.p99),
        ("99.9", time.p999),
        ("100.0", time.max),
    ];
    xml.create_element("Group").with_attribute(("label", label)).write_inner_content(|xml| {
        for (name, count) in counts.into_iter().filter_map(|(name, count)| Some((name, count?))) {
            xml.create_element(name).with_attribute(("value", count.to_string().as_str())).write_empty()?;
        }
        for (name, time) in times.into_iter().filter_map(|(name, time)| Some((name, seconds(time?)))) {
            xml.create_element(name).with_attribute(("value", time.as_str())).write_empty()?;
        }
        for (param, time) in percentiles.into_iter().filter_map(|(param, time)| Some((param, seconds(time?)))) {
            let perc = xml.create_element("perc").with_attribute(("param", param));
            perc.with_attribute(("value", time.as_str())).write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

/// To the microsecond.
fn seconds(time: Millis) -> String {
    format!("{:.6}", time.get() / 1e3)
}

#[cfg(test)]
mod tests {
    use resvg::usvg::roxmltree::{Document, Node};

    use super::*;
    use crate::report::fixture;
    use crate::report::format::tests;
    use crate::report::text::Lang;

    /// The value of each element of a group, by name and parameter.
    fn values<'a>(group: Node<'a, 'a>) -> Vec<(&'a str, Option<&'a str>, f64)> {
        let value = |node: &Node<'a, 'a>| node.attribute("value").unwrap().parse().unwrap();
        let elements = group.children().filter(Node::is_element);
        elements.map(|node| (node.tag_name().name(), node.attribute("param"), value(&node))).collect()
    }

    #[test]
    fn names_and_units_are_those_of_taurus() {
        let text = tests::text(&fixture::passing(), Lang::En, render);
        let document = Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "FinalStatus");
        let duration = root.children().find(|node| node.has_tag_name("TestDuration")).unwrap();
        assert_eq!(duration.text(), Some("300.000"));
        let groups: Vec<Node<'_, '_>> = root.children().filter(|node| node.has_tag_name("Group")).collect();
        assert_eq!(
            groups.iter().map(|group| group.attribute("label")).collect::<Vec<_>>(),
            [Some(""), Some("consume")]
        );
        let values = values(groups[0]);
        for expected in [
            ("throughput", None, 456_789.0),
            ("succ", None, 456_013.0),
            ("fail", None, 776.0),
            ("avg_rt", None, 0.018_231),
            ("perc", Some("95.0"), 0.042_527),
            ("perc", Some("100.0"), 1.284_507),
        ] {
            assert!(values.contains(&expected), "{expected:?} is not in {values:?}");
        }
    }

    #[test]
    fn hostile_labels_stay_text_and_absent_figures_have_no_element() {
        let text = tests::text(&fixture::hostile(), Lang::En, render);
        let document = Document::parse(&text).unwrap();
        let groups: Vec<Node<'_, '_>> = document.descendants().filter(|node| node.has_tag_name("Group")).collect();
        let label = groups[1].attribute("label").unwrap();
        assert!(label.contains("<script>") && label.contains("<U+202E>") && !label.contains('\u{202e}'), "{label}");

        let text = tests::text(&fixture::interrupted(), Lang::En, render);
        let document = Document::parse(&text).unwrap();
        assert!(!document.descendants().any(|node| node.has_tag_name("perc") || node.has_tag_name("avg_rt")));
    }
}
