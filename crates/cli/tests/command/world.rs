//! A folder with profiles, the binary run in it, and what came of that.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use hallpass_core::dialect::Key;
use hallpass_core::lifecycle::{Record, Revision};
use hallpass_profile::{Environment, Profiles};
use hallpass_store::{File, Store};
use hallpass_testkit::canary::Canaries;
use hallpass_testkit::provider::{Client, ProviderConfig, RefreshIssue, User};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Reply, ScriptServer, answers};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const CLIENT_SECRET: &str = "canary-client-secret";
pub(crate) const USER_SECRET: &str = "canary-user-secret";
pub(crate) const PASSWORD: &str = "canary-password";
pub(crate) const SECRETS: [&str; 3] = [CLIENT_SECRET, USER_SECRET, PASSWORD];
/// What records are sealed with.
pub(crate) const SEAL_KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
pub(crate) const OTHER_SEAL_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const DIALECTS: [&str; 4] = ["auth0-json", "basic-form", "user-key", "password-form"];

/// What the server knows: the secrets above.
pub(crate) fn provider() -> ProviderConfig {
    let mut config = ProviderConfig {
        clients: vec![Client::new("reports", CLIENT_SECRET)],
        users: vec![User { username: "alice".into(), password: PASSWORD.into() }],
        audiences: vec!["stats".into()],
        ..ProviderConfig::default()
    };
    config.basic_form.refresh_token = RefreshIssue::Always;
    config
}

pub(crate) fn server() -> TestServer {
    TestServer::builder().provider(provider()).start().expect("a server")
}

/// A profile of each dialect, named after it.
pub(crate) fn profiles(origin: &str) -> String {
    let common = |path: &str| format!("api_url = '{origin}/'\ncheck_path = '{path}/data'\n");
    format!(
        "[profiles.auth0-json]\ndialect = 'auth0-json'\ntoken_url = '{origin}/oauth/token'\naudience = 'stats'\n\
         client_id = 'reports'\nclient_secret = '{CLIENT_SECRET}'\n{}\
         [profiles.basic-form]\ndialect = 'basic-form'\ntoken_url = '{origin}/oauth/v2/token'\n\
         client_id = 'reports'\nclient_secret = '{CLIENT_SECRET}'\n{}\
         [profiles.user-key]\ndialect = 'user-key'\nbase_url = '{origin}/'\nuser_id = 'alice'\n\
         user_secret = '{USER_SECRET}'\n{}\
         [profiles.password-form]\ndialect = 'password-form'\ntoken_url = '{origin}/authorization'\n\
         username = 'alice'\npassword = '{PASSWORD}'\n{}",
        common("auth0-json"),
        common("basic-form"),
        common("user-key"),
        common("password-form"),
    )
}

/// A basic-form profile named `x` whose token comes from `origin`, and its API too.
pub(crate) fn profile(origin: &str, more: &str) -> String {
    format!(
        "[profiles.x]\ndialect = 'basic-form'\ntoken_url = '{origin}/oauth/v2/token'\nclient_id = 'reports'\n\
         client_secret = '{CLIENT_SECRET}'\n{more}\n"
    )
}

