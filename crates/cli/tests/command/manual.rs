//! `hallpass completions` and `hallpass man`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::world::{Home, profile, profiles};

/// The names of all commands, as the command lists them.
fn commands(home: &Home) -> Vec<String> {
    let help = home.run(&["--help"]).fine().out;
    let (_, list) = help.split_once("\nCommands:\n").expect("a list");
    let list = list.lines().take_while(|line| !line.is_empty());
    // A line that goes on with a text is deeper.
    let lines = list.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let names: Vec<_> = lines.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    assert!(["demo", "doctor", "man"].iter().all(|name| names.iter().any(|it| it == name)), "{help}");
    names
}

/// Asks as bash does when somebody presses the Tab key.
const TAB: &str = r#"
. ./hallpass.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
[[ $(complete -p hallpass) =~ -F\ ([^ ]+) ]]
"${BASH_REMATCH[1]}" hallpass "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
echo "${COMPREPLY[*]}"
"#;

/// What bash offers for the last of the words. It takes words apart at `=` and `:` before it asks.
fn bash(home: &Home, line: &str) -> String {
    let words: Vec<_> = ["--norc", "-c", TAB, "bash"].into_iter().chain(line.split('|')).collect();
    let mut command = home.run_as(Command::new("bash"), &words);
    let ours = Path::new(env!("CARGO_BIN_EXE_hallpass")).parent().expect("a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([ours].into_iter().chain(std::env::split_paths(&path)));
    let output = command.env("PATH", path.expect("no colon in it")).output().expect("bash: apt-get install bash");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}

fn with_script(profiles: &str) -> Home {
    let home = Home::new(profiles);
    home.write("hallpass.bash", home.run(&["completions", "bash"]).fine().out.as_bytes());
    home
}

#[test]
fn a_shell_completes_commands_and_options() {
    let home = with_script("");
    assert_eq!(bash(&home, "hallpass|tok"), "token");
    assert_eq!(bash(&home, "hallpass|token|--min"), "--min-life");
    let commands = commands(&home);
    // How each script writes that something is a command; the name alone is a word of other commands' help, too.
    for (shell, before, after) in [
        ("bash", "hallpass,", ")\n"),
        ("zsh", "(", ")\n_arguments"),
        ("fish", " -a \"", "\""),
        ("elvish", "'hallpass;", "'"),
        ("powershell", "'hallpass;", "'"),
    ] {
        let script = home.run(&["completions", shell]).fine().out;
        let missing = commands.iter().find(|name| !script.contains(&format!("{before}{name}{after}")));
        assert_eq!(missing, None, "{shell}");
    }
    assert_eq!(home.run(&["completions", "dos"]).code, 2);
}

#[test]
fn bash_completes_the_names_of_profiles() {
    let home = with_script(&profiles("http://127.0.0.1:1"));
    let all = "auth0-json basic-form user-key password-form";
    let x = profile("http://127.0.0.1:1", "");
    home.write("other.toml", x.as_bytes());
    fs::create_dir(home.path("hallpass")).expect("a folder");
    home.write("hallpass/hallpass.toml", x.replace("profiles.x", "profiles.mine").as_bytes());
    for (line, offered) in [
        ("hallpass|token|", all),
        ("hallpass|token|ba", "basic-form"),
        ("hallpass|-v|request|-H|a: b|us", "user-key"),
        ("hallpass|helper|git|", "mine"),
        ("hallpass|helper|--config|other.toml|git|", "x"),
        ("hallpass|token|--config|other.toml|", "x"),
        ("hallpass|token|--config|=|other.toml|", "x"),
        ("hallpass|token|--config|~/other.toml|", "x"),
        ("hallpass|token|none-such", ""),
        ("hallpass|request|basic-form|ba", ""),
        ("hallpass|init|ba", ""),
        ("hallpass|token|--config|none.toml|ba", ""),
    ] {
        assert_eq!(bash(&home, line), offered, "{line}");
    }
}

/// A profile file may lie in a folder that came from anywhere.
#[test]
fn no_name_runs_anything() {
    let names = ["$(touch harm)", "`touch harm`", "a; touch harm", "a b", "*", "fine"];
    let home = with_script(&names.map(|name| format!("[profiles.\"{name}\"]\n")).concat());
    assert_eq!(bash(&home, "hallpass|token|"), "fine");
    assert!(!home.path("harm").exists());
}

#[test]
fn zsh_and_fish_ask_for_the_names_too() {
    let home = Home::new("");
    let zsh = home.run(&["completions", "zsh"]).fine().out;
    assert!(zsh.starts_with("#compdef hallpass\n"), "{zsh}");
    let asked = zsh.matches(":_hallpass_profiles' \\\n").count();
    assert!(asked >= 12, "{asked} of the commands");
    let words = "_hallpass() {\n    local -a hallpass_words=(\"${(@)words[2,CURRENT-1]}\")\n";
    assert!(zsh.contains(words) && zsh.contains("hallpass __complete \"${(@Q)hallpass_words}\" ''"), "{zsh}");
    let fish = home.run(&["completions", "fish"]).fine().out;
    assert!(fish.contains("hallpass __complete (commandline"), "{fish}");
}

#[test]
fn there_is_a_page_for_every_command() {
    let home = Home::new("");
    let page = home.run(&["man"]).fine().out;
    assert!(page.contains(".TH hallpass 1") && page.contains("Exit codes"), "{page}");
    assert!(home.run(&["man", "--out", "man/man1"]).fine().out.is_empty());
    assert_eq!(fs::read_to_string(home.path("man/man1/hallpass.1")).expect("written"), page);
    for command in commands(&home) {
        let page = fs::read_to_string(home.path(&format!("man/man1/hallpass-{command}.1"))).expect("written");
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
    }
}

#[test]
fn every_command_shows_examples() {
    let home = Home::new("");
    assert_eq!(home.run(&["help"]).fine().out, home.run(&["--help"]).fine().out);
    let unknown = home.run(&["help", "tokn"]);
    assert!(unknown.code == 2 && unknown.err.contains("a similar subcommand exists: 'token'"), "{unknown:?}");
    for command in commands(&home) {
        let help = home.run(&[&command, "--help"]).fine().out;
        assert_eq!(home.run(&["help", &command]).fine().out, help);
        assert!(help.contains("Examples:\n  ") && help.contains(&format!("hallpass {command}")), "{command}: {help}");
    }
}
