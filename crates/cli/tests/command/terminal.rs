//! At a terminal: the spinner, colours, and what a key does to a program that is watched over.

use std::fs;
use std::process::Command;
use std::time::Duration;

use hallpass_testserver::script::{Act, Reply, ScriptServer};
use rexpect::session::{PtySession, spawn_command};
use rustix::process::{Pid, Signal, kill_process};

use crate::init::{basic, init};
use crate::world::{Home, profile, profiles, server, until};

/// The command at a terminal that shows what is typed, as people's do. It waits at most half a minute for what must come.
pub(crate) fn at_terminal(home: &Home, args: &[&str], variables: &[(&str, &str)]) -> PtySession {
    at_terminal_by(home, r#"stty echo; exec "$0" "$@""#, args, variables)
}

/// The same by a shell's script, which calls the command.
pub(crate) fn at_terminal_by(home: &Home, script: &str, args: &[&str], variables: &[(&str, &str)]) -> PtySession {
    let inner = home.command(args);
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(inner.get_program()).args(inner.get_args());
    shell.current_dir(home.path("")).env("TERM", "xterm");
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.envs(variables.iter().copied());
    spawn_command(shell, Some(30_000)).expect("a terminal")
}

/// A token that takes its time.
fn slow() -> ScriptServer {
    let bytes = Reply::json(200, r#"{"access_token":"t"}"#).to_bytes();
    let every = Duration::from_millis(1_500) / u32::try_from(bytes.len()).expect("few");
    ScriptServer::start(vec![Act::Read, Act::Drip { bytes, every }]).expect("a server")
}

#[test]
fn a_long_wait_shows_a_spinner_and_leaves_no_trace() {
    let server = slow();
    let home = Home::new(&profile(&server.origin(), ""));
    let mut terminal = at_terminal(&home, &["token", "x"], &[]);
    terminal.exp_string(" waiting for the server ").expect("it turns");
    terminal.exp_string("\x1b[K").expect("it is cleared");
    assert_eq!(terminal.exp_eof().expect("it ends"), "t\r\n");
}

/// What `-v` says stands on lines of its own.
#[test]
fn the_spinner_gives_its_line_back_before_anything_is_said() {
    let server = slow();
    let home = Home::new(&profile(&server.origin(), ""));
    let said = at_terminal(&home, &["token", "x", "-v"], &[]).exp_eof().expect("it ends");
    let (before, _) = said.split_once("flight 1: send, ").expect("it is told");
    let (_, between) = before.rsplit_once(" waiting for the server ").expect("it turns");
    assert!(between.contains("\r\x1b[K"), "{said:?}");
}

/// What is pasted is a secret, also where stderr is no terminal.
#[test]
fn a_secret_is_asked_for_and_not_shown() {
    let basic = basic("https://auth.example");
    let init = init(&["y", "--secret-file", "y.secret", "--secret-stdin"], &basic);
    let rows = [
        (&["import", "x"][..], "", "the refresh token is kept in the store"),
        (&["import", "x"], "2> err", "the refresh token is kept in the store"),
        (&init, "2> err", "wrote the client_secret to "),
    ];
    for (args, stderr, done) in rows {
        let home = Home::new(&profile("http://127.0.0.1:1", ""));
        let script = format!(r#"stty echo; tty > tty; exec "$0" "$@" {stderr}"#);
        let mut terminal = at_terminal_by(&home, &script, args, &[]);
        terminal.exp_string(" (not shown)").expect("it asks");
        until_hidden(&home);
        terminal.send_line("canary-7").expect("an answer");
        let said = terminal.exp_eof().expect("it ends");
        assert!(said.contains(done) && !said.contains("canary-7"), "{stderr}: {said}");
    }
}

/// Who is killed while nothing is shown leaves a terminal that shows what is typed.
#[test]
fn a_signal_amid_a_question_leaves_the_terminal_as_it_was() {
    let home = Home::new(&profile("http://127.0.0.1:1", ""));
    // Something keeps the terminal open.
    let script = r#"stty echo; tty > tty; (sh -c 'echo $PPID' > pid; exec "$0" "$@"); cat"#;
    let mut terminal = at_terminal_by(&home, script, &["import", "x"], &[]);
    terminal.exp_string(" (not shown)").expect("it asks");
    until_hidden(&home);
    let pid = fs::read_to_string(home.path("pid")).expect("there").trim().parse().expect("a number");
    kill_process(Pid::from_raw(pid).expect("a process"), Signal::TERM).expect("it is there");
    until(|| shows_what_is_typed(&home));
}

/// Waits until what is typed is not shown: before that a key is the terminal's own.
pub(crate) fn until_hidden(home: &Home) {
    until(|| !shows_what_is_typed(home));
}

/// The terminal's name is in the file `tty`.
fn shows_what_is_typed(home: &Home) -> bool {
    let tty = fs::read_to_string(home.path("tty")).expect("there");
    let output = Command::new("stty").args(["-a", "-F", tty.trim_end()]).output().expect("stty runs");
    String::from_utf8_lossy(&output.stdout).contains(" echo ")
}

#[test]
fn there_is_none_for_short_waits_pipes_and_terminals_that_cannot() {
    let quick = server();
    let home = Home::new(&profiles(&quick.origin()));
    let mut terminal = at_terminal(&home, &["token", "auth0-json"], &[]);
    let said = terminal.exp_eof().expect("it ends");
    assert!(!said.contains("waiting"), "{said}");

    let server = slow();
    let home = Home::new(&profile(&server.origin(), ""));
    assert_eq!(home.run(&["token", "x"]).fine().err, "");
    for variable in [("TERM", "dumb"), ("CI", "true")] {
        let server = slow();
        let home = Home::new(&profile(&server.origin(), ""));
        let mut terminal = at_terminal(&home, &["token", "x"], &[variable]);
        assert_eq!(terminal.exp_eof().expect("it ends"), "t\r\n");
    }
}

#[test]
fn a_terminal_gets_colours_unless_they_are_not_wanted() {
    let home = Home::new("");
    let mut with = at_terminal(&home, &["token", "nobody"], &[]);
    assert!(with.exp_eof().expect("it ends").contains("\x1b[1;31mhallpass:\x1b[0m "));
    for (name, value) in [("NO_COLOR", "1"), ("CLICOLOR", "0")] {
        let said = at_terminal(&home, &["token", "nobody"], &[(name, value)]).exp_eof().expect("it ends");
        assert!(said.starts_with("hallpass: ") && !said.contains('\x1b'), "{name}: {said:?}");
    }
}

/// A key at the terminal reaches the program by itself: passed on as well, it would come twice. One that has left the
/// terminal gets what is sent to hallpass, and no keys.
#[test]
fn a_key_is_not_passed_on() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let script = "n=0; trap 'n=$((n + 1))' INT; trap 'echo in all $n; exit 0' USR1; echo ready $PPID; \
                  while :; do sleep 0.02; done";
    let args = ["exec", "basic-form", "--watch", "token", "--", "setsid", "sh", "-c", script];
    let mut terminal = at_terminal(&home, &args, &[]);
    // To the end of the line: part of a number is another process.
    let (_, ready) = terminal.exp_regex(r"ready \d+\r").expect("it runs");
    let pid = ready.trim_start_matches("ready ").trim_end().parse().ok().and_then(Pid::from_raw).expect("a number");
    // The terminal shows a key after it has sent its signal.
    terminal.send_control('c').expect("a key");
    terminal.exp_string("^C").expect("it is shown");
    kill_process(pid, Signal::USR1).expect("it runs");
    terminal.exp_string("in all 0").expect("no key came");
}
