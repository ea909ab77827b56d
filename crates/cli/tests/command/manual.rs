//! `hallpass completions` and `hallpass man`.

use std::fs;
use std::process::Command;

use crate::world::Home;

const COMMANDS: [&str; 15] = [
    "demo",
    "init",
    "token",
    "check",
    "register",
    "exec",
    "helper",
    "request",
    "serve",
    "profiles",
    "status",
    "forget",
    "import",
    "completions",
    "man",
];

#[test]
fn a_shell_completes_commands_and_options() {
    let home = Home::new("");
    let script = home.run(&["completions", "bash"]).fine().out;
    home.write("hallpass.bash", script.as_bytes());
    let complete = |line: &str| {
        let ask = format!(
            ". ./hallpass.bash; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _hallpass hallpass \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[*]}}\""
        );
        let output = Command::new("bash").args(["--norc", "-c", &ask]).current_dir(home.path("")).output();
        String::from_utf8(output.expect("bash").stdout).expect("UTF-8")
    };
    assert_eq!(complete("hallpass tok"), "token\n");
    assert_eq!(complete("hallpass token --min"), "--min-life\n");
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let script = home.run(&["completions", shell]).fine().out;
        assert!(COMMANDS.iter().all(|command| script.contains(command)), "{shell}");
    }
    assert_eq!(home.run(&["completions", "dos"]).code, 2);
}

#[test]
fn there_is_a_page_for_every_command() {
    let home = Home::new("");
    let page = home.run(&["man"]).fine().out;
    assert!(page.contains(".TH hallpass 1") && page.contains("Exit codes"), "{page}");
    assert!(home.run(&["man", "--out", "man/man1"]).fine().out.is_empty());
    assert_eq!(fs::read_to_string(home.path("man/man1/hallpass.1")).expect("written"), page);
    for command in COMMANDS {
        let page = fs::read_to_string(home.path(&format!("man/man1/hallpass-{command}.1"))).expect("written");
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
    }
}

#[test]
fn every_command_shows_examples() {
    let home = Home::new("");
    for command in COMMANDS {
        let help = home.run(&[command, "--help"]).fine().out;
        assert!(help.contains("Examples:\n  ") && help.contains(&format!("hallpass {command}")), "{command}: {help}");
    }
}
