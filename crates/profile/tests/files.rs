//! Where the file is found, and what it refers to.

mod common;

use std::path::Path;

use common::text;
use hallpass_core::{Secret, secret};
use hallpass_profile::{Environment, ProfileError, Profiles};
use tempfile::TempDir;

struct World {
    root: TempDir,
}

impl World {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        for folder in ["work", "config/hallpass", "other"] {
            std::fs::create_dir_all(root.path().join(folder)).expect("a folder");
        }
        Self { root }
    }

    fn environment(&self) -> Environment {
        Environment::empty().folders(self.root.path().join("work"), self.root.path().join("config"))
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.root.path().join(path), bytes).expect("written");
        // Whatever the umask is, a profile that others may write is refused.
        #[cfg(unix)]
        self.chmod(path, 0o644);
        self
    }

    #[cfg(unix)]
    fn chmod(&self, path: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;

        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.root.path().join(path), permissions).expect("permissions");
    }

    fn find(&self, environment: Environment, explicit: Option<&str>) -> Result<Profiles, ProfileError> {
        let explicit = explicit.map(|path| self.root.path().join(path));
        Profiles::find_in(environment, explicit.as_deref())
    }

    fn relative<'p>(&self, path: &'p Path) -> &'p str {
        path.strip_prefix(self.root.path()).expect("inside").to_str().expect("text")
    }

    /// What asking for the client secret of a profile in `work` gives.
    fn secret(&self, source: &str) -> Result<Secret, String> {
        self.write("work/hallpass.toml", text("basic-form", "").replace("{ env = 'SECRET' }", source));
        let profile = self.find(self.environment(), None).and_then(|profiles| profiles.get("x")).expect("a profile");
        let config = profile.config().expect("a configuration");
        config.secret_source().secret(secret::CLIENT_SECRET).map_err(|why| why.to_string())
    }
}

#[test]
fn the_first_place_that_has_a_file_counts() {
    let world = World::new();
    let named = world.environment().set("HALLPASS_CONFIG", world.root.path().join("other/named.toml"));
    world.write("config/hallpass/hallpass.toml", "");
    let found = |environment, explicit| {
        let found = world.find(environment, explicit).expect("found");
        world.relative(found.path()).to_owned()
    };
    assert_eq!(found(world.environment(), None), "config/hallpass/hallpass.toml");
    world.write("work/hallpass.toml", "").write("other/named.toml", "").write("other/given.toml", "");
    assert_eq!(found(world.environment(), None), "work/hallpass.toml");
    assert_eq!(found(world.environment().set("HALLPASS_CONFIG", ""), None), "work/hallpass.toml");
    assert_eq!(found(named.clone(), None), "other/named.toml");
    assert_eq!(found(named, Some("other/given.toml")), "other/given.toml");
}

