//! A real Secret Service, on a bus and with a home of its own.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::error::StartError;

const DAEMON: &str = "gnome-keyring-daemon";
const INSTALL: &str = "apt-get install dbus-daemon gnome-keyring libsecret-tools";

/// GNOME's keyring, run for one test; it is killed when it is dropped.
///
/// ```
/// use hallpass_testserver::keyring::Keyring;
///
/// let keyring = Keyring::unlocked()?;
/// keyring.put("ducky", "my-client", "s3cret")?;
/// assert_eq!(keyring.get("ducky", "my-client")?, "s3cret");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Keyring {
    home: TempDir,
    address: String,
    running: Vec<Child>,
}

impl Keyring {
    /// One whose collection is open.
    pub fn unlocked() -> Result<Self, StartError> {
        let mut keyring = Self::bus()?;
        keyring.daemon(true)?;
        Ok(keyring)
    }

    /// One whose collection is locked, with nobody there to ask for its password.
    pub fn locked() -> Result<Self, StartError> {
        let mut keyring = Self::unlocked()?;
        // A collection is made at the first unlocking, and is found locked by the next daemon.
        keyring.stop_daemon();
        keyring.daemon(false)?;
        Ok(keyring)
    }

    /// A bus on which no keyring is.
    pub fn none() -> Result<Self, StartError> {
        Self::bus()
    }

    /// Lets a program find this keyring, and this home.
    pub fn meet<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let home = self.home.path();
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address).env("HOME", home).env("XDG_RUNTIME_DIR", home);
        for (name, folder) in [("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state"), ("XDG_CACHE_HOME", "cache")] {
            command.env(name, home.join(folder));
        }
        command
    }

    /// Where programs that [`meet`](Self::meet) it keep what is theirs.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Puts a text there, as somebody at a shell would.
    ///
    /// # Panics
    ///
    /// Never: the pipe is its own.
    pub fn put(&self, service: &str, account: &str, secret: &str) -> io::Result<()> {
        let mut command = Command::new("secret-tool");
        command.args(["store", "--label=test", "service", service, "username", account]);
        let mut child = self.meet(&mut command).stdin(Stdio::piped()).spawn().map_err(no_tool)?;
        child.stdin.take().expect("it is piped").write_all(secret.as_bytes())?;
        let ended = child.wait()?;
        if ended.success() { Ok(()) } else { Err(io::Error::other(format!("secret-tool: {ended}"))) }
    }

    /// Reads a text; an empty one if there is none.
    pub fn get(&self, service: &str, account: &str) -> io::Result<String> {
        let mut command = Command::new("secret-tool");
        command.args(["lookup", "service", service, "username", account]);
        let output = self.meet(&mut command).output().map_err(no_tool)?;
        String::from_utf8(output.stdout).map_err(io::Error::other)
    }

    fn bus() -> Result<Self, StartError> {
        let home = TempDir::with_prefix("hallpass-keyring-").map_err(StartError::Folder)?;
        // Nothing is started on this bus but what is started here: the system's own services stay away.
        let config = home.path().join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:path={}/bus</listen><policy context='default'>\
             <allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/><allow own='*'/></policy></busconfig>",
            home.path().display()
        );
        fs::write(&config, text).map_err(StartError::Folder)?;
        let mut command = Command::new("dbus-daemon");
        command.arg("--config-file").arg(&config).args(["--nofork", "--print-address"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(missing("dbus-daemon"))?;
        let mut address = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        let read = BufReader::new(stdout).read_line(&mut address);
        let keyring = Self { home, address: address.trim().to_owned(), running: vec![child] };
        match read {
            Ok(length) if length > 0 => Ok(keyring),
            _ => Err(StartError::Ended { program: "dbus-daemon", said: String::new() }),
        }
    }

    fn daemon(&mut self, unlock: bool) -> Result<(), StartError> {
        let mut command = Command::new(DAEMON);
        command.args(["--foreground", "--components=secrets"]);
        if unlock {
            command.arg("--unlock");
        }
        let piped = self.meet(&mut command).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = piped.spawn().map_err(missing(DAEMON))?;
        let written = child.stdin.take().expect("it is piped").write_all(b"test");
        // Once it can be asked it says where its sockets are, or closes its output without a word and lives on.
        let stdout = child.stdout.take().expect("it is piped");
        let mut said = String::new();
        let read = BufReader::new(stdout).read_line(&mut said);
        self.running.push(child);
        written.and(read).map_err(missing(DAEMON)).map(drop)
    }

    /// Stops the keyring where it is: it answers nobody, and nobody is told.
    pub fn freeze(&self) -> io::Result<()> {
        let daemon = self.running.last().map_or(0, Child::id).to_string();
        let ended = Command::new("kill").args(["-STOP", &daemon]).status()?;
        if ended.success() { Ok(()) } else { Err(io::Error::other(format!("kill: {ended}"))) }
    }

    fn stop_daemon(&mut self) {
        if let Some(mut daemon) = self.running.pop() {
            end(&mut daemon);
        }
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        self.running.iter_mut().rev().for_each(end);
    }
}

fn end(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

fn missing(program: &'static str) -> impl Fn(io::Error) -> StartError {
    move |source| StartError::Program { program, install: INSTALL, source }
}

fn no_tool(why: io::Error) -> io::Error {
    io::Error::other(missing("secret-tool")(why))
}
