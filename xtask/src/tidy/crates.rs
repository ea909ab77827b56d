//! What a crate may depend on.

use Allowed::{AnyBut, Only};

use super::Finding;
use super::tree::{Crate, Tree};

const CORE: &[&str] =
    &["http", "bytes", "serde", "serde_json", "base64", "time", "thiserror", "zeroize", "httpdate", "hmac-sha256"];

/// The core depends on little, and on nothing that reaches the world.
pub(super) fn core_dependencies(tree: &Tree) -> Vec<Finding> {
    let core = tree.crates.iter().filter(|it| it.name == "hallpass-core");
    let dependencies = core.flat_map(|core| core.dependencies.iter().map(move |dependency| (core, dependency)));
    dependencies
        .filter(|(_, dependency)| !CORE.contains(&dependency.as_str()))
        .map(|(core, dependency)| {
            let what = format!("the core may not depend on `{dependency}`, only on {}: do without", CORE.join(", "));
            at(tree, core, dependency, what)
        })
        .collect()
}

enum Allowed {
    Only(&'static [&'static str]),
    AnyBut(&'static [&'static str]),
}

const DRIVER: Allowed = Only(&["hallpass-core", "hallpass-store", "hallpass-client"]);

/// All that programs are built with.
const FACADE: Allowed = Only(&[
    "hallpass-core",
    "hallpass-store",
    "hallpass-client",
    "hallpass-blocking",
    "hallpass-async",
    "hallpass-profile",
    "hallpass-tower",
    "hallpass-reqwest-middleware",
    "hallpass-ureq",
]);

/// It makes calls, opens profiles, and is a test server.
const COMMAND: Allowed = Only(&[
    "hallpass-core",
    "hallpass-store",
    "hallpass-client",
    "hallpass-blocking",
    "hallpass-profile",
    "hallpass-testkit",
    "hallpass-testserver",
]);

/// Which crates of the workspace each may depend on: the map of the repository as data.
const DIRECTION: &[(&str, Allowed)] = &[
    ("hallpass-core", Only(&[])),
    ("hallpass-store", Only(&["hallpass-core"])),
    ("hallpass-client", Only(&["hallpass-core", "hallpass-store"])),
    ("hallpass-blocking", DRIVER),
    ("hallpass-async", DRIVER),
    ("hallpass-profile", DRIVER),
    ("hallpass-tower", Only(&["hallpass-async"])),
    ("hallpass-reqwest-middleware", Only(&["hallpass-async"])),
    ("hallpass-ureq", Only(&["hallpass-blocking"])),
    ("hallpass-testkit", Only(&["hallpass-core"])),
    ("hallpass-testserver", Only(&["hallpass-core", "hallpass-testkit"])),
    ("hallpass-fuzzing", Only(&["hallpass-core", "hallpass-store", "hallpass-profile", "hallpass-testkit"])),
    ("hallpass", FACADE),
    ("script", Only(&["hallpass"])),
    ("hallpass-cli", COMMAND),
    ("hallpass-conformance", AnyBut(&["hallpass-cli", "xtask"])),
    ("xtask", AnyBut(&[])),
];

/// Data flows one way: a crate depends only on those before it on the map. Tests may look anywhere.
pub(super) fn direction(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for krate in &tree.crates {
        let Some((_, allowed)) = DIRECTION.iter().find(|(name, _)| *name == krate.name) else {
            let what = format!("`{}` has no line in DIRECTION: add it in {}", krate.name, file!());
            findings.push(Finding::new(&krate.manifest, 1, what));
            continue;
        };
        let inside = |name: &&String| tree.crates.iter().any(|other| other.name == **name);
        let forbidden = |name: &&String| match allowed {
            Only(names) => !names.contains(&name.as_str()),
            AnyBut(names) => names.contains(&name.as_str()),
        };
        for name in krate.dependencies.iter().filter(inside).filter(forbidden) {
            let what = format!("`{}` may not depend on `{name}`: data flows the other way", krate.name);
            findings.push(at(tree, krate, name, what));
        }
    }
    findings
}

const MOST: usize = 50;

/// A program with the blocking driver builds few crates.
pub(super) fn blocking_tree(tree: &Tree) -> Vec<Finding> {
    let blocking = tree.crates.iter().find(|it| it.name == "hallpass-blocking");
    let count = tree.blocking.len();
    let large = blocking.filter(|_| count > MOST);
    let finding = large.map(|blocking| {
        let what = format!(
            "{count} crates in the tree, {MOST} at most: \
             `cargo tree -p hallpass-blocking -e normal` shows them; drop a feature or a dependency"
        );
        Finding::new(&blocking.manifest, 1, what)
    });
    finding.into_iter().collect()
}

