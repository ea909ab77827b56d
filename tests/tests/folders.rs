//! Folders that cannot be written to, or are somebody else's: what is said, and that a token is served all the same.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hallpass_conformance::fleet::{Fleet, PASSWORD, Said, client, login, names, rotating};
use hallpass_store::{File, Store};
use hallpass_testserver::TestServer;
use tempfile::TempDir;

const FLEET: &str = env!("CARGO_BIN_EXE_fleet");

/// Somebody who may not do everything, as root may.
const NOBODY: u32 = 65534;

struct World {
    server: TestServer,
    home: TempDir,
}

impl World {
    fn new() -> Self {
        let server = TestServer::builder().provider(rotating(Duration::from_hours(1))).start().expect("a server");
        let home = tempfile::tempdir().expect("a folder");
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
        Self { server, home }
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("tokens")
    }

    /// The store as it is before: with a record that holds a refresh token.
    fn prepare(&self) {
        client(login(&self.server.origin(), PASSWORD, File::new(self.folder()))).token().expect("a first login");
    }

    /// The worker, where every user may run it.
    fn program(&self) -> PathBuf {
        let program = self.home.path().join("fleet");
        // By another process: no child that starts meanwhile has the copy open for writing, which nobody could run then.
        let copied = Command::new("cp").args([Path::new(FLEET), &program]).status();
        assert!(copied.expect("cp is there").success(), "room for a copy");
        // Whatever the umask is that it was built with.
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
        program
    }

    fn fleet(&self, program: &Path) -> Fleet {
        Fleet::new(program, &self.folder(), &self.server.origin()).expect("a pipe")
    }

    fn presented(&self) -> usize {
        self.server.with_provider(|provider| provider.all_presented().count())
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Gives `path` and what is in it to a user who may not do everything, if this one may.
fn give(path: &Path) {
    if is_root() {
        let entries = fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path());
        for path in entries.chain([path.to_owned()]) {
            chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
        }
    }
}

fn unprivileged(command: &mut Command) {
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
}

/// What was said last.
fn last(fleet: &Fleet) -> Said {
    std::iter::repeat_with(|| fleet.next()).find(|said| said.what != "locked").expect("endless")
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let world = World::new();
    world.prepare();
    give(&world.folder());
    // Whoever is not root has root's folders.
    let folder = if is_root() { world.folder() } else { PathBuf::from("/usr") };
    let config = login(&world.server.origin(), PASSWORD, File::new(&folder));
    let key = config.as_ref().expect("a good URL").dialect().key();
    for error in [
        File::new(&folder).peek(&key).expect_err("it is another user's"),
        File::new(&folder).try_lock(&key, Duration::from_secs(30)).map(drop).expect_err("it is another user's"),
    ] {
        assert!(error.why.contains("it belongs to user"), "{error}");
        assert!(error.why.contains("run as its owner, or name another folder"), "{error}");
    }
    let grant = client(config).token().expect("a token in spite of the store");
    assert!(grant.is_unsaved());
}

/// Invariant 20.
#[test]
fn a_folder_that_cannot_be_written_to_costs_no_refresh_token() {
    let world = World::new();
    world.prepare();
    give(&world.folder());
    fs::set_permissions(world.folder(), fs::Permissions::from_mode(0o500)).expect("it is ours");
    let fleet = world.fleet(&world.program());
    // What is there is read all the same, and what is new is served unsaved.
    let mut worker = fleet.start("force", unprivileged).expect("a process");
    assert!(worker.wait().expect("a child").success());
    let said = last(&fleet);
    assert!(said.what == "token" && said.rest.ends_with(" unsaved"), "{said:?}");
    assert_eq!(world.presented(), 0, "a refresh token was spent that could not be marked");
    assert_eq!(names(&world.folder()), [".lock", ".v1"]);
}

#[test]
fn a_folder_that_cannot_be_made_costs_no_token() {
    let world = World::new();
    let fleet = world.fleet(&world.program());
    let mut worker = fleet.start("once", unprivileged).expect("a process");
    fs::set_permissions(world.home.path(), fs::Permissions::from_mode(0o555)).expect("it is ours");
    let store = File::new("/proc/no-such-folder");
    let key = login(&world.server.origin(), PASSWORD, store.clone()).expect("a good URL").dialect().key();
    let error = store.try_lock(&key, Duration::from_secs(30)).map(drop).expect_err("nobody can make it");
    assert!(error.why.starts_with("cannot make the folder /proc/no-such-folder"), "{error}");
    worker.go();
    assert!(worker.wait().expect("a child").success());
    assert_eq!(fleet.next().what, "ready");
    let said = last(&fleet);
    assert!(said.what == "token" && said.rest.ends_with(" unsaved"), "{said:?}");
}

/// No byte can be written, as on a full disk. Invariants 16 and 20.
#[test]
fn a_full_disk_leaves_the_old_record_whole_and_costs_no_refresh_token() {
    let world = World::new();
    world.prepare();
    let before = names(&world.folder());
    let fleet = world.fleet(Path::new(FLEET));
    let full = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"];
    let mut worker = fleet.start_through(&full, "force").expect("a process");
    assert!(worker.wait().expect("a child").success());
    let said = last(&fleet);
    assert!(said.what == "token" && said.rest.ends_with(" unsaved"), "{said:?}");
    assert_eq!(world.presented(), 0, "a refresh token was spent that could not be marked");
    assert_eq!(names(&world.folder()), before, "nothing is left of the save");
    let next = client(login(&world.server.origin(), PASSWORD, File::new(world.folder())));
    next.force_refresh().expect("room again");
    assert_eq!(world.presented(), 1);
}
