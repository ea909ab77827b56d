//! The `readme` stage of `cargo xtask test`: README.md's commands, run as they are written.
//!
//! A fenced block whose info string is `console run` or `sh run` is run: its lines that begin with `$ `, one after the
//! other in one bash, so that a `cd` or a variable holds to the block's end. A line that ends in `\` goes on in the next.
//! What a block leaves in the background is ended with it.

use std::path::Path;
use std::process::Stdio;

use crate::child::{self, Trouble};

/// Runs every marked block; whether each command exited with 0.
pub(crate) fn run(root: &Path) -> Result<bool, Trouble> {
    let path = root.join("README.md");
    let text = std::fs::read_to_string(&path).map_err(|source| Trouble::Read { path, source })?;
    let blocks = blocks(&text);
    if blocks.is_empty() {
        println!("README.md:1: no block is marked to be run; mark one ```console run");
        return Ok(false);
    }
    for block in blocks {
        if block.commands.is_empty() {
            println!("README.md:{}: a block to be run has no line that begins with `$ `; write one", block.line);
            return Ok(false);
        }
        let mut bash = child::command("bash", root);
        bash.args(["-c", &script(&block)]).stdin(Stdio::null());
        if !child::passes(&mut bash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[derive(Debug, PartialEq)]
struct Block {
    line: usize,
    commands: Vec<Line>,
}

#[derive(Debug, PartialEq)]
struct Line {
    number: usize,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let mut commands = Vec::new();
        while let Some((line, number)) = lines.next().filter(|(line, _)| line.trim() != "```") {
            let Some(first) = line.trim_start().strip_prefix("$ ") else { continue };
            let mut text = first.to_owned();
            while text.ends_with('\\') {
                let Some((more, _)) = lines.next() else { break };
                text = text + "\n" + more;
            }
            commands.push(Line { number, text });
        }
        let words: Vec<&str> = info.split_whitespace().collect();
        if matches!(words[..], ["console" | "sh", "run", ..]) {
            blocks.push(Block { line: number, commands });
        }
    }
    blocks
}

fn script(block: &Block) -> String {
    let mut parts = vec!["trap 'kill $(jobs -p) 2>/dev/null' EXIT".to_owned()];
    parts.extend(block.commands.iter().map(command));
    parts.push("exit 0\n".into());
    parts.join("\n")
}

/// The status is looked at after the command, not by `set -e`: that lets `false && true` pass.
fn command(Line { number, text }: &Line) -> String {
    let shown = quoted(&format!("$ {text}"));
    if is_this_command(text) {
        return format!("echo {shown}' # skipped: it is what runs now'");
    }
    let failed = quoted(&format!("README.md:{number}: exited with"));
    format!("echo {shown}\n{text}\nstatus=$?; if [ $status -ne 0 ]; then echo {failed} $status; exit $status; fi")
}

fn is_this_command(text: &str) -> bool {
    text.split_whitespace().take(3).eq(["cargo", "xtask", "test"])
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marked_blocks_are_run() {
        let readme = "# x\n```console\n$ rm -rf y\n```\n```rust\nrun\n```\n```sh\n$ no\n```\n";
        assert_eq!(blocks(readme), []);
    }

    #[test]
    fn commands_are_the_dollar_lines_with_their_continuations() {
        let readme =
            "\n```console run\n$ one \\\n    --two\nwhat it prints\n$ three\n```\n\n  ```sh run\n  $ four\n  ```\n";
        let line = |number, text: &str| Line { number, text: text.into() };
        assert_eq!(
            blocks(readme),
            [
                Block { line: 2, commands: vec![line(3, "one \\\n    --two"), line(6, "three")] },
                Block { line: 9, commands: vec![line(10, "four")] }
            ]
        );
    }

    #[test]
    fn a_command_that_fails_ends_the_block_and_is_named() {
        assert_eq!(
            bash("true", "false && true", "echo never"),
            (Some(1), "$ true\n$ false && true\nREADME.md:2: exited with 1\n".into())
        );
    }

    #[test]
    fn a_block_is_one_shell() {
        assert_eq!(
            bash("cd /", "it=\"it's\"", "echo \"$it in $PWD\"").1,
            "$ cd /\n$ it=\"it's\"\n$ echo \"$it in $PWD\"\nit's in /\n"
        );
    }

    #[test]
    fn what_runs_in_the_background_is_ended_and_fails_nothing() {
        assert_eq!(bash("sleep 600 &", "true", "true"), (Some(0), "$ sleep 600 &\n$ true\n$ true\n".into()));
    }

    #[test]
    fn this_very_command_is_skipped() {
        let (status, said) = bash("cargo xtask test", "cargo  xtask test --stage readme", "true");
        assert_eq!((status, said.matches("skipped").count()), (Some(0), 2), "{said}");
    }

    fn bash(one: &str, two: &str, three: &str) -> (Option<i32>, String) {
        let commands = [one, two, three].into_iter().zip(1..).map(|(text, number)| Line { number, text: text.into() });
        let block = Block { line: 0, commands: commands.collect() };
        let output = std::process::Command::new("bash").args(["-c", &script(&block)]).output().expect("bash runs");
        (output.status.code(), String::from_utf8(output.stdout).expect("bash says UTF-8"))
    }
}
