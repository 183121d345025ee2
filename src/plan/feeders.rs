//! Feeders with their rows ready to be drawn.

use crate::plan::PlanError;
use crate::plan::steps::check_name;
use crate::scenario::Scenario;
use crate::scenario::feeder::{AtEnd, Feeder, FileFeeder, Order};
use crate::scenario::template::Names;

/// Every feeder by name, in the file's order.
pub(super) fn resolve(scenario: &Scenario, users: u32, seed: u64) -> Result<Vec<(String, Feeder)>, PlanError> {
    let mut feeders: Vec<(String, Feeder)> = Vec::new();
    for section in &scenario.feeders {
        check_name("feeder", &section.name, feeders.iter().map(|(name, _)| name.as_str()))?;
        let feeder = match (&section.permute, section.count, scenario.tables.get(&section.name)) {
            (_, Some(count), _) => Feeder::Count(count),
            (Some(values), ..) => {
                let mut values = values.clone();
                values.reseed(seed);
                Feeder::Permutation(values)
            }
            (None, None, Some(table)) => {
                let rows = table.rows();
                check_end(&section.name, section.order, section.at_end)?;
                if section.order == Order::UniquePerUser && rows < u64::from(users) {
                    return Err(PlanError::TooFewRows { feeder: section.name.clone(), rows, users });
                }
                let (table, order, at_end) = (table.clone(), section.order, section.at_end);
                Feeder::File(FileFeeder { table, order, at_end, seed })
            }
            // Refused when the file was read.
            (None, None, None) => continue,
        };
        check_columns(&section.name, &feeder)?;
        feeders.push((section.name.clone(), feeder));
    }
    Ok(feeders)
}

/// Refuses an end that rows of this order do not have.
fn check_end(name: &str, order: Order, at_end: AtEnd) -> Result<(), PlanError> {
    if at_end == AtEnd::Recycle || matches!(order, Order::Sequential | Order::EachUser) {
        return Ok(());
    }
    let problem = format!(
        "feeder \"{name}\" comes to no end in this order; take at_end = \"stop\" out, or write order = \"sequential\""
    );
    Err(PlanError::At { needle: format!("\"{name}\""), problem })
}

/// Refuses a column whose name in a template means something else already.
fn check_columns(name: &str, feeder: &Feeder) -> Result<(), PlanError> {
    let hidden = feeder.column_names().into_iter().find(|column| Names::means_else(&format!("{name}.{column}")));
    let Some(column) = hidden else { return Ok(()) };
    let problem = format!(
        "feeder \"{name}\" has a column \"{column}\", and ${{{name}.{column}}} has a meaning of its own; give the feeder \
         another name"
    );
    Err(PlanError::At { needle: format!("\"{name}\""), problem })
}

#[cfg(test)]
mod tests {
    use crate::plan::Overrides;
    use crate::plan::tests::{ONE_STEP, resolve};

    fn refusal(feeder: &str) -> Option<String> {
        let text = format!("[[feeder]]\n{feeder}\n{ONE_STEP}");
        resolve(&text, &Overrides::default()).err().map(|error| error.to_string())
    }

    #[test]
    fn a_column_that_a_template_could_not_name_is_refused() {
        for (name, column) in
            [("user", "id"), ("user", "sequence"), ("run", "id"), ("env", "HOME"), ("timestamp", "ms")]
        {
            let said = refusal(&format!("name = \"{name}\"\nrows = [[\"1\"]]\ncolumns = [\"{column}\"]")).unwrap();
            assert!(said.contains(&format!("${{{name}.{column}}} has a meaning of its own")), "{said}");
        }
        assert_eq!(refusal("name = \"user\"\nrows = [[\"1\"]]\ncolumns = [\"name\"]"), None);
    }

    #[test]
    fn an_order_without_an_end_cannot_stop_the_run() {
        let of = |order: &str| {
            refusal(&format!(
                "name = \"f\"\nrows = [[\"1\"]]\ncolumns = [\"a\"]\norder = \"{order}\"\nat_end = \"stop\""
            ))
        };
        for order in ["random", "by_user"] {
            assert!(of(order).unwrap().contains("comes to no end"), "{order}");
        }
        assert_eq!(of("sequential"), None);
        assert_eq!(of("each_user"), None);
    }
}
