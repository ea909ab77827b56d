//! `hallpass init`: what others write meanwhile, what is kept already, and who gives up at the secret.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::init::{basic, init};
use crate::terminal::{at_terminal, at_terminal_by, until_hidden};
use crate::world::{CLIENT_SECRET, Home, Ran, profile, server};

/// Several at once, and their exit codes.
fn at_once(home: &Home, names: &[String]) -> Vec<i32> {
    let basic = basic("https://auth.example");
    let spawn = |name: &String| {
        let mut command = home.command(&init(&[name, "--secret-env", "A"], &basic));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")
    };
    let all: Vec<_> = names.iter().map(spawn).collect();
    all.into_iter().map(|child| Ran::of(child.wait_with_output().expect("it ends")).code).collect()
}

#[test]
fn those_that_write_at_once_lose_nothing() {
    let home = Home::new("# mine\n");
    let names: Vec<_> = (0..12).map(|number| format!("x{number}")).collect();
    assert!(at_once(&home, &names).into_iter().all(|code| code == 0));
    let listed = home.run(&["profiles"]).fine().out;
    assert_eq!(listed.lines().count(), names.len(), "{listed}");

    let same: Vec<_> = (0..6).map(|_| "same".to_owned()).collect();
    let codes = at_once(&home, &same);
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "the others would need --force: {codes:?}");
}

#[test]
fn what_is_written_between_two_questions_stays() {
    let home = Home::new("# mine\n");
    let basic = basic("https://auth.example");
    let mut terminal = at_terminal(&home, &init(&["--secret-env", "A"], &basic), &[]);
    terminal.exp_string("A name for the profile").expect("it asks");
    let path = home.path("hallpass.toml");
    let mut file = fs::File::options().append(true).open(&path).expect("there");
    file.write_all(profile("https://auth.example", "").as_bytes()).expect("written");
    terminal.send_line("y").expect("an answer");
    terminal.exp_string("Scopes").expect("it asks");
    terminal.send_line("").expect("an answer");
    terminal.exp_string("A path below it").expect("it asks");
    terminal.send_line("").expect("an answer");
    terminal.exp_string("Try it now?").expect("it asks");
    terminal.send_line("n").expect("an answer");
    terminal.exp_eof().expect("it ends");
    let listed = home.run(&["profiles"]).fine().out;
    assert_eq!(listed.lines().filter_map(|line| line.split(' ').next()).collect::<Vec<_>>(), ["x", "y"]);
}

/// A kept token answers for no credentials, and is not lost by wrong ones.
#[test]
fn the_test_logs_in_whatever_is_kept() {
    let server = server();
    let home = Home::new(&profile(&server.origin(), &format!("api_url = '{}/'", server.origin())));
    let kept = home.run(&["token", "x"]).fine().out;
    let basic = basic(&server.origin());
    for (name, more) in [("y", &["--check-path", "basic-form/data"][..]), ("z", &[])] {
        let wrong = [&[name, "--secret-command", "echo wrong", "--test"], more].concat();
        let ran = home.run(&init(&wrong, &basic));
        assert!(ran.code == 3 && !ran.out.contains("worked"), "{ran:?}");
        let right = [name, "--force", "--secret-command", &format!("echo {CLIENT_SECRET}"), "--test"];
        let ran = home.run(&init(&[&right, more].concat(), &basic)).fine();
        assert!(ran.out.contains("fine. The login worked"), "{ran:?}");
    }
    let requests = server.requests().len();
    assert_eq!(home.run(&["token", "x"]).fine().out, kept);
    assert_eq!(server.requests().len(), requests, "it is kept as ever");
}

#[test]
fn a_name_of_ones_own_file_is_not_taken_in_a_folders() {
    let home = Home::own(&profile("https://auth.example", ""));
    home.write("hallpass.toml", b"# theirs\n");
    let basic = basic("https://auth.example");
    let ran = home.run(&init(&["x", "--secret-env", "A", "--force"], &basic));
    assert!(ran.code == 2 && ran.err.contains("in your own "), "{ran:?}");
    assert_eq!(fs::read_to_string(home.path("hallpass.toml")).expect("there"), "# theirs\n");
    home.run(&init(&["--config", "hallpass.toml", "x", "--secret-env", "A"], &basic)).fine();
}

#[test]
fn whoever_gives_up_at_the_secret_keeps_the_terminals_echo() {
    let home = Home::new("");
    let basic = basic("https://auth.example");
    let script = r#"stty echo; tty > tty; trap : INT; "$0" "$@"; stty -a"#;
    let args = init(&["--secret-file", "x.secret"], &basic);
    let mut terminal = at_terminal_by(&home, script, &args, &[]);
    terminal.exp_string("A name for the profile").expect("it asks");
    terminal.send_line("x").expect("an answer");
    for question in ["Scopes", "A path below it"] {
        terminal.exp_string(question).expect("it asks");
        terminal.send_line("").expect("an answer");
    }
    terminal.exp_string("to be written there").expect("it asks");
    terminal.exp_string(":\x1b[0m ").expect("a prompt");
    until_hidden(&home);
    terminal.send_control('c').expect("a key");
    let said = terminal.exp_eof().expect("it ends");
    assert!(said.contains("no more answers came"), "{said}");
    let set = |flag: &str| said.split_whitespace().any(|word| word == flag);
    assert!(set("echo") && set("isig") && set("icanon"), "{said}");
    assert_eq!(fs::read_to_string(home.path("hallpass.toml")).expect("there"), "");
}
