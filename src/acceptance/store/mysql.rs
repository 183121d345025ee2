//! A MySQL or MariaDB server.
//!
//! In: queries. Out: rows of texts. Always holds: the session may only read, keeps the server's own time zone unless
//! another is asked for, and ends each statement by the server's own limit and by one of ours; a connection that broke is
//! made anew by the next query.

use std::path::Path;

use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::query as prepared;
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions, Connection, Error, Row as _, TypeInfo as _, raw_sql};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::{Dialect, Query, Row, StoreError, Value};
use crate::scenario::acceptance::database::{DatabaseSection, TlsMode};
use crate::scenario::secret::Secret;
use crate::units::Micros;

/// What our own limit is longer than the server's, so that the server speaks first.
const BEHIND: Micros = Micros::from_secs(2);

/// A server, and the connection to it.
pub(super) struct Server {
    runtime: Runtime,
    options: MySqlConnectOptions,
    connection: Option<MySqlConnection>,
    /// Said at the start of each connection.
    greetings: Vec<String>,
    place: String,
    to_connect: Micros,
    limit: Micros,
}

impl Server {
    pub(super) fn new(section: &DatabaseSection, folder: &Path, password: Option<&Secret>) -> Result<Self, StoreError> {
        let place = match &section.socket {
            Some(socket) => format!("{} at {}", section.name, socket.display()),
            None => format!("{} at {}:{}", section.name, section.host, section.port),
        };
        let unreachable = |cause: String| StoreError::Unreachable { place: place.clone(), cause };
        let runtime = Builder::new_current_thread().enable_all().build();
        let mut greetings = vec!["SET SESSION TRANSACTION READ ONLY".to_owned()];
        if let Some(zone) = &section.time_zone {
            greetings.push(time_zone(zone).ok_or_else(|| {
                unreachable(format!("time_zone \"{zone}\" is none; write for example \"+08:00\" or \"Asia/Shanghai\""))
            })?);
        }
        Ok(Self {
            runtime: runtime.map_err(|cause| unreachable(cause.to_string()))?,
            options: options(section, folder, password),
            connection: None,
            greetings,
            to_connect: section.connect_timeout,
            limit: section.statement_timeout,
            place,
        })
    }

    /// Has the server end statements by itself, from now on.
    pub(super) fn limit_statements(&mut self, dialect: Dialect) -> Result<(), StoreError> {
        let millis = self.limit.as_millis_f64().ceil();
        self.greetings.push(match dialect {
            Dialect::MariaDb => format!("SET SESSION max_statement_time = {}", millis / 1e3),
            Dialect::MySql | Dialect::Sqlite => format!("SET SESSION max_execution_time = {millis}"),
        });
        self.connection = None;
        self.connect()
    }

    pub(super) fn rows(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.connect()?;
        let Some(connection) = &mut self.connection else { return Err(StoreError::Interrupted) };
        let limit = self.limit + BEHIND;
        let answer = self.runtime.block_on(async { timeout(limit.into(), read(connection, query)).await });
        match answer {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => Err(self.refusal(error)),
            Err(_) => {
                // The answer may still come: nobody may take it for that of the next query.
                self.connection = None;
                Err(StoreError::Slow(self.limit))
            }
        }
    }

    fn connect(&mut self) -> Result<(), StoreError> {
        if self.connection.is_some() {
            return Ok(());
        }
        let Self { runtime, options, greetings, to_connect, .. } = self;
        let connected = runtime.block_on(async {
            timeout((*to_connect).into(), async {
                let mut connection = options.connect().await?;
                for greeting in greetings.iter() {
                    raw_sql(AssertSqlSafe(greeting.as_str())).execute(&mut connection).await?;
                }
                Ok::<_, Error>(connection)
            })
            .await
        });
        let unreachable = |cause: String| StoreError::Unreachable { place: self.place.clone(), cause };
        self.connection = Some(match connected {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(unreachable(words(&error))),
            Err(_) => return Err(unreachable(format!("no connection within {}", self.to_connect))),
        });
        Ok(())
    }

