//! `cargo xtask readmes`: each crate's README.md, made from its crate docs, so that there is one text of the two.

use std::path::Path;

use crate::child::{self, Trouble};
use crate::tidy;

/// `cargo xtask readmes` takes no options.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Writes every README that is not as the docs have it.
pub(crate) fn run(_: &Args, root: &Path) -> Result<bool, Trouble> {
    for (path, text) in tidy::stale_readmes(root)? {
        child::write(&root.join(&path), &text)?;
        println!("wrote {path}");
    }
    Ok(true)
}

/// The README of the crate `name`, whose root file is `source`.
pub(crate) fn readme(name: &str, source: &str) -> String {
    let mut text = format!("# {name}\n\n");
    let mut fence = Fence::None;
    let docs = source.lines().map_while(|line| line.strip_prefix("//!"));
    for line in docs.map(|line| line.strip_prefix(' ').unwrap_or(line)) {
        let line = match (fence, line.strip_prefix("```")) {
            (Fence::None, Some(info)) => {
                fence = if is_rust(info) { Fence::Rust } else { Fence::Other };
                if fence == Fence::Rust { "```rust".to_owned() } else { line.to_owned() }
            }
            (_, Some(_)) => {
                fence = Fence::None;
                line.to_owned()
            }
            (Fence::Rust, None) if line == "#" || line.starts_with("# ") => continue,
            (Fence::None, None) if line.starts_with('#') => format!("#{line}"),
            (Fence::None, None) => without_links(line),
            (_, None) => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text + "\nA part of hallpass. Licensed under MIT or Apache-2.0, as you like. This page is made from the crate's docs.\n"
}

#[derive(Clone, Copy, PartialEq)]
enum Fence {
    None,
    Rust,
    Other,
}

/// As rustdoc sees a fence: no word, or only words that it knows.
fn is_rust(info: &str) -> bool {
    info.split(',').all(|word| ["", "rust", "no_run", "ignore", "should_panic", "compile_fail"].contains(&word.trim()))
}

/// Links to items lead nowhere outside the docs: their text stays.
fn without_links(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        let closed = after.split_once(']').map(|(text, after)| (text, after, target(after)));
        let (pieces, behind): (&[&str], &str) = match closed {
            Some((text, _, Some((to, behind)))) if to.contains("://") => (&["[", text, "](", to, ")"], behind),
            Some((text, _, Some((_, behind)))) => (&[text], behind),
            Some((text, after, None)) if text.starts_with('`') && text.ends_with('`') => (&[text], after),
            _ => (&["["], after),
        };
        out.push_str(before);
        out.extend(pieces.iter().copied());
        rest = behind;
    }
    out + rest
}

/// What stands between parentheses at the beginning, and what comes behind.
fn target(after: &str) -> Option<(&str, &str)> {
    after.strip_prefix('(')?.split_once(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_become_a_page_that_reads_without_rustdoc() {
        let source = "//! What it is: [`A`], [`b`](c::d), [e](https://f.example).\n//!\n//! # G\n//!\n//! ```no_run\n\
                      //! # fn main() {\n//! let [h] = [1]; // [`I`]\n//! # }\n//! ```\n//!\n//! ```sh\n//! # j\n//! ```\n\n\
                      mod k;\n//! not this\n";
        let text = readme("x", source);
        let shown = "# x\n\nWhat it is: `A`, `b`, [e](https://f.example).\n\n## G\n\n```rust\nlet [h] = [1]; // [`I`]\n\
                     ```\n\n```sh\n# j\n```\n\nA part of hallpass.";
        assert!(text.starts_with(shown), "{text}");
    }
}
