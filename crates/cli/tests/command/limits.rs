//! Limits of the system: no thread to be had, files that may not grow, a disk that is full.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use hallpass_testserver::redis::RedisServer;
use rustix::process::Signal;

use crate::init::{basic, init};
use crate::world::{CLIENT_SECRET, Home, Ran, SECRETS, profile, server};

/// A profile `x` whose server has a name, which takes a lookup.
fn named(origin: &str, more: &str) -> String {
    profile(&origin.replace("127.0.0.1", "localhost"), &format!("allow_http = ['localhost']\n{more}"))
}

/// A process whose threads would need more memory than there can be: it gets none, as at a limit on processes, and as
/// root too.
fn without_threads(home: &Home, args: &[&str]) -> Ran {
    Ran::of(home.command(args).env("RUST_MIN_STACK", (1_u64 << 60).to_string()).output().expect("the binary runs"))
}

/// Invariants 1 and 9.
#[test]
fn a_login_needs_no_thread() {
    let server = server();
    let home = Home::new(&named(&server.origin(), ""));
    let first = without_threads(&home, &["token", "x"]).fine();
    let second = without_threads(&home, &["token", "x", "--force"]).fine();
    let third = home.run(&["token", "x", "--force"]).fine();
    assert!(first.out != second.out && second.out != third.out);
    for ran in [first, second, third] {
        assert_eq!(ran.err, "", "nothing to warn of");
    }
    let grants: Vec<_> = server.requests().iter().filter_map(|request| request.form("grant_type")).collect();
    assert_eq!(grants, ["client_credentials", "refresh_token", "refresh_token"], "none was lost");
    server.with_provider(|provider| assert!(provider.all_presented().all(|(_, times)| times == 1)));
    let doctor = without_threads(&home, &["doctor", "x"]);
    assert!(doctor.code == 0 && doctor.out.contains("  ok    dns "), "{doctor:?}");
}

#[test]
fn a_redis_with_a_name_needs_no_thread() {
    let (server, redis) = (server(), RedisServer::start().expect("a Redis"));
    let url = redis.url().replace("127.0.0.1", "localhost");
    let home = Home::new(&profile(&server.origin(), &format!("store = '{url}'")));
    let token = without_threads(&home, &["token", "x"]).fine();
    assert_eq!((token.err.as_str(), home.run(&["token", "x"]).fine().out), ("", token.out));
}

#[test]
fn what_does_need_a_thread_says_so() {
    let server = server();
    let command =
        profile(&server.origin(), "").replace(&format!("'{CLIENT_SECRET}'"), "{ command = ['cat', 'secret'] }");
    let home = Home::new(&command);
    home.write("secret", CLIENT_SECRET.as_bytes());
    let ran = without_threads(&home, &["token", "x"]);
    assert!(ran.code == 2 && ran.err.contains("the program `cat` cannot be listened to: a limit on proc"), "{ran:?}");
    ran.hides(&SECRETS);
    home.run(&["token", "x"]).fine();
    // The program would be left alone.
    let ran = without_threads(&home, &["exec", "x", "--watch", "token", "--", "sh", "-c", "echo > ran"]);
    assert!(ran.code == 1 && ran.err.contains("nothing was run, since no thread can be started"), "{ran:?}");
    assert!(!home.path("ran").exists());
    for args in [&["serve"][..], &["demo"]] {
        let ran = without_threads(&home, args);
        assert!(ran.code == 1 && ran.err.contains("cannot start the server's thread"), "{ran:?}");
    }
}

/// A run with files that may have no byte, and with every signal as it is by default.
pub(crate) fn without_files(home: &Home, args: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -f 0; exec env --default-signal \"$@\"", "sh", env!("CARGO_BIN_EXE_hallpass")]);
    home.run_as(shell, args)
}

fn ended(mut command: Command) -> Ran {
    Ran::of(command.output().expect("a shell"))
}

/// Invariants 16 and 20.
#[test]
fn a_limit_on_files_costs_neither_the_token_nor_what_is_kept() {
    let server = server();
    let home = Home::new(&profile(&server.origin(), ""));
    let kept = home.run(&["token", "x"]).fine().out;
    let before = home.files();
    let ran = ended(without_files(&home, &["token", "x", "--force"])).fine();
    assert!(
        ran.out != kept && ran.err.contains("the store failed while saving") && ran.err.contains("too large"),
        "{ran:?}"
    );
    assert_eq!(home.files(), before, "the old record whole, and nothing beside it");
    let watch = ended(without_files(&home, &["exec", "x", "--watch", "token", "--", "true"]));
    assert!(watch.code == 1 && watch.err.contains("--watch ") && !home.path("token").exists(), "{watch:?}");
    let basic = basic("https://auth.example");
    let made = ended(without_files(&home, &init(&["y", "--secret-env", "A"], &basic)));
    assert!(made.code == 1 && made.err.contains("hallpass.toml cannot be written: "), "{made:?}");
}

