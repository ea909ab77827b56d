//! A real Redis, with a port, a socket and a folder of its own.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::error::StartError;
use crate::nobody::Nobody;
use crate::tls::Certificate;

const PROGRAM: &str = "redis-server";
const READY: &str = "Ready to accept connections";
/// Somebody else may take the port before the server does.
const TRIES: usize = 5;

/// The system's `redis-server`, run for one test. It keeps nothing on disk unless told to, listens on a free port of
/// 127.0.0.1 and on a socket, and is killed when it is dropped.
///
/// ```
/// use hallpass_testserver::redis::RedisServer;
///
/// let mut server = RedisServer::start()?;
/// server.command("SET greeting hello")?;
/// assert_eq!(server.command("DBSIZE")?, ":1");
/// server.kill();
/// server.restart()?;
/// assert_eq!(server.command("DBSIZE")?, ":0", "nothing was kept");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RedisServer {
    builder: Builder,
    folder: TempDir,
    address: SocketAddr,
    child: Option<Child>,
    /// Holds the port while there is none.
    nobody: Option<Nobody>,
}

/// The settings of a [`RedisServer`], from [`RedisServer::builder`].
#[derive(Debug, Clone, Default)]
#[must_use = "a builder starts nothing until `start`"]
pub struct Builder {
    settings: Vec<(String, String)>,
    tls: Option<Certificate>,
}

impl RedisServer {
    /// Starts a server that asks for no password.
    pub fn start() -> Result<Self, StartError> {
        Self::builder().start()
    }

    /// A server with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, without credentials: `redis://127.0.0.1:49152`, or `rediss://…`.
    pub fn url(&self) -> String {
        let scheme = if self.builder.tls.is_some() { "rediss" } else { "redis" };
        format!("{scheme}://{}", self.address)
    }

    /// The path of its socket, which knows no TLS.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Sends one command, its words separated by blanks, and returns the first line of the reply, such as `+OK`.
    pub fn command(&self, line: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(self.socket())?;
        stream.write_all(format!("{line}\r\n").as_bytes())?;
        let mut reply = String::new();
        BufReader::new(stream).read_line(&mut reply)?;
        Ok(reply.trim_end().to_owned())
    }

    /// Kills it, so that it has no time to tell anybody. Its port stays as it was.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
            self.nobody = Nobody::in_place_of(self.address).ok();
        }
    }

    /// Starts it again where it was, with what it has kept.
    pub fn restart(&mut self) -> Result<(), StartError> {
        self.kill();
        // Linux lets it listen at a port that is held.
        let _nobody = self.nobody.take().filter(|_| cfg!(target_os = "linux"));
        self.child = Some(self.builder.spawn(&self.folder, self.address.port())?);
        Ok(())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Builder {
    /// A line of the server's configuration, such as `requirepass` and a password.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes TLS with this certificate, and nothing else, on the port.
    pub fn tls(self, certificate: Certificate) -> Self {
        Self { tls: Some(certificate), ..self }
    }

    /// Starts the server. It accepts connections when this returns.
    pub fn start(self) -> Result<RedisServer, StartError> {
        let folder = TempDir::with_prefix("hallpass-redis-").map_err(StartError::Folder)?;
        let mut tries = 1..=TRIES;
        loop {
            let address = free()?;
            match self.spawn(&folder, address.port()) {
                Err(StartError::Ended { .. }) if tries.next().is_some() => {}
                child => return Ok(RedisServer { child: Some(child?), builder: self, folder, address, nobody: None }),
            }
        }
    }

    fn spawn(&self, folder: &TempDir, port: u16) -> Result<Child, StartError> {
        let file = folder.path().join("redis.conf");
        // In a file, since it may have passwords in it.
        fs::write(&file, self.configuration(folder, port).map_err(StartError::Folder)?).map_err(StartError::Folder)?;
        let mut command = Command::new(PROGRAM);
        command.arg(file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|source| StartError::Program {
            program: PROGRAM,
            install: "apt-get install redis-server",
            source,
        })?;
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        let mut said = Vec::new();
        while let Some(line) = lines.next() {
            if line.contains(READY) {
                // A pipe that nobody reads would stop it.
                thread::spawn(move || lines.count());
                return Ok(child);
            }
            said.push(line);
        }
        let _ = child.wait();
        Err(StartError::Ended { program: PROGRAM, said: said.join("\n") })
    }

    fn configuration(&self, folder: &TempDir, port: u16) -> io::Result<String> {
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut lines = vec![
            ("bind", "127.0.0.1".to_owned()),
            ("dir", path("")),
            ("unixsocket", path("socket")),
            ("save", "\"\"".to_owned()),
            (if self.tls.is_some() { "tls-port" } else { "port" }, port.to_string()),
        ];
        if let Some(certificate) = &self.tls {
            fs::write(path("certificate"), certificate.pem())?;
            fs::write(path("key"), certificate.key_pem())?;
            lines.push(("port", "0".into()));
            lines.push(("tls-cert-file", path("certificate")));
            lines.push(("tls-key-file", path("key")));
            lines.push(("tls-auth-clients", "no".into()));
        }
        lines.extend(self.settings.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let lines = lines.into_iter().map(|(name, value)| format!("{name} {value}\n"));
        Ok(lines.collect::<Vec<_>>().concat())
    }
}

fn free() -> Result<SocketAddr, StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let free = TcpListener::bind(address).and_then(|listener| listener.local_addr());
    free.map_err(|source| StartError::Listen { address, source })
}