#[test]
fn where_nothing_is_every_place_is_told() {
    let world = World::new();
    let error = world.find(world.environment(), None).expect_err("nothing there");
    let ProfileError::NotFound { looked } = &error else { panic!("{error:?}") };
    let looked: Vec<_> = looked.iter().map(|path| world.relative(path)).collect();
    assert_eq!(looked, ["work/hallpass.toml", "config/hallpass/hallpass.toml"]);
    assert!(error.to_string().ends_with("write one there, or name another with --config or HALLPASS_CONFIG"));

    world.write("work/hallpass.toml", "");
    for (variable, explicit) in [("other/none.toml", None), ("work/hallpass.toml", Some("other/none.toml"))] {
        let environment = world.environment().set("HALLPASS_CONFIG", world.root.path().join(variable));
        let error = world.find(environment, explicit).expect_err("what was named is not there");
        let ProfileError::NotFound { looked } = &error else { panic!("{error:?}") };
        assert_eq!(looked.iter().map(|path| world.relative(path)).collect::<Vec<_>>(), ["other/none.toml"]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_not_passed_over() {
    let world = World::new();
    world.write("config/hallpass/hallpass.toml", "");
    for bytes in [b"\xff\xfe".to_vec(), vec![b'#'; 1024 * 1024 + 1]] {
        world.write("work/hallpass.toml", bytes);
        let error = world.find(world.environment(), None).expect_err("no profile file");
        assert!(matches!(error, ProfileError::Unreadable { .. }), "{error:?}");
    }
    let error = world.find(world.environment(), Some("other")).expect_err("a folder");
    assert!(matches!(error, ProfileError::Unreadable { .. }), "{error:?}");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    let world = World::new();
    world.write("work/hallpass.toml", format!("\u{feff}{}", text("basic-form", "").replace('\n', "\r\n")));
    let profiles = world.find(world.environment(), None).expect("a profile file");
    assert_eq!(profiles.names().collect::<Vec<_>>(), ["x"]);
}

#[test]
fn a_secret_file_lies_beside_the_profile() {
    let world = World::new();
    world.write("work/secret.txt", "canary\r\n").write("other/far.txt", "far").write("work/empty", "\n");
    assert_eq!(world.secret("{ file = 'secret.txt' }").expect("there").expose(), "canary");
    assert_eq!(world.secret("{ file = '../other/far.txt' }").expect("there").expose(), "far");
    let absolute = world.root.path().join("other/far.txt");
    assert_eq!(world.secret(&format!("{{ file = '{}' }}", absolute.display())).expect("there").expose(), "far");

    let missing = world.secret("{ file = 'lost.txt' }").expect_err("not there");
    assert!(missing.contains("hallpass.toml:5: profile `x`: the file named there does not exist"), "{missing}");
    assert!(missing.contains(&world.root.path().join("work").display().to_string()), "{missing}");
    assert!(world.secret("{ file = 'empty' }").expect_err("empty").contains("gives nothing"));
    assert!(world.secret("{ file = '.' }").expect_err("a folder").contains("cannot"));
}

#[test]
fn a_secret_is_asked_for_anew_each_time() {
    let world = World::new();
    world.write("work/secret.txt", "old").write("work/hallpass.toml", {
        text("basic-form", "").replace("{ env = 'SECRET' }", "{ file = 'secret.txt' }")
    });
    let profile = world.find(world.environment(), None).and_then(|profiles| profiles.get("x")).expect("a profile");
    let config = profile.config().expect("a configuration");
    let ask = || config.secret_source().secret(secret::CLIENT_SECRET).expect("a secret").expose().to_owned();
    assert_eq!(ask(), "old");
    world.write("work/secret.txt", "new");
    assert_eq!(ask(), "new");
}

#[test]
fn a_ca_file_lies_beside_the_profile_and_must_be_one() {
    let world = World::new();
    world.write("work/hallpass.toml", text("basic-form", "ca_file = 'ca.pem'"));
    let profile = world.find(world.environment(), None).and_then(|profiles| profiles.get("x")).expect("a profile");
    let missing = profile.config().map(drop).expect_err("not there").to_string();
    assert!(
        missing.contains("hallpass.toml:6: profile `x`: `ca_file`: the file named there does not exist"),
        "{missing}"
    );
    world.write("work/ca.pem", "no certificate");
    let wrong = profile.config().map(drop).expect_err("no certificate").to_string();
    assert!(wrong.contains("ca.pem: CA certificates: there is no certificate in it"), "{wrong}");
}

#[cfg(unix)]
#[test]
fn secrets_that_others_may_read_are_warned_of() {
    let world = World::new();
    let warnings = |dialect, more: &str| {
        std::fs::write(world.root.path().join("work/hallpass.toml"), text(dialect, more)).expect("written");
        let profile = world.find(world.environment(), None).and_then(|profiles| profiles.get("x")).expect("a profile");
        profile.warnings().iter().map(|warning| (warning.line, warning.message.clone())).collect::<Vec<_>>()
    };
    world.write("work/hallpass.toml", "").write("work/key", "k");
    for (mode, count) in [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)] {
        world.chmod("work/key", mode);
        world.chmod("work/hallpass.toml", 0o600);
        assert_eq!(warnings("user-key", "user_key = 'literal'"), []);
        let file = warnings("user-key", "user_key = { file = 'key' }");
        assert_eq!(file.len(), count, "{file:?}");
        assert!(file.iter().all(|(line, what)| *line == 6 && what.contains("work/key, which others")), "{file:?}");
        world.chmod("work/hallpass.toml", mode | 0o200);
        let literal = warnings("user-key", "user_key = 'literal'");
        assert_eq!(literal.len(), count, "{literal:?}");
        assert!(literal.iter().all(|(line, what)| *line == 6 && what.contains("chmod 600")), "{literal:?}");
        assert_eq!(warnings("user-key", "headers = { a = 'b' }"), [], "no secret stands there");
        let proxy = |who| warnings("user-key", &format!("proxy = 'http://{who}proxy.example:3128'")).len();
        assert_eq!((proxy("me:canary@"), proxy("")), (count, 0));
        let redis = |more: &str| warnings("user-key", &format!("store = {{ redis = 'rediss://h', {more} }}")).len();
        let certificate = "client_certificate = 'key'";
        assert_eq!(
            (redis(certificate), redis(&format!("{certificate}, client_key = {{ file = 'key' }}"))),
            (count, count)
        );
    }
}

#[cfg(unix)]
#[test]
fn a_command_with_a_path_begins_at_the_profiles_folder() {
    let world = World::new();
    std::os::unix::fs::symlink("/bin/echo", world.root.path().join("work/say")).expect("a link");
    assert_eq!(world.secret("{ command = ['./say', 'a', 'b'] }").expect("runs").expose(), "a b");
    assert_eq!(world.secret("{ command = ['echo', 'c'] }").expect("runs").expose(), "c");
    let error = world.secret("{ command = ['./lost'] }").expect_err("not there");
    assert!(error.contains("profile `x`: the program `./lost` was not found"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_write_counts_only_if_it_was_named() {
    let world = World::new();
    world.write("work/hallpass.toml", text("basic-form", "")).write("config/hallpass/hallpass.toml", "");
    for mode in [0o664, 0o646, 0o666, 0o620] {
        world.chmod("work/hallpass.toml", mode);
        world.chmod("config/hallpass/hallpass.toml", mode);
        let error = world.find(world.environment(), None).expect_err("anybody's file");
        assert!(matches!(error, ProfileError::Untrusted { .. }), "{error:?}");
        let (error, path) = (error.to_string(), world.root.path().join("work/hallpass.toml"));
        assert!(error.contains(&format!("(mode {mode:o}; chmod go-w it)")), "{error}");
        assert!(error.ends_with(&format!("name it: --config {}", path.display())), "{error}");
        assert!(world.find(world.environment(), Some("work/hallpass.toml")).is_ok());
        assert!(world.find(world.environment().set("HALLPASS_CONFIG", path), None).is_ok());
        world.chmod("work/hallpass.toml", 0o644);
        assert!(world.find(world.environment(), None).is_ok());
        std::fs::rename(world.root.path().join("work/hallpass.toml"), world.root.path().join("away")).expect("moved");
        assert!(world.find(world.environment(), None).is_ok(), "the user's own folder");
        std::fs::rename(world.root.path().join("away"), world.root.path().join("work/hallpass.toml")).expect("moved");
    }
}

/// Only root can give a file away, so elsewhere this shows nothing.
#[cfg(unix)]
#[test]
fn another_users_file_counts_only_if_it_was_named() {
    use std::os::unix::fs::{chown, lchown, symlink};

    let world = World::new();
    let (file, mine) = (world.root.path().join("work/hallpass.toml"), world.root.path().join("other/mine.toml"));
    world.write("work/hallpass.toml", "").write("other/mine.toml", "");
    if chown(&file, Some(4321), None).is_err() {
        return;
    }
    let error = || world.find(world.environment(), None).expect_err("another's file").to_string();
    assert!(error().contains("belongs to another user (uid 4321)"), "{}", error());
    assert!(world.find(world.environment(), Some("work/hallpass.toml")).is_ok());

    std::fs::remove_file(&file).and_then(|()| symlink(&mine, &file)).expect("a link");
    assert!(world.find(world.environment(), None).is_ok());
    lchown(&file, Some(4321), None).expect("given away");
    assert!(error().contains("belongs to another user (uid 4321)"), "{}", error());
}

#[cfg(unix)]
fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo").success());
}

/// Each of these would wait for ever.
#[cfg(unix)]
#[test]
fn nothing_waits_for_a_pipe() {
    let world = World::new();
    pipe(&world.root.path().join("work/pipe"));
    for source in ["{ file = 'pipe' }", "{ file = '/dev/zero' }"] {
        let error = world.secret(source).expect_err("no end");
        assert!(error.contains("profile `x`: cannot open ") && error.ends_with("it is not a regular file"), "{error}");
    }
    world.write("work/hallpass.toml", text("basic-form", "ca_file = 'pipe'"));
    let profile = world.find(world.environment(), None).and_then(|profiles| profiles.get("x")).expect("a profile");
    let error = profile.config().map(drop).expect_err("no end").to_string();
    assert!(error.contains("`ca_file`: cannot open ") && error.ends_with("it is not a regular file"), "{error}");

    std::fs::remove_file(world.root.path().join("work/hallpass.toml")).expect("removed");
    pipe(&world.root.path().join("work/hallpass.toml"));
    let error = world.find(world.environment(), None).expect_err("no end").to_string();
    assert!(error.ends_with("this is no profile file: it is not a regular file"), "{error}");
}

#[test]
fn a_tilde_is_the_home_folder() {
    let world = World::new();
    world.write("other/secret.txt", "canary").write("work/hallpass.toml", {
        text("basic-form", "ca_file = '~/ca.pem'").replace("{ env = 'SECRET' }", "{ file = '~/secret.txt' }")
    });
    let profile =
        |environment| world.find(environment, None).and_then(|profiles| profiles.get("x")).expect("a profile");
    let at_home = profile(world.environment().set("HOME", world.root.path().join("other")));
    let ca_file =
        |profile: &hallpass_profile::Profile| profile.config().map(drop).expect_err("no certificate").to_string();
    let below = |folder: &str| world.root.path().join(folder).display().to_string();
    assert!(ca_file(&at_home).contains(&below("other")), "{}", ca_file(&at_home));
    assert!(ca_file(&profile(world.environment())).contains(&below("work")));

    world
        .write("work/hallpass.toml", text("basic-form", "").replace("{ env = 'SECRET' }", "{ file = '~/secret.txt' }"));
    let config = profile(world.environment().set("HOME", world.root.path().join("other"))).config().expect("fine");
    assert_eq!(config.secret_source().secret(secret::CLIENT_SECRET).expect("there").expose(), "canary");
    assert!(world.secret("{ file = '~other/secret.txt' }").is_err(), "no user's name is looked up");
}