/// The signal is the program's as it would be without hallpass.
#[test]
fn a_program_has_the_limits_signal_as_ever() {
    let server = server();
    let home = Home::new(&profile(&server.origin(), ""));
    let mut command = without_files(&home, &["exec", "x", "--", "sh", "-c", "echo ran; echo > long; echo still here"]);
    let output = command.output().expect("a shell");
    assert_eq!((output.status.signal(), output.stdout.as_slice()), (Some(Signal::XFSZ.as_raw()), &b"ran\n"[..]));

    let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_hallpass")]);
    let args = ["exec", "x", "--", "sh", "-c", "echo > long || echo refused"];
    let output = home.run_as(shell, &args).output().expect("a shell");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"refused\n"[..]), "ignored stays ignored");
}

/// Runs without root's right to every file.
#[cfg(target_os = "linux")]
fn as_anybody(home: &Home, args: &[&str]) -> Ran {
    let root = fs::metadata(home.path("")).expect("a folder").uid() == 0;
    let without: &[&str] = if root { &["--bounding-set", "-dac_override,-dac_read_search"] } else { &[] };
    let mut command = Command::new("setpriv");
    command.args(without).arg(env!("CARGO_BIN_EXE_hallpass"));
    Ran::of(home.run_as(command, args).output().expect("util-linux has setpriv"))
}

/// What is in its place is there, though nobody may look into its folder.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_synced_is_no_failure() {
    let server = server();
    let home = Home::new(&profile(&server.origin(), ""));
    fs::create_dir(home.path("drop")).expect("a folder");
    fs::set_permissions(home.path("drop"), fs::Permissions::from_mode(0o300)).expect("ours");
    let ran = as_anybody(&home, &["exec", "x", "--watch", "drop/token", "--", "cat", "drop/token"]);
    fs::set_permissions(home.path("drop"), fs::Permissions::from_mode(0o700)).expect("ours");
    assert!(ran.code == 0 && !ran.out.is_empty() && ran.err.is_empty(), "{ran:?}");
}

/// The reason why a file cannot be made, and not that it is not there.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_made_is_told_with_the_reason() {
    let server = server();
    let home = Home::new(&profile(&server.origin(), &format!("api_url = '{}/'", server.origin())));
    fs::create_dir(home.path("theirs")).expect("a folder");
    fs::set_permissions(home.path("theirs"), fs::Permissions::from_mode(0o500)).expect("ours");
    symlink("nowhere", home.path("link")).expect("a link");
    for (file, why) in [("theirs/out", "Permission denied"), ("link", "a link that leads nowhere")] {
        for args in [&["request", "x", "echo", "-o", file][..], &["trace", "x", "--save", file]] {
            let ran = as_anybody(&home, args);
            assert!(ran.code == 2 && ran.err.contains(why) && ran.err.contains("nothing was sent"), "{ran:?}");
        }
    }
    assert!(server.requests().is_empty());
}

/// A server that nobody can trust is not begun.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_exit_code_1_for_a_server_too() {
    let ran = Home::new("").run(&["serve", "--tls", "--ca-out", "/dev/full"]);
    assert!(ran.code == 1 && ran.err.contains("--ca-out /dev/full: "), "{ran:?}");
}

/// A login may spend what cannot be spent again.
#[cfg(target_os = "linux")]
#[test]
fn a_trace_that_cannot_be_saved_is_not_lost() {
    let server = server();
    let home = Home::new(&profile(&server.origin(), ""));
    let ran = home.run(&["trace", "x", "--save", "no/such/folder"]);
    assert!(ran.code == 2 && ran.err.contains("--save no/such/folder: ") && ran.err.contains("nothing was sent"));
    assert!(server.requests().is_empty());
    let ran = home.run(&["trace", "x", "--save", "/dev/full"]);
    assert!(ran.code == 1 && ran.err.contains("the file is incomplete"), "{ran:?}");
    assert!(ran.out.contains("landed: ") && server.requests().len() == 1, "{ran:?}");
}
