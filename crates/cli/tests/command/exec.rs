//! `hallpass exec`: the program's environment, its exit code, and signals.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::world::{Home, SECRETS, profiles, server, until};

#[test]
fn the_token_is_in_the_environment_and_nowhere_else() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let token = home.run(&["token", "basic-form"]).fine().out;
    let script = "printf '%s\\n' \"$HALLPASS_TOKEN\"; tr '\\0' ' ' < /proc/$$/cmdline >&2";
    let ran = home.run(&["exec", "basic-form", "--", "sh", "-c", script, "a b", "--errors"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, token.as_str()), "{ran:?}");
    assert!(!ran.err.contains(token.trim_end()) && ran.err.ends_with("a b --errors "), "{ran:?}");
    ran.hides(&SECRETS);
    assert_eq!(server.requests().len(), 1, "the kept token is good enough");

    let two = ["exec", "basic-form", "--env", "A", "--env", "B_2", "--", "sh", "-c", "echo $A $B_2$HALLPASS_TOKEN"];
    assert_eq!(home.run(&two).out.trim_end(), [token.trim_end(); 2].join(" "));
    for name in ["", "A=B"] {
        assert_eq!(home.run(&["exec", "basic-form", "--env", name, "--", "true"]).code, 2, "{name}");
    }
    assert_eq!(home.run(&["exec", "basic-form"]).code, 2, "what is to be run?");
}

#[test]
fn the_exit_code_is_the_programs() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    home.write("no-program", b"x");
    for watch in [&[][..], &["--watch", "token"]] {
        let run = |program: &[&str]| home.run(&[&["exec", "basic-form"], watch, &["--"], program].concat());
        for code in [0, 1, 2, 7, 255] {
            let ran = run(&["sh", "-c", &format!("exit {code}")]);
            assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{watch:?}");
        }
        let none = run(&["hallpass-has-no-such-program"]);
        assert!(none.code == 127 && none.err.contains("`hallpass-has-no-such-program` cannot be run"), "{none:?}");
        assert_eq!(run(&["./no-program"]).code, 126);
        assert_eq!(run(&["sh", "-c", "yes | head -n 1"]).out, "y\n", "a closed pipe ends a program as ever");
    }
    let home = Home::new(&profiles(&server.origin()).replace("canary-client-secret", "wrong"));
    let ran = home.run(&["exec", "basic-form", "--", "sh", "-c", "echo ran"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "nothing is run without a token: {ran:?}");
}

/// A program that says what it got, and ends with 3 after `TERM`.
const TRAPS: &str = "for s in HUP INT QUIT USR1 USR2; do trap \"echo $s\" $s; done; trap 'echo TERM; exit 3' TERM; \
                     echo ready; while :; do sleep 0.02; done";

pub(crate) fn kill(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("small")).expect("not 0");
    kill_process(pid, signal).expect("it runs");
}

#[test]
fn signals_reach_the_program() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    for watch in [&[][..], &["--watch", "token"]] {
        let args = [&["exec", "basic-form"], watch, &["--", "sh", "-c", TRAPS]].concat();
        let mut child = home.hearing(&args).stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut line = || lines.next().expect("a line").expect("readable");
        assert_eq!(line(), "ready");
        for (signal, name) in [
            (Signal::HUP, "HUP"),
            (Signal::INT, "INT"),
            (Signal::QUIT, "QUIT"),
            (Signal::USR1, "USR1"),
            (Signal::USR2, "USR2"),
            (Signal::TERM, "TERM"),
        ] {
            kill(&child, signal);
            assert_eq!(line(), name, "{watch:?}");
        }
        assert_eq!(child.wait().expect("it ends").code(), Some(3), "{watch:?}");
    }
}

#[test]
fn a_signal_that_ends_the_program_is_told() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let die = ["--", "sh", "-c", "kill -TERM $$"];
    let status = |args: &[&str]| home.command(args).status().expect("the binary runs");
    assert_eq!(status(&[&["exec", "basic-form"], &die[..]].concat()).signal(), Some(15));
    let watched = status(&[&["exec", "basic-form", "--watch", "token"], &die[..]].concat());
    assert_eq!(watched.code(), Some(128 + 15), "as a shell has it");
}

/// What `nohup` ignores stays ignored.
#[cfg(target_os = "linux")]
#[test]
fn an_ignored_signal_stays_ignored() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let inner = "kill -HUP $PPID; kill -HUP $$; echo alive";
    let script = format!("trap '' HUP; exec \"$0\" exec basic-form --watch token -- sh -c '{inner}'");
    let mut shell = std::process::Command::new("sh");
    let output = shell.args(["-c", &script, env!("CARGO_BIN_EXE_hallpass")]);
    let output = output.current_dir(home.path("")).env("XDG_STATE_HOME", home.path("state")).output().expect("a shell");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stdout).as_ref()), (Some(0), "alive\n"));
}

/// Python's subprocess and others may start a program with its children's signal blocked.
#[cfg(target_os = "linux")]
#[test]
fn the_programs_end_is_seen_where_its_signal_is_blocked() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let inner = home.command(&["exec", "basic-form", "--watch", "token", "--", "sh", "-c", "exit 5"]);
    let mut outer = std::process::Command::new("timeout");
    outer.args(["--signal=KILL", "60", "env", "--block-signal=CHLD"]).arg(inner.get_program()).args(inner.get_args());
    let status = outer.current_dir(home.path("")).env("XDG_STATE_HOME", home.path("state")).status().expect("timeout");
    assert_eq!(status.code(), Some(5), "it ended by itself");
}

/// The terminal's end is told to the first process of its session alone, as `ssh -t` and `xterm -e` make it.
#[cfg(target_os = "linux")]
#[test]
fn the_end_of_the_terminal_is_passed_on() {
    let server = server();
    let home = Home::new(&profiles(&server.origin()));
    let waits = "trap 'echo > hung-up; exit 0' HUP; echo > ready; n=0; \
                 while [ $n -lt 3000 ]; do n=$((n + 1)); sleep 0.02; done";
    home.write("waits", waits.as_bytes());
    let line = format!(
        "exec env --default-signal XDG_STATE_HOME=state {} exec basic-form --watch token -- sh waits",
        env!("CARGO_BIN_EXE_hallpass")
    );
    let mut terminal = std::process::Command::new("script");
    terminal.args(["--quiet", "--flush", "--command", &line, "/dev/null"]).current_dir(home.path(""));
    terminal.env("SHELL", "/bin/sh").env_remove("HALLPASS_CONFIG").stdin(Stdio::piped()).stdout(Stdio::null());
    let mut terminal = terminal.spawn().expect("script runs: `apt-get install bsdutils`");
    until(|| home.path("ready").exists());
    terminal.kill().expect("it runs");
    terminal.wait().expect("it ends");
    until(|| home.path("hung-up").exists());
}
