//! `hallpass help COMMAND`, which people type whom other programs taught it: what `hallpass COMMAND --help` says. It is no
//! command of the command line, which would have it, and each command's name below it, in every completion and manual.

use std::ffi::OsString;

use clap::CommandFactory;

use super::Args;

/// The line that asks for that help in the command line's own words.
pub(super) fn asked(line: &[OsString]) -> Option<Vec<OsString>> {
    let [program, words @ ..] = line else { return None };
    let (first, words) = words.split_first()?;
    if first != "help" {
        return None;
    }
    let whole = Args::command();
    let (mut command, mut asked) = (Some(&whole), vec![program.clone()]);
    // What follows a command's name is left out: it may be a program to run.
    for word in words.iter().filter(|word| *word != "help") {
        let Some(here) = command.filter(|command| command.has_subcommands()) else { break };
        command = here.find_subcommand(word);
        asked.push(word.clone());
    }
    asked.push("--help".into());
    Some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_commands_only() {
        for (line, expected) in [
            ("hallpass help", Some("hallpass --help")),
            ("hallpass help help", Some("hallpass --help")),
            ("hallpass help token", Some("hallpass token --help")),
            ("hallpass help token ducky --force", Some("hallpass token --help")),
            ("hallpass help exec ducky -- rm", Some("hallpass exec --help")),
            ("hallpass help helper git ducky", Some("hallpass helper git --help")),
            ("hallpass help tokn ducky", Some("hallpass tokn --help")),
            ("hallpass token help", None),
            ("hallpass", None),
        ] {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            let asked = asked(&words).map(|words| words.join(" ".as_ref()));
            assert_eq!(asked.as_deref(), expected.map(AsRef::as_ref), "{line}");
        }
    }
}
