//! `hallpass __complete WORDS`, which the completion scripts call: the names of profiles, where one is being typed. Whatever
//! goes wrong, there is nothing to offer and nothing is said.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, Command, CommandFactory};
use hallpass_profile::Profiles;

use crate::args::Args;
use crate::output;

/// The first argument of such a call. It is no command of the command line, so no shell offers it.
pub(crate) const ASK: &str = "__complete";

/// Prints what may stand in the place of the last word.
pub(crate) fn run(words: &[OsString]) {
    let words = glued(words.iter().map(|word| word.to_string_lossy().into_owned()));
    let mut lines = offered(&words).join("\n");
    if !lines.is_empty() {
        lines.push('\n');
    }
    // A shell that no longer listens wants nothing.
    let _ = output::print(&lines);
}

fn offered(words: &[String]) -> Vec<String> {
    let Some((typed, before)) = words.split_last() else { return Vec::new() };
    let Some(place) = due(before) else { return Vec::new() };
    let find = if place.helps { Profiles::find_own } else { Profiles::find };
    let Ok(profiles) = find(place.config.as_deref()) else { return Vec::new() };
    profiles.names().filter(|name| name.starts_with(typed.as_str()) && is_plain(name)).map(str::to_owned).collect()
}

/// Whether every shell reads the name as it stands: a profile file may be anybody's, and what is offered ends in a command line.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "._@/+-".contains(c);
    name.chars().all(plain) && !name.starts_with('-')
}

/// bash takes words apart at `=` and `:`, which stand in options and in stores.
fn glued(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for word in words {
        let joint = matches!(word.as_str(), "=" | ":");
        match out.last_mut().filter(|_| joint || open) {
            Some(last) => last.push_str(&word),
            None => out.push(word),
        }
        open = joint;
    }
    out
}

/// The place of a profile's name.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// The file that the words before it name.
    config: Option<PathBuf>,
    /// It is a helper's, and none reads `./hallpass.toml`.
    helps: bool,
}

/// Whether the next word is the name of a profile that must be there.
fn due(before: &[String]) -> Option<Place> {
    let mut command = Args::command();
    // Global options come to each command only so.
    command.build();
    let (mut command, mut taken, mut config, mut helps) = (&command, 0, None, false);
    let mut words = before.iter();
    while let Some(word) = words.next() {
        if word.len() > 1 && word.starts_with('-') {
            let (option, mut value) = option(command, word)?;
            if takes_value(option) && value.is_none() {
                value = Some(words.next()?.clone());
            }
            config = value.filter(|_| option.get_id() == "config").map(home).or(config);
        } else if let Some(inner) = command.find_subcommand(word) {
            (command, taken, helps) = (inner, 0, helps || inner.get_name() == "helper");
        } else {
            taken += 1;
        }
    }
    let next = command.get_positionals().nth(taken)?;
    (next.get_id() == "profile" && command.get_name() != "init").then_some(Place { config, helps })
}

/// The last option of a word, and its value if that stands there too; `None` if there is no such option.
fn option<'c>(command: &'c Command, word: &str) -> Option<(&'c Arg, Option<String>)> {
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let known = command.get_arguments().find(|arg| arg.get_long() == Some(name));
        return Some((known?, value.map(str::to_owned)));
    }
    let mut last = None;
    for (at, short) in word.char_indices().skip(1) {
        let arg = command.get_arguments().find(|arg| arg.get_short() == Some(short))?;
        let rest = &word[at + short.len_utf8()..];
        if takes_value(arg) {
            return Some((arg, (!rest.is_empty()).then(|| rest.to_owned())));
        }
        last = Some((arg, None));
    }
    last
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|values| values.takes_values())
}

/// Shells leave the home folder's sign as it was typed.
fn home(path: String) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due_after(line: &str) -> Option<Place> {
        due(&glued(line.split_whitespace().map(str::to_owned)))
    }

    #[test]
    fn a_profile_is_due_where_the_command_line_has_one() {
        let due = ["token", "-v token", "token --min-life 5m", "request -H a:b", "status", "request -X PUT"];
        for line in due.into_iter().chain(["request -XPUT -i", "--errors json check", "-vv forget"]) {
            assert_eq!(due_after(line), Some(Place { config: None, helps: false }), "{line}");
        }
        for line in ["helper git", "-v helper kubectl"] {
            assert_eq!(due_after(line), Some(Place { config: None, helps: true }), "{line}");
        }
        let not = ["", "tok", "token x", "token --min-life", "request x", "helper", "helper git x", "init", "profiles"];
        for line in not.into_iter().chain(["token --nonsense", "exec x --", "request -X", "trace --replay", "--config"])
        {
            assert_eq!(due_after(line), None, "{line}");
        }
    }

    #[test]
    fn the_file_that_the_line_names_is_the_one_to_look_into() {
        for line in ["--config a.toml token", "token --config=a.toml", "token --config = a.toml --store file : /x"] {
            assert_eq!(due_after(line), Some(Place { config: Some("a.toml".into()), helps: false }), "{line}");
        }
    }

    #[test]
    fn a_name_that_a_shell_would_run_is_not_offered() {
        for name in ["$(touch x)", "`x`", "a b", "a;b", "-a", "a'b", "a\nb", "a\u{1b}[2J", "*"] {
            assert!(!is_plain(name), "{name:?}");
        }
        assert!(is_plain("ducky-prod_2.eu@x/y+z") && is_plain("prüfung"));
    }
}