/// What the project was given to build on needs no reason.
const GIVEN: &[&str] = &["http", "serde", "base64", "time", "ureq", "reqwest", "proptest", "serde_json"];

/// Every dependency has earned its place in a comment: on its line, or above it with no blank line between (a comment
/// speaks for its whole group).
pub(super) fn reasons(tree: &Tree) -> Vec<Finding> {
    let text = tree.file("Cargo.toml").and_then(|file| file.text.as_deref()).unwrap_or_default();
    let table = text.lines().zip(1..).skip_while(|(line, _)| line.trim() != "[workspace.dependencies]").skip(1);
    let mut findings = Vec::new();
    let mut spoken_for = false;
    for (line, number) in table.take_while(|(line, _)| !line.starts_with('[')) {
        if line.trim().is_empty() {
            spoken_for = false;
        } else if line.starts_with('#') {
            spoken_for = true;
        } else if let Some(name) = dependency(line) {
            let given = GIVEN.contains(&name) || name == "hallpass" || name.starts_with("hallpass-");
            if !given && !spoken_for && !line.contains('#') {
                let what = format!("`{name}` has no reason: say in a `#` comment on its line or above its group why");
                findings.push(Finding::new("Cargo.toml", number, what));
            }
        }
    }
    findings
}

/// The name that `line` of a manifest gives a dependency; a line that goes on from the one before gives none.
fn dependency(line: &str) -> Option<&str> {
    let word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let end = line.find(|c| !word(c))?;
    let rest = line[end..].trim_start();
    (end > 0 && rest.starts_with(['=', '.'])).then(|| &line[..end])
}

/// A finding on the line of `krate`'s manifest that names `name`.
fn at(tree: &Tree, krate: &Crate, name: &str, what: String) -> Finding {
    let text = tree.file(&krate.manifest).and_then(|file| file.text.as_deref()).unwrap_or_default();
    let line = text.lines().position(|line| dependency(line) == Some(name)).map_or(1, |index| index + 1);
    Finding::new(&krate.manifest, line, what)
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn a_dependency_the_core_may_not_have_is_found_on_its_line() {
        let manifest = "[dependencies]\nhttp.workspace = true\nureq = \"3\"\n";
        let tree = Tree::of(&[("crates/core/Cargo.toml", manifest)])
            .with_crate("hallpass-core", "crates/core/Cargo.toml", &["http", "ureq"])
            .with_crate("hallpass-blocking", "crates/blocking/Cargo.toml", &["ureq"]);
        assert_eq!(places(&core_dependencies(&tree)), ["crates/core/Cargo.toml:3"]);
    }

    #[test]
    fn a_dependency_against_the_direction_is_found() {
        let tree = Tree::default()
            .with_crate("hallpass-core", "core", &["http"])
            .with_crate("hallpass-store", "store", &["hallpass-core", "hallpass-client"])
            .with_crate("hallpass-client", "client", &["hallpass-core", "hallpass-store"])
            .with_crate("hallpass-testkit", "testkit", &["hallpass-store"])
            .with_crate("hallpass", "facade", &["hallpass-client", "hallpass-testkit"])
            .with_crate("hallpass-async", "async", &["hallpass-client"])
            .with_crate("hallpass-cli", "cli", &["hallpass-store", "hallpass-testkit", "hallpass-async"])
            .with_crate("xtask", "xtask", &["hallpass-cli"]);
        assert_eq!(places(&direction(&tree)), ["store:1", "testkit:1", "facade:1", "cli:1"]);
    }

    #[test]
    fn a_crate_that_is_not_on_the_map_is_found() {
        let tree = Tree::default().with_crate("hallpass-new", "crates/new/Cargo.toml", &[]);
        assert_eq!(places(&direction(&tree)), ["crates/new/Cargo.toml:1"]);
    }

    #[test]
    fn a_tree_over_the_limit_is_found() {
        let mut tree = Tree::default().with_crate("hallpass-blocking", "b", &["ureq"]);
        tree.blocking = (0..50).map(|n| n.to_string()).collect();
        assert_eq!(blocking_tree(&tree), []);
        tree.blocking.insert("one more".into());
        assert_eq!(places(&blocking_tree(&tree)), ["b:1"]);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let manifest = "\
[dependencies]
before = \"1\"
[workspace.dependencies]
hallpass-core = { path = \"crates/core\" }
alone = \"1\"
http = \"1\"
told = \"1\" # because

# A group.
first = \"1\"
second = { version = \"1\", features = [
    \"x\",
] }

third.version = \"1\"
[profile.release]
lto = \"thin\"
";
        assert_eq!(places(&reasons(&Tree::of(&[("Cargo.toml", manifest)]))), ["Cargo.toml:5", "Cargo.toml:15"]);
    }
}
