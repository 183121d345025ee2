//! What is known of accounts and seldom changes.
//!
//! In: an account's number, or how many. Out: profiles for the cache. Always holds: no balance is among them.

use rusqlite::{OptionalExtension, Row};

use super::Sight;
use crate::reference::cache::Profile;

impl Sight<'_> {
    /// Whether the database answers at all.
    pub(in crate::reference) fn answers(&self) -> rusqlite::Result<()> {
        self.connection.prepare_cached("SELECT 1 FROM t_consume_account LIMIT 1")?.query_row([], |_| Ok(()))
    }

    /// What is known of an account and seldom changes, if it exists.
    pub(in crate::reference) fn profile(&self, id: i64) -> rusqlite::Result<Option<Profile>> {
        let sql = "SELECT account_status FROM t_consume_account WHERE account_id = ?1";
        let profile = |row: &Row<'_>| Ok(Profile { status: row.get(0)? });
        self.connection.prepare_cached(sql)?.query_row([id], profile).optional()
    }

    /// The same of the first `most` accounts.
    pub(in crate::reference) fn profiles(&self, most: usize) -> rusqlite::Result<Vec<(i64, Profile)>> {
        let sql = "SELECT account_id, account_status FROM t_consume_account ORDER BY account_id LIMIT ?1";
        let profile = |row: &Row<'_>| Ok((row.get(0)?, Profile { status: row.get(1)? }));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.connection.prepare_cached(sql)?.query_map([most], profile)?.collect()
    }
}
