//! `cargo xtask proof`: the page of claims, made from what the commands have found.

mod claims;
mod counted;
pub(crate) mod results;

use std::fmt::Write;
use std::path::Path;

use toml_edit::{DocumentMut, Item};

use crate::child::{self, Trouble};
use claims::CLAIMS;

/// The page, from the root.
const PAGE: &str = "docs/proof.md";

/// The page whose tables other commands write.
const FUZZING: &str = "docs/fuzzing.md";

/// The options of `cargo xtask proof`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Make the page from what is kept, and run nothing
    #[arg(long)]
    page: bool,
}

/// Runs what is over in a minute or two, and makes the page.
pub(crate) fn run(args: &Args, root: &Path) -> Result<bool, Trouble> {
    let mut whole = true;
    for claim in CLAIMS.iter().filter(|claim| claim.is_cheap && !args.page) {
        println!("== {}", claim.command);
        let arguments = claim.command.trim_start_matches("cargo ").split(' ');
        whole &= child::passes(child::command("cargo", root).args(arguments))?;
    }
    let path = root.join(PAGE);
    let page = page(&results::read(root)?, &fuzzing(root)?);
    child::write(&path, &page)?;
    println!("{}", path.display());
    Ok(whole)
}

fn fuzzing(root: &Path) -> Result<String, Trouble> {
    child::read(&root.join(FUZZING))
}

/// A line of the table.
struct Row<'a> {
    what: &'a str,
    figure: String,
    command: String,
    when: String,
}

fn page(results: &DocumentMut, fuzzing: &str) -> String {
    let mut text = "# Proof\n\n\
        What hallpass claims about itself, what was found, and the command that repeats it.\n\
        `cargo xtask proof` makes this page from [what the commands have found](proof/results.toml) and from the tables of\n\
        [fuzzing](fuzzing.md); each command writes there when it is run with `--record`. Nobody writes a figure by hand, and a\n\
        `+` behind a commit stands for changes that were not committed yet.\n\n\
        | claim | found | repeat it with | when |\n|---|---|---|---|\n"
        .to_owned();
    let mut keys: Vec<_> = CLAIMS.iter().map(|claim| (claim.key, claim.what, claim.command)).collect();
    let others = results.iter().map(|(key, _)| key).filter(|key| CLAIMS.iter().all(|claim| claim.key != *key));
    keys.extend(others.map(|key| (key, key, "")));
    let kept = keys.iter().map(|(key, what, command)| kept(results.get(key), what, command));
    for Row { what, figure, command, when } in kept.chain(counted::rows(fuzzing)) {
        let _ = writeln!(text, "| {what} | {figure} | `{command}` | {when} |");
    }
    text.push_str(claims::TESTED);
    for (key, what, _) in keys {
        let table = said(results.get(key), "table");
        if !table.is_empty() {
            let _ = write!(text, "\n## {}\n\n{}```text\n{table}\n```\n", heading(what), claims::picture(key));
        }
    }
    text
}

/// The line of a claim whose figure lies in the results, or does not yet.
fn kept<'a>(entry: Option<&Item>, what: &'a str, command: &str) -> Row<'a> {
    if entry.is_none() {
        return Row { what, figure: "not run yet".into(), command: command.into(), when: String::new() };
    }
    let when = format!("{}, `{}`", said(entry, "date"), said(entry, "commit"));
    Row { what, figure: said(entry, "figure").into(), command: said(entry, "command").into(), when }
}

/// A member of an entry, or nothing.
fn said<'a>(entry: Option<&'a Item>, member: &str) -> &'a str {
    entry.and_then(|entry| entry.get(member)).and_then(Item::as_str).unwrap_or_default()
}

/// A claim up to its first comma or colon.
fn heading(what: &str) -> &str {
    what.split([',', ':']).next().unwrap_or(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_what_the_results_say() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
        let committed = std::fs::read_to_string(root.join(PAGE)).unwrap_or_default();
        let fuzzing = fuzzing(root).expect("the page is there");
        let made = page(&results::read(root).expect("the results can be read"), &fuzzing);
        assert_eq!(committed, made, "run `cargo xtask proof --page`");
    }

    #[test]
    fn what_was_not_run_is_said_and_what_is_not_known_is_shown() {
        let kept = "[other]\nfigure = \"3\"\ncommand = \"c\"\ndate = \"d\"\ncommit = \"e\"\ntable = \"t\"\n";
        let page = page(&kept.parse().expect("it is TOML"), "");
        assert!(page.contains("| other | 3 | `c` | d, `e` |\n"), "{page}");
        assert!(page.contains("| not run yet | `cargo xtask sim --seeds 10000000 --record` |"), "{page}");
        assert!(page.ends_with("\n## other\n\n```text\nt\n```\n"), "{page}");
    }

    #[test]
    fn every_claim_has_a_key_of_its_own() {
        for (at, claims::Claim { key, .. }) in CLAIMS.iter().enumerate() {
            assert!(CLAIMS.iter().skip(at + 1).all(|other| other.key != *key), "{key}");
        }
    }
}
