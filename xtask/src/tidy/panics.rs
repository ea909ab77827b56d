//! No panic on input, and no test that does not run.

use std::collections::BTreeSet;

use super::Finding;
use super::rust;
use super::tree::Tree;
use crate::api::LIBRARIES;

const FORBIDDEN: &[&str] = &[".unwrap()", "panic!(", "unreachable!(", "todo!(", "unimplemented!(", "dbg!("];

/// The libraries, outside their tests, do not panic but where an `expect` states why it cannot happen.
pub(super) fn panics(tree: &Tree) -> Vec<Finding> {
    let sources: Vec<_> = tree
        .rust()
        .filter(|(path, _)| is_library_source(path))
        .map(|(path, source)| (path, rust::code(source)))
        .collect();
    let tests: BTreeSet<String> = sources.iter().flat_map(|(path, code)| test_files(path, code)).collect();
    let is_test = |path: &str| {
        tests
            .iter()
            .any(|module| path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
    };

    let mut findings = Vec::new();
    for (path, code) in sources.iter().filter(|(path, _)| !is_test(path)) {
        let code = rust::without_tests(code);
        for name in FORBIDDEN {
            let what =
                format!("`{name}` in a library: return an error, or `expect` with the invariant that rules it out");
            findings.extend(rust::lines_naming(&code, name).into_iter().map(|line| Finding::new(path, line, &*what)));
        }
    }
    findings
}

/// No test is ignored.
pub(super) fn ignored_tests(tree: &Tree) -> Vec<Finding> {
    let sources = tree.rust().map(|(path, source)| (path, rust::code(source)));
    sources
        .flat_map(|(path, code)| {
            let lines = rust::lines_naming(&code, "#[ignore");
            lines.into_iter().map(move |line| Finding::new(path, line, "an ignored test: make it run, or delete it"))
        })
        .collect()
}

fn is_library_source(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts[..], ["crates", library, "src", ..] if LIBRARIES.contains(&library)) && !parts.contains(&"tests")
}

/// Where the test modules are that the file at `path` declares, without `.rs`.
fn test_files(path: &str, code: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder,
        _ => path.trim_end_matches(".rs"),
    };
    rust::test_modules(code).into_iter().map(|module| format!("{folder}/{module}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn every_way_to_panic_is_found_in_every_library() {
        for library in LIBRARIES {
            for name in FORBIDDEN {
                let path = format!("crates/{library}/src/a.rs");
                let tree = Tree::of(&[(&path, &format!("fn a() {{\n    b();{name}\n}}\n"))]);
                assert_eq!(places(&panics(&tree)), [format!("{path}:2")], "{name}");
            }
        }
    }

    #[test]
    fn test_modules_wherever_they_are_may_panic() {
        let tree = Tree::of(&[
            ("crates/core/src/lib.rs", "#[cfg(test)]\nmod world;\n#[cfg(test)]\nmod tests { fn a() { b.unwrap() } }\n"),
            ("crates/core/src/world.rs", "panic!()"),
            ("crates/core/src/world/deep.rs", "panic!()"),
            ("crates/core/src/worldly.rs", "panic!()"),
            ("crates/core/src/a.rs", "#[cfg(test)]\nmod props;"),
            ("crates/core/src/a/props.rs", "panic!()"),
            ("crates/core/src/b/tests/c.rs", "panic!()"),
            ("crates/core/tests/d.rs", "panic!()"),
            ("crates/cli/src/main.rs", "panic!()"),
        ]);
        assert_eq!(places(&panics(&tree)), ["crates/core/src/worldly.rs:1"]);
    }

    #[test]
    fn examples_in_docs_and_an_expect_may_stay() {
        let source = "/// x.unwrap()\nfn a() { b.expect(\"todo!(\"); c.unwrap_or(d) }\n";
        assert_eq!(panics(&Tree::of(&[("crates/core/src/a.rs", source)])), []);
    }

    #[test]
    fn ignored_tests_are_found_anywhere() {
        let tree = Tree::of(&[
            ("tests/a.rs", "#[test]\n#[ignore]\nfn a() {}\n"),
            ("crates/cli/src/b.rs", "#[ignore = \"slow\"] fn b() {} // #[ignore]"),
        ]);
        assert_eq!(places(&ignored_tests(&tree)), ["tests/a.rs:2", "crates/cli/src/b.rs:1"]);
    }
}
