//! A MariaDB server of a test's own: a private folder, a private socket, a port of the kernel's.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tollgate::acceptance::store::{Query, Store};
use tollgate::scenario::acceptance::DatabaseSection;
use tollgate::scenario::secret::{Environment, Secret};

/// How long a server may take to answer, or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// Who administers the server, over its socket.
const ADMIN: &str = "tollgate_admin";

/// A running server. Dropping it ends it, by its own id.
pub struct MariaDb {
    child: Child,
    folder: tempfile::TempDir,
    pub port: u16,
}

impl MariaDb {
    /// Starts a server with `options` beside its own.
    #[allow(clippy::disallowed_methods, reason = "a deadline for another process")]
    pub fn start(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("tollgate-db-").tempdir().unwrap();
        let data = folder.path().join("data");
        // Who it runs as: it refuses root unless it is told so.
        let owner = format!("--user={}", String::from_utf8_lossy(&finished(Command::new("id").arg("-un"))).trim());
        let data_option = format!("--datadir={}", data.display());
        // Of its own: a server that starts clears the temporary tables of its folder, whoever they belong to.
        let temporary = folder.path().join("tmp");
        std::fs::create_dir(&temporary).unwrap();
        let mut install = Command::new("mariadb-install-db");
        install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        finished(install.args([&data_option, &owner]).env("TMPDIR", &temporary));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let socket = format!("--socket={}", folder.path().join("db.sock").display());
        let init = folder.path().join("init.sql");
        let grant = format!(
            "CREATE USER {ADMIN}@localhost IDENTIFIED BY 'admin-secret';\nGRANT ALL ON *.* TO {ADMIN}@localhost WITH GRANT OPTION;\nCREATE DATABASE ioedream CHARACTER SET utf8mb4;\n"
        );
        std::fs::write(&init, grant).unwrap();
        let mut command = Command::new("mariadbd");
        command.env("TMPDIR", &temporary);
        command.args(["--no-defaults", &data_option, &socket, &owner, "--bind-address=127.0.0.1"]);
        command.arg(format!("--port={port}")).arg(format!("--init-file={}", init.display()));
        command.arg(format!("--pid-file={}", folder.path().join("db.pid").display()));
        command
            .args(["--innodb-buffer-pool-size=64M", "--performance-schema=OFF", "--skip-name-resolve"])
            .args(options);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = command.stderr(log).spawn().expect("mariadbd is not installed: apt-get install mariadb-server");
        let mut server = Self { child, folder, port };
        let deadline = Instant::now() + PATIENCE;
        while server.opened(&server.section()).is_err() {
            let log = || std::fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
            assert!(server.child.try_wait().unwrap().is_none(), "it ended: {}", log());
            assert!(Instant::now() < deadline, "it did not answer: {}", log());
            std::thread::yield_now();
        }
        server
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("db.sock")
    }

    /// How the administrator connects: over the socket.
    pub fn section(&self) -> DatabaseSection {
        DatabaseSection { socket: Some(self.socket()), ..self.section_of(ADMIN) }
    }

    /// How `user` connects: over the port.
    pub fn section_of(&self, user: &str) -> DatabaseSection {
        toml::from_str(&format!("port = {}\nuser = \"{user}\"\ntls = \"disabled\"", self.port)).unwrap()
    }

    fn opened(&self, section: &DatabaseSection) -> Result<Store, tollgate::acceptance::store::StoreError> {
        Store::open(section, Path::new("."), Some(&secret("admin-secret")))
    }

    /// A store that may do everything, and reads only.
    pub fn store(&self) -> Store {
        self.opened(&self.section()).unwrap()
    }

    /// Writes, as the service would: through a client that is not Tollgate's.
    pub fn write(&self, sql: &str) {
        let mut client = Command::new("mariadb");
        client.args(["--no-defaults", "--user", ADMIN, "--password=admin-secret", "ioedream"]);
        client.arg(format!("--socket={}", self.socket().display())).arg("--execute").arg(sql);
        let output = client.output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The server's process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        // Its data is thrown away with its folder: there is nothing to be flushed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A secret, as a file of secrets would give it.
pub fn secret(value: &str) -> Secret {
    let environment: Environment = [("PW".to_owned(), value.to_owned())].into_iter().collect();
    let section: DatabaseSection = toml::from_str("password = { env = \"PW\" }").unwrap();
    section.secret(Path::new("."), &environment).unwrap().unwrap()
}

/// The first value of a query.
pub fn value(store: &mut Store, sql: &str) -> Option<String> {
    store.rows(&Query::new(sql)).unwrap().into_iter().next().and_then(|row| row.into_iter().next()).flatten()
}

/// What a program printed that ended well.
fn finished(command: &mut Command) -> Vec<u8> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; apt-get install mariadb-server"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
