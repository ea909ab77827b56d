//! What the core may not touch: it is pure.

use super::Finding;
use super::rust;
use super::tree::Tree;

const SOURCES: &str = "crates/core/src/";

const CLOCK: &str = "the core reads no clock: take a `Now`";
const WORLD: &str = "the core does no I/O and starts nothing: ask for an effect";
const STATE: &str = "the core has no global state: keep it in the machine";
const CHANCE: &str = "the core makes no chance of its own: use the seed it is given";
const ORDER: &str = "hash order differs from run to run: use a BTreeMap, a BTreeSet or a Vec";

const FORBIDDEN: &[(&str, &str)] = &[
    ("SystemTime::now", CLOCK),
    ("Instant::now", CLOCK),
    ("UtcDateTime::now", CLOCK),
    ("OffsetDateTime::now", CLOCK),
    ("std::env", WORLD),
    ("std::fs", WORLD),
    ("std::net", WORLD),
    ("std::process", WORLD),
    ("std::thread", WORLD),
    ("tokio", WORLD),
    ("static mut", STATE),
    ("getrandom", CHANCE),
    ("rand::", CHANCE),
    ("HashMap", ORDER),
    ("HashSet", ORDER),
];

/// The sources of the core, their tests included, name nothing that makes two runs differ.
pub(super) fn forbidden_names(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in tree.rust().filter(|(path, _)| path.starts_with(SOURCES)) {
        let code = rust::code(source);
        let grouped: Vec<_> =
            rust::grouped_std(&code).into_iter().map(|(line, member)| (line, format!("std::{member}"))).collect();
        for &(name, why) in FORBIDDEN {
            let lines = rust::lines_naming(&code, name).into_iter();
            let lines = lines.chain(grouped.iter().filter(|(_, member)| member == name).map(|&(line, _)| line));
            findings.extend(lines.map(|line| Finding::new(path, line, format!("`{name}`: {why}"))));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn every_forbidden_name_is_found() {
        for (name, why) in FORBIDDEN {
            let tree = Tree::of(&[("crates/core/src/a.rs", &format!("\nfn a() {{ {name} }}\n"))]);
            assert_eq!(
                forbidden_names(&tree),
                [Finding::new("crates/core/src/a.rs", 2, format!("`{name}`: {why}"))],
                "{name}"
            );
        }
    }

    #[test]
    fn a_grouped_import_hides_nothing() {
        let tree = Tree::of(&[("crates/core/src/a.rs", "use std::{\n    fmt,\n    fs::{self, File},\n};\n")]);
        assert_eq!(places(&forbidden_names(&tree)), ["crates/core/src/a.rs:3"]);
    }

    #[test]
    fn comments_strings_longer_names_and_other_crates_may_say_them() {
        let tree = Tree::of(&[
            (
                "crates/core/src/a.rs",
                "//! No std::fs.\nconst A: &str = \"tokio\"; // HashMap\nuse operand::std::fmt;\n",
            ),
            ("crates/core/tests/vectors.rs", "use std::fs;\n"),
            ("crates/store/src/file.rs", "use std::fs;\n"),
        ]);
        assert_eq!(forbidden_names(&tree), []);
    }
}
