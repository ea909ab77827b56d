//! What scripts and other programs run over and over, read alone: to put the whole command line together costs more than
//! everything that `hallpass token` does for a kept token.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use super::{Args, Command, Exec, Globals, Helper, Token};

/// A part of [`Args`], told by the same words.
#[derive(Debug, Parser)]
#[command(name = "hallpass", disable_help_subcommand = true)]
struct Often {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Which,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Which {
    Token(Token),
    Exec(Exec),
    Helper(For),
}

/// Put together only when it is a helper's line.
#[derive(Debug, clap::Args)]
struct For {
    #[command(subcommand)]
    program: Helper,
}

/// The command line, if it is one of these and nothing is wrong with it. What is wrong, and what is asked, the whole one
/// tells.
pub(super) fn read(line: &[OsString]) -> Option<Args> {
    if !line.iter().any(|word| word == "token" || word == "exec" || word == "helper") {
        return None;
    }
    let Often { globals, command } = Often::try_parse_from(line).ok()?;
    let command = match command {
        Which::Token(token) => Command::Token(token),
        Which::Exec(exec) => Command::Exec(exec),
        Which::Helper(For { program }) => Command::Helper(program),
    };
    Some(Args { globals, command })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_is_read_alone_says_the_same_as_in_the_whole_command_line() {
        for line in [
            "hallpass token ducky",
            "hallpass --config token --store token -vv token token --format json --min-life 10m",
            "hallpass token --force ducky --errors=json -v",
            "hallpass exec ducky --env A --env B -- token --force",
            "hallpass exec --watch token ducky",
            "hallpass helper git ducky get --username me",
            "hallpass helper kubectl ducky --print-config --config x",
        ] {
            let (line, alone) = (words(line), read(&words(line)).expect("one of these"));
            assert_eq!(format!("{alone:?}"), format!("{:?}", Args::try_parse_from(line).expect("sound")));
        }
    }

    #[test]
    fn it_is_a_part_of_the_whole_command_line() {
        fn part_of(whole: &clap::Command, part: &clap::Command) {
            let of_whole: Vec<_> = whole.get_arguments().map(|argument| format!("{argument:?}")).collect();
            for argument in part.get_arguments().map(|argument| format!("{argument:?}")) {
                assert!(of_whole.contains(&argument), "{}: {argument}", part.get_name());
            }
            for part in part.get_subcommands() {
                part_of(whole.find_subcommand(part.get_name()).expect("it is there too"), part);
            }
        }
        let (mut whole, mut part) = (Args::command(), Often::command());
        whole.build();
        part.build();
        part_of(&whole, &part);
    }

    #[test]
    fn all_else_is_left_to_the_whole_command_line() {
        for line in [
            "hallpass check token",
            "hallpass --store token check ducky",
            "hallpass token",
            "hallpass token --help",
            "hallpass token ducky --min-life soon",
            "hallpass --version token",
            "hallpass helper",
            "hallpass exec ducky",
            "hallpass",
        ] {
            assert!(read(&words(line)).is_none(), "{line}");
        }
    }
}
