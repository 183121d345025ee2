//! What the databases say differently.
//!
//! In: names that were looked up. Out: SQL. Always holds: every value comes as text, so that decimals stay exact; every
//! age is computed by the database, in the time zone in which it keeps its moments.

use super::Name;

/// How a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// An SQLite file. Moments are texts in UTC, or milliseconds since 1970.
    Sqlite,
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
}

impl Dialect {
    /// The dialect of a server that gives this version.
    #[must_use]
    pub fn of_version(version: &str) -> Self {
        if version.to_ascii_lowercase().contains("mariadb") { Self::MariaDb } else { Self::MySql }
    }

    /// Whether it is a server, with privileges, partitions and time zones.
    #[must_use]
    pub const fn is_server(self) -> bool {
        !matches!(self, Self::Sqlite)
    }

    /// `expression` as text.
    #[must_use]
    pub fn text(self, expression: &str) -> String {
        let kind = if self.is_server() { "CHAR" } else { "TEXT" };
        format!("CAST({expression} AS {kind})")
    }

    /// How many whole seconds ago the moment in `column` was; negative in the future.
    #[must_use]
    pub fn age(self, column: &Name) -> String {
        if self.is_server() {
            return format!("TIMESTAMPDIFF(SECOND, {column}, NOW())");
        }
        format!("CAST(strftime('%s', 'now') AS INTEGER) - {}", Self::epoch(column))
    }

    /// Whether the moment in `column` is at most `?` seconds ago. Moments in the future are.
    #[must_use]
    pub fn is_within(self, column: &Name) -> String {
        if self.is_server() {
            return format!("{column} >= NOW() - INTERVAL ? SECOND");
        }
        format!("{} >= CAST(strftime('%s', 'now') AS INTEGER) - ?", Self::epoch(column))
    }

    /// How many days before today the day of the moment in `column` is.
    #[must_use]
    pub fn days_ago(self, column: &Name) -> String {
        if self.is_server() {
            return format!("DATEDIFF(CURRENT_DATE, {column})");
        }
        format!("CAST(strftime('%s', 'now') AS INTEGER) / 86400 - {} / 86400", Self::epoch(column))
    }

    /// Whether the moment in `column` is on one of the `?` days before today.
    #[must_use]
    pub fn is_on_the_days_before(self, column: &Name) -> String {
        if self.is_server() {
            return format!("{column} >= CURRENT_DATE - INTERVAL ? DAY AND {column} < CURRENT_DATE");
        }
        let days = self.days_ago(column);
        format!("({days}) BETWEEN 1 AND ?")
    }

    /// Seconds since 1970, now, with their fraction.
    #[must_use]
    pub const fn now(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT printf('%.3f', (julianday('now') - 2440587.5) * 86400.0)",
            Self::MySql | Self::MariaDb => "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) AS CHAR)",
        }
    }

    fn epoch(column: &Name) -> String {
        format!(
            "(CASE typeof({column}) WHEN 'text' THEN CAST(strftime('%s', {column}) AS INTEGER) ELSE {column} / 1000 END)"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mariadb_is_told_by_its_version() {
        assert_eq!(Dialect::of_version("11.8.3-MariaDB-0+deb13u1"), Dialect::MariaDb);
        assert_eq!(Dialect::of_version("8.0.36"), Dialect::MySql);
    }
}
