//! Feeders with their rows ready to be drawn.

use crate::plan::PlanError;
use crate::plan::steps::check_name;
use crate::scenario::Scenario;
use crate::scenario::feeder::{Feeder, FileFeeder, Order};

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
                if section.order == Order::UniquePerUser && rows < u64::from(users) {
                    return Err(PlanError::TooFewRows { feeder: section.name.clone(), rows, users });
                }
                let (table, order, at_end) = (table.clone(), section.order, section.at_end);
                Feeder::File(FileFeeder { table, order, at_end, seed })
            }
            // Refused when the file was read.
            (None, None, None) => continue,
        };
        feeders.push((section.name.clone(), feeder));
    }
    Ok(feeders)
}