    fn refusal(&mut self, error: Error) -> StoreError {
        match &error {
            Error::Database(said) if is_timeout(said.code().as_deref(), said.message()) => StoreError::Slow(self.limit),
            Error::Database(said) => StoreError::Refused(said.message().to_owned()),
            _ => {
                self.connection = None;
                StoreError::Refused(words(&error))
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // The server sees a client that leaves, and not one that broke off; what it says to it changes nothing.
            let _ = self.runtime.block_on(async { timeout(BEHIND.into(), connection.close()).await });
        }
    }
}

fn options(section: &DatabaseSection, folder: &Path, password: Option<&Secret>) -> MySqlConnectOptions {
    let mut options = MySqlConnectOptions::new()
        .host(&section.host)
        .port(section.port.get())
        .username(&section.user)
        .database(&section.name)
        .ssl_mode(match section.tls {
            TlsMode::Disabled => MySqlSslMode::Disabled,
            TlsMode::Preferred => MySqlSslMode::Preferred,
            TlsMode::Required => MySqlSslMode::Required,
            TlsMode::VerifyCa => MySqlSslMode::VerifyCa,
            TlsMode::VerifyIdentity => MySqlSslMode::VerifyIdentity,
        })
        // The library would read moments as UTC, and take || for concatenation.
        .timezone(None)
        .pipes_as_concat(false)
        .no_engine_substitution(false);
    if let Some(password) = password {
        options = options.password(password.reveal());
    }
    if let Some(socket) = &section.socket {
        options = options.socket(socket);
    }
    if let Some(cacert) = &section.cacert {
        options = options.ssl_ca(folder.join(cacert));
    }
    options.disable_statement_logging()
}

async fn read(connection: &mut MySqlConnection, query: &Query) -> Result<Vec<Row>, Error> {
    // Names in it come from the server's own catalogue; values are bound.
    let mut statement = prepared(AssertSqlSafe(query.sql.as_str()));
    for value in &query.values {
        statement = match value {
            Value::Whole(number) => statement.bind(*number),
            Value::Text(text) => statement.bind(text.as_str()),
        };
    }
    let mut answers = statement.fetch(connection);
    let mut rows = Vec::new();
    while let Some(answer) = answers.try_next().await? {
        rows.push((0..answer.len()).map(|at| text(&answer, at)).collect::<Result<Row, Error>>()?);
    }
    Ok(rows)
}

/// A value as text. Whole numbers come as such, in binary; everything else is asked for as text.
fn text(row: &MySqlRow, at: usize) -> Result<Option<String>, Error> {
    let kind = row.column(at).type_info().name();
    if kind.contains("INT") && kind.contains("UNSIGNED") {
        let number: Option<u64> = row.try_get(at)?;
        return Ok(number.map(|number| number.to_string()));
    }
    if kind.contains("INT") {
        let number: Option<i64> = row.try_get(at)?;
        return Ok(number.map(|number| number.to_string()));
    }
    // Unchecked: a text in the binary collation is a text too.
    row.try_get_unchecked(at)
}

/// The statement that sets a time zone; `None` where it holds what no zone's name does.
fn time_zone(zone: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-:/_".contains(c);
    (!zone.is_empty() && zone.chars().all(is_plain)).then(|| format!("SET SESSION time_zone = '{zone}'"))
}

/// MariaDB ends a statement with 1969, MySQL with 3024; both share their state with other interruptions.
fn is_timeout(code: Option<&str>, message: &str) -> bool {
    code == Some("70100")
        || message.contains("max_statement_time")
        || message.contains("maximum statement execution time")
}

/// What the server or the system said, without what the library says around it.
fn words(error: &Error) -> String {
    match error {
        Error::Database(said) => said.message().to_owned(),
        Error::Io(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_a_plain_name() {
        assert_eq!(time_zone("+08:00").as_deref(), Some("SET SESSION time_zone = '+08:00'"));
        for zone in ["", "'; DROP TABLE t; --", "+08:00'"] {
            assert_eq!(time_zone(zone), None, "{zone}");
        }
    }

    #[test]
    fn a_server_that_is_not_there_is_unreachable_and_the_password_stays_out_of_it() {
        let environment = [("PW".to_owned(), "s3cret".to_owned())].into_iter().collect();
        let section: DatabaseSection =
            toml::from_str("port = 1\npassword = { env = \"PW\" }\nconnect_timeout = \"2s\"").unwrap();
        let password = section.secret(Path::new("."), &environment).unwrap();
        let mut server = Server::new(&section, Path::new("."), password.as_ref()).unwrap();
        let error = server.rows(&Query::new("SELECT 1")).unwrap_err();
        assert!(
            matches!(&error, StoreError::Unreachable { place, .. } if place == "ioedream at 127.0.0.1:1"),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}