/// A good token endpoint, and an API that says one thing, to the second token too if it refuses the first.
pub(crate) fn says(reply: &Reply) -> ScriptServer {
    let token = |token: &str| answers([Reply::json(200, &format!(r#"{{"access_token":"{token}"}}"#))]);
    let api = || answers([reply.clone()]);
    let builder = ScriptServer::builder().connection(token("canary-token")).connection(api());
    builder.connection(token("canary-second-token")).connection(api()).start().expect("a server")
}

/// Waits for what is sure to come.
#[track_caller]
pub(crate) fn until(mut come: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !come() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it should have come by now");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A folder of one's own, with `hallpass.toml` in it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new(profiles: &str) -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        home.write("hallpass.toml", profiles.as_bytes());
        home
    }

    /// The same with the profiles in the user's own file, where helpers find them too.
    pub(crate) fn own(profiles: &str) -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(home.path("hallpass")).expect("a folder");
        home.write("hallpass/hallpass.toml", profiles.as_bytes());
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("a file");
        // Whatever the umask is, a profile that others may write is refused.
        #[cfg(unix)]
        fs::set_permissions(self.path(name), std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("it is ours");
    }

    /// The binary with this folder as its own, and nothing of the user's configuration.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.run_as(Command::new(env!("CARGO_BIN_EXE_hallpass")), args)
    }

    /// The same, deaf to no signal, even where the tests are (under `nohup`, say).
    pub(crate) fn hearing(&self, args: &[&str]) -> Command {
        let mut env = Command::new("env");
        env.args(["--default-signal", env!("CARGO_BIN_EXE_hallpass")]);
        self.run_as(env, args)
    }

    /// Another program in the same place.
    pub(crate) fn run_as(&self, mut command: Command, args: &[&str]) -> Command {
        command.args(args).current_dir(self.0.path()).env("HOME", self.0.path());
        command.env("XDG_CONFIG_HOME", self.0.path()).env("XDG_STATE_HOME", self.0.path().join("state"));
        command.env_remove("HALLPASS_CONFIG").stdin(Stdio::null());
        for colours in ["CI", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(colours);
        }
        command
    }

    /// Every file, by its path from here, with what stands in it.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let (mut folders, mut files) = (vec![self.0.path().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.0.path()).expect("below it").display().to_string();
                    files.push((name, String::from_utf8_lossy(&fs::read(&path).expect("a file")).into_owned()));
                }
            }
        }
        files
    }

    /// The folder of the file store.
    pub(crate) fn store(&self) -> File {
        File::new(self.path("state/hallpass"))
    }

    /// The key that a profile's tokens are kept under.
    pub(crate) fn key(&self, name: &str) -> Key {
        let path = self.path("hallpass.toml");
        let profiles = Profiles::find_in(Environment::empty(), Some(&path)).expect("profiles");
        let config = profiles.get(name).and_then(|profile| profile.records_on(self.store()));
        config.expect("a good profile").dialect().key()
    }

    /// Changes what is kept of a login, as another process might.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Record)) {
        let lock = self.store().try_lock(&self.key(name), Duration::from_secs(30)).expect("it works");
        let mut lock = lock.expect("nobody else is here");
        let mut record = lock.found().expect("something is kept").record.clone();
        record.revision = Revision(record.revision.0.wrapping_add(1));
        change(&mut record);
        lock.save(&record).expect("it works");
    }

    /// Makes the token that is kept older.
    pub(crate) fn age(&self, name: &str, by: Duration) {
        self.change(name, |record| record.grant.as_mut().expect("a token is kept").issued -= by);
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("the binary runs"))
    }

    pub(crate) fn run_with_stdin(&self, args: &[&str], stdin: &[u8]) -> Ran {
        let mut command = self.command(args);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("the binary runs");
        // It may refuse before it has read.
        let _ = child.stdin.take().expect("piped").write_all(stdin);
        Ran::of(child.wait_with_output().expect("it ends"))
    }
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().expect("it ended by itself");
        Self { code, out: text(&output.stdout), err: text(&output.stderr), bytes: output.stdout }
    }

    /// Fine: this on stdout, and nothing but notes of `hallpass:` on stderr.
    #[track_caller]
    pub(crate) fn fine(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        assert!(self.err.lines().all(|line| line.starts_with("hallpass: ")), "{self:?}");
        self
    }

    /// The one JSON object that `--errors json` promises, and nothing else.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        assert!(self.err.ends_with('\n') && self.err.lines().count() == 1, "one line: {self:?}");
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn hides(&self, secrets: &[&str]) {
        let canaries = Canaries::new(secrets.iter().copied());
        canaries.assert_unseen("stdout", &self.out);
        canaries.assert_unseen("stderr", &self.err);
    }
}
