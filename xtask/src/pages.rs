//! The `readme` stage of `cargo xtask test`: the commands of README.md and of the guide, run as they are written.
//!
//! A fenced block whose info string is `console run` or `sh run` is run: its lines that begin with `$ `. A line that ends in
//! `\` goes on in the next. All blocks of a page are one bash, so that a `cd`, a variable or a server in the background
//! holds to the page's end, and is ended with it.
//!
//! README.md's run in the repository. Those of any other page run in an empty folder, which is the home folder too, with
//! `hallpass` on the path.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::child::{self, Trouble};

/// Where the pages are.
const FOLDERS: &[&str] = &["docs", "crates/hallpass/src/guide"];

/// Seconds. The README's commands build what they run.
const LONGEST: u32 = 1800;

const BUILD: &[&str] =
    &["build", "--locked", "--quiet", "--package", "hallpass-cli", "--message-format", "json-render-diagnostics"];

/// Runs every marked block; whether each command exited with 0.
pub(crate) fn run(root: &Path) -> Result<bool, Trouble> {
    let readme = Page::load(root, Path::new("README.md"))?;
    if readme.blocks.is_empty() {
        println!("README.md:1: no block is marked to be run; mark one ```console run");
        return Ok(false);
    }
    if !readme.passes(&mut child::command("bash", root))? {
        return Ok(false);
    }
    let mut pages = Vec::new();
    for path in pages_of(root)? {
        pages.push(Page::load(root, &path)?);
    }
    pages.retain(|page| !page.blocks.is_empty());
    let path = path_with(&hallpass(root)?);
    for page in pages {
        println!("-- {}", page.name);
        let failed = |source| Trouble::Write { path: env::temp_dir(), source };
        let home = tempfile::Builder::new().prefix("hallpass-").tempdir().map_err(failed)?;
        let mut bash = child::command("bash", home.path());
        at_home(&mut bash, home.path()).env("PATH", &path);
        if !page.passes(&mut bash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Every Markdown file of the folders, in the order of their names.
fn pages_of(root: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut pages = Vec::new();
    for folder in FOLDERS {
        let failed = |source| Trouble::Read { path: root.join(folder), source };
        for entry in fs::read_dir(root.join(folder)).map_err(failed)? {
            pages.push(Path::new(folder).join(entry.map_err(failed)?.file_name()));
        }
    }
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    Ok(pages)
}

/// The command, built.
fn hallpass(root: &Path) -> Result<PathBuf, Trouble> {
    let told = child::output(child::command("cargo", root).args(BUILD))?;
    let messages = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let built = messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?))).next_back();
    built.ok_or_else(|| Trouble::Answer {
        line: format!("cargo {}", BUILD.join(" ")),
        what: "it names no executable".into(),
    })
}

fn path_with(program: &Path) -> OsString {
    let mut path = OsString::from(program.parent().unwrap_or(Path::new(".")));
    if let Some(before) = env::var_os("PATH") {
        path.push(":");
        path.push(before);
    }
    path
}

/// Nothing of the user's own settings reaches a page.
fn at_home<'a>(bash: &'a mut Command, home: &Path) -> &'a mut Command {
    for name in ["HALLPASS_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        bash.env_remove(name);
    }
    bash.env("HOME", home)
}

struct Page {
    /// Its path from the root.
    name: String,
    blocks: Vec<Block>,
}

impl Page {
    fn load(root: &Path, name: &Path) -> Result<Self, Trouble> {
        let path = root.join(name);
        let text = child::read(&path)?;
        Ok(Self { name: name.display().to_string(), blocks: blocks(&text) })
    }

    fn passes(&self, bash: &mut Command) -> Result<bool, Trouble> {
        if let Some(block) = self.blocks.iter().find(|block| block.commands.is_empty()) {
            println!("{}:{}: a block to be run has no line that begins with `$ `; write one", self.name, block.line);
            return Ok(false);
        }
        child::passes(bash.args(["-c", &self.script()]).stdin(Stdio::null()))
    }

    fn script(&self) -> String {
        // Each job is a process group: what a job has started ends with it.
        let mut parts =
            vec!["set -m; trap 'for job in $(jobs -p); do kill -- -$job; done 2>/dev/null' EXIT".to_owned()];
        // A page that waits for a server that did not start would wait for ever.
        parts.push(format!("(sleep {LONGEST}; echo {} waits for ever; kill $$) &", quoted(&self.name)));
        parts.extend(self.blocks.iter().flat_map(|block| &block.commands).map(|line| command(&self.name, line)));
        parts.push("exit 0\n".into());
        parts.join("\n")
    }
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

/// The status is looked at after the command, not by `set -e`: that lets `false && true` pass.
fn command(page: &str, Line { number, text }: &Line) -> String {
    let shown = quoted(&format!("$ {text}"));
    if is_this_command(text) {
        return format!("echo {shown}' # skipped: it is what runs now'");
    }
    let failed = quoted(&format!("{page}:{number}: exited with"));
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
    fn a_page_is_one_shell() {
        assert_eq!(
            bash("cd /", "it=\"it's\"", "echo \"$it in $PWD\"").1,
            "$ cd /\n$ it=\"it's\"\n$ echo \"$it in $PWD\"\nit's in /\n"
        );
    }

    #[test]
    fn what_runs_in_the_background_is_ended_and_fails_nothing() {
        // It holds the pipe that `bash` reads to its end.
        assert_eq!(
            bash("true && sleep 600 &", "true", "true"),
            (Some(0), "$ true && sleep 600 &\n$ true\n$ true\n".into())
        );
    }

    #[test]
    fn this_very_command_is_skipped() {
        let (status, said) = bash("cargo xtask test", "cargo  xtask test --stage readme", "true");
        assert_eq!((status, said.matches("skipped").count()), (Some(0), 2), "{said}");
    }

    fn bash(one: &str, two: &str, three: &str) -> (Option<i32>, String) {
        let commands = [one, two, three].into_iter().zip(1..).map(|(text, number)| Line { number, text: text.into() });
        let blocks = commands.map(|line| Block { line: 0, commands: vec![line] }).collect();
        let script = Page { name: "README.md".into(), blocks }.script();
        let output = Command::new("bash").args(["-c", &script]).output().expect("bash runs");
        (output.status.code(), String::from_utf8(output.stdout).expect("bash says UTF-8"))
    }
}
