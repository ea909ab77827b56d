//! Whether the map at the head of a crate names its modules, and no others.

use std::collections::BTreeSet;

use super::Finding;
use super::rust::{code, without_tests};
use super::tree::Tree;

/// A root with fewer modules is read as fast as a map.
const MODULES: usize = 3;

/// A crate's root has a map of its modules, and each map, a folder's too, names every module and nothing else.
pub(super) fn maps(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in tree.rust() {
        let docs: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
        let begin = docs.iter().position(|line| line.starts_with("| module |"));
        let modules = modules(source);
        let is_root = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
        if begin.is_none() && !(is_root && modules.len() >= MODULES) {
            continue;
        }
        let named = names(&docs);
        for (line, module) in modules.iter().filter(|(_, module)| !named.contains(&**module)) {
            let what = format!("the map above does not name `{module}`: add a row that says what it holds");
            findings.push(Finding::new(path, *line, what));
        }
        let rows = begin.map_or(&[][..], |begin| &docs[begin..]);
        let map: Vec<&str> = rows.iter().copied().take_while(|line| line.starts_with('|')).collect();
        let known: BTreeSet<&str> = modules.iter().map(|(_, module)| &**module).collect();
        for gone in names(&map).difference(&known) {
            let line = begin.unwrap_or_default() + 1;
            findings.push(Finding::new(path, line, format!("the map names `{gone}`, which is no module here")));
        }
    }
    findings
}

/// The modules that are elsewhere, each with its line; those for tests alone are no part of a map.
fn modules(source: &str) -> Vec<(usize, String)> {
    let module = |line: &str| {
        let (visibility, name) = line.trim_end().strip_suffix(';')?.split_once("mod ")?;
        matches!(visibility, "" | "pub " | "pub(crate) " | "pub(super) ").then(|| name.to_owned())
    };
    let code = without_tests(&code(source));
    code.lines().zip(1..).filter_map(|(line, number)| Some((number, module(line)?))).collect()
}

/// What stands between backticks in the first cells of tables.
fn names<'a>(docs: &[&'a str]) -> BTreeSet<&'a str> {
    let cells = docs.iter().filter_map(|line| line.strip_prefix('|')?.split('|').next());
    let quoted = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    quoted.map(|name| name.trim_end_matches("()")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    const MAP: &str = "//! A.\n//!\n//! | module | what it holds |\n//! |---|---|\n//! | [`a`], `b` | both |\n";

    #[test]
    fn a_module_that_the_map_leaves_out_is_found_and_so_is_one_that_is_gone() {
        let source =
            format!("{MAP}//! | [`c`](mod@c) | gone |\n//!\n//! | feature | |\n\nmod a;\npub mod b;\nmod d;\n");
        assert_eq!(
            places(&maps(&Tree::of(&[("crates/x/src/lib.rs", &source)]))),
            ["crates/x/src/lib.rs:12", "crates/x/src/lib.rs:3"]
        );
        assert_eq!(places(&maps(&Tree::of(&[("crates/x/src/part/mod.rs", &source)]))).len(), 2);
    }

    #[test]
    fn tests_and_modules_within_need_no_row() {
        let source =
            format!("{MAP}\nmod a;\npub(crate) mod b;\nmod within {{}}\n#[cfg(test)]\nmod tests;\n// mod no;\n");
        assert_eq!(maps(&Tree::of(&[("crates/x/src/lib.rs", &source)])), []);
    }

    #[test]
    fn a_root_of_some_size_has_a_map_and_functions_of_that_name_will_do() {
        let bare = "//! A.\nmod a;\nmod b;\nmod c;\n";
        assert_eq!(maps(&Tree::of(&[("x/src/main.rs", bare), ("x/src/part/mod.rs", bare)])).len(), 3);
        let table = format!("//! | target |\n//! | [`a()`] |\n//! | [`b()`] |\n//! | [`c()`] |\n{}", &bare[8..]);
        assert_eq!(maps(&Tree::of(&[("x/src/lib.rs", &table)])), []);
        assert_eq!(maps(&Tree::of(&[("x/src/lib.rs", "//! A.\nmod a;\nmod b;\n")])), []);
    }
}
