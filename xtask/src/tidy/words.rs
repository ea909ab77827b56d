//! Whether the word list still tells where things are.

use super::Finding;
use super::rust::{code, lines_naming};
use super::tree::{Tree, has_extension};

const PAGE: &str = "docs/words.md";

/// What a word list names in the last column of a table is there: a file or folder, or an item of a crate.
pub(super) fn word_list(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.file(PAGE).and_then(|file| file.text.as_deref()) else { return Vec::new() };
    let sources: Vec<String> =
        tree.rust().filter(|(path, _)| path.starts_with("crates/")).map(|(_, source)| code(source)).collect();
    let mut findings = Vec::new();
    for (line, number) in page.lines().zip(1..) {
        for name in places(line) {
            let there = if name.contains('/') || has_extension(name, "rs") {
                tree.files.iter().any(|file| file.path.contains(name))
            } else {
                name.split("::").all(|part| sources.iter().any(|source| declares(source, part)))
            };
            if !there {
                findings.push(Finding::new(PAGE, number, format!("`{name}` is not there any more: say where it is")));
            }
        }
    }
    findings
}

/// The code spans in the third column.
fn places(line: &str) -> impl Iterator<Item = &str> {
    let cell = line.strip_prefix('|').and_then(|row| row.split('|').nth(2)).unwrap_or_default();
    cell.split('`').skip(1).step_by(2)
}

/// Crates are named without their prefix: `core::time` is `hallpass_core::time`.
fn declares(source: &str, name: &str) -> bool {
    let kinds = ["mod", "struct", "enum", "trait", "fn"];
    let declared = |kind: &str| !lines_naming(source, &format!("{kind} {name}")).is_empty();
    kinds.into_iter().any(declared) || source.contains(&format!("hallpass_{name}")) || field(source, name)
}

fn field(source: &str, name: &str) -> bool {
    source.contains(&format!("    pub {name}: "))
}

#[cfg(test)]
mod tests {
    use super::super::places as found;
    use super::*;

    #[test]
    fn what_the_list_names_and_is_gone_is_found() {
        let page = "| word | what | where |\n|---|---|---|\n| a | b | `core::Held`, `Record::spending` |\n\
                    | c | `any` | `core::Hold`, `crates/store`, `crates/shop`, `gauge.rs` |\n";
        let source = "use hallpass_core as core;\npub struct Held;\npub struct Record {\n    pub spending: u8,\n}\n";
        let tree =
            |page| Tree::of(&[("docs/words.md", page), ("crates/store/src/lib.rs", source), ("crates/b/gauge.rs", "")]);
        let said: Vec<_> = word_list(&tree(page)).into_iter().map(|finding| finding.what).collect();
        assert_eq!(
            said,
            [
                "`core::Hold` is not there any more: say where it is",
                "`crates/shop` is not there any more: say where it is"
            ]
        );
        assert_eq!(found(&word_list(&tree(page))), ["docs/words.md:4", "docs/words.md:4"]);
    }
}
