//! What a crate must have before it can be published.

use toml::{Table, Value};

use super::Finding;
use super::tree::Tree;
use crate::readmes;

/// A crate that is published says what it is, brings its licences, and documents each feature.
pub(super) fn packages(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in published(tree) {
        let mut missing = |what: String| findings.push(Finding::new(package.manifest, 1, what));
        for key in ["description", "keywords", "categories", "license", "rust-version"] {
            if !package.about.contains_key(key) {
                missing(format!("add `{key}`: the registry shows it"));
            }
        }
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            if tree.file(&package.manifest.replace("Cargo.toml", licence)).is_none() {
                missing(format!("its package has no {licence}: `ln -s ../../{licence}` in its folder"));
            }
        }
        let docs_rs =
            package.about.get("metadata").and_then(|metadata| metadata.get("docs")?.get("rs")?.get("all-features"));
        if docs_rs.and_then(Value::as_bool) != Some(true) {
            missing("add `[package.metadata.docs.rs]` with `all-features = true`".into());
        }
        for feature in package.features.keys().filter(|feature| *feature != "default") {
            if !docs_of(package.source).any(|line| line.contains(&format!("`{feature}`"))) {
                missing(format!("the crate docs do not say what the feature `{feature}` is: add it to their table"));
            }
        }
    }
    findings
}

/// A README is what the crate docs say.
pub(super) fn readmes(tree: &Tree) -> Vec<Finding> {
    let what = "not what the crate docs say: run `cargo xtask readmes`";
    stale(tree).into_iter().map(|(path, _)| Finding::new(&path, 1, what)).collect()
}

/// What a package brings from elsewhere in the repository is a link, or says the same.
pub(super) fn links(tree: &Tree) -> Vec<Finding> {
    let from = |path: &str| match path.split('/').collect::<Vec<_>>()[..] {
        ["crates", _, name @ ("LICENSE-APACHE" | "LICENSE-MIT")] => Some(name.to_owned()),
        ["crates", "profile", "src", "reference.md"] => Some("docs/profiles.md".to_owned()),
        _ => None,
    };
    let brought = tree.texts(|_| true).filter_map(|(path, text)| Some((path, text, from(path)?)));
    let other = brought.filter(|(_, text, from)| tree.file(from).and_then(|file| file.text.as_deref()) != Some(*text));
    other.map(|(path, _, from)| Finding::new(path, 1, format!("not what {from} says: make it a link to it"))).collect()
}

/// The READMEs that are missing or out of date, and what they should be.
pub(super) fn stale(tree: &Tree) -> Vec<(String, String)> {
    let own = published(tree).into_iter().filter(|package| !package.about.contains_key("readme"));
    let wanted = own.map(|package| {
        let name = package.about.get("name").and_then(Value::as_str).unwrap_or_default();
        let path = package.manifest.replace("Cargo.toml", "README.md");
        (path, readmes::readme(name, package.source))
    });
    wanted.filter(|(path, text)| tree.file(path).and_then(|file| file.text.as_ref()) != Some(text)).collect()
}

struct Package<'a> {
    /// The path of its Cargo.toml.
    manifest: &'a str,
    about: Table,
    features: Table,
    /// Its root file.
    source: &'a str,
}

fn published(tree: &Tree) -> Vec<Package<'_>> {
    let is_manifest = |path: &str| matches!(path.split('/').collect::<Vec<_>>()[..], ["crates", _, "Cargo.toml"]);
    tree.texts(is_manifest).filter_map(|(manifest, text)| package(tree, manifest, text)).collect()
}

fn package<'a>(tree: &'a Tree, manifest: &'a str, text: &str) -> Option<Package<'a>> {
    let mut table: Table = text.parse().ok()?;
    let Some(Value::Table(about)) = table.remove("package") else { return None };
    if about.get("publish").and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let features = table.remove("features").and_then(|features| features.try_into().ok()).unwrap_or_default();
    let source = |root: &str| tree.file(&manifest.replace("Cargo.toml", root))?.text.as_deref();
    let source = source("src/lib.rs").or_else(|| source("src/main.rs"))?;
    Some(Package { manifest, about, features, source })
}

fn docs_of(source: &str) -> impl Iterator<Item = &str> {
    source.lines().take_while(|line| line.starts_with("//!"))
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    const ABOUT: &str = "[package]\nname = \"a\"\ndescription = \"\"\nkeywords = []\ncategories = []\nlicense = \"\"\n\
                         rust-version = \"\"\n[package.metadata.docs.rs]\nall-features = true\n";

    #[test]
    fn what_the_registry_shows_and_each_feature_must_be_there() {
        let manifest = format!("{ABOUT}[features]\ndefault = []\nb = []\nc = []\n");
        let docs = "//! A. `b` does it.\n";
        let tree = Tree::of(&[
            ("crates/a/Cargo.toml", &manifest),
            ("crates/a/src/lib.rs", docs),
            ("crates/a/LICENSE-APACHE", ""),
            ("crates/a/LICENSE-MIT", ""),
            ("crates/d/Cargo.toml", "[package]\nname = \"d\"\n"),
            ("crates/d/src/main.rs", "//! D.\n"),
            ("crates/e/Cargo.toml", "[package]\nname = \"e\"\npublish = false\n"),
            ("crates/e/src/lib.rs", "//! E.\n"),
        ]);
        let found = packages(&tree);
        assert_eq!(found[0].what, "the crate docs do not say what the feature `c` is: add it to their table");
        assert_eq!(places(&found[1..]), ["crates/d/Cargo.toml:1"; 8]);
    }

    #[test]
    fn a_copy_that_says_something_else_is_found() {
        let tree = Tree::of(&[
            ("LICENSE-MIT", "MIT"),
            ("docs/profiles.md", "# Profiles\n"),
            ("crates/a/LICENSE-MIT", "MIT"),
            ("crates/b/LICENSE-MIT", "../../LICENSE-MIT"),
            ("crates/profile/src/reference.md", "# Profile\n"),
        ]);
        assert_eq!(places(&links(&tree)), ["crates/b/LICENSE-MIT:1", "crates/profile/src/reference.md:1"]);
    }

    #[test]
    fn a_readme_that_is_not_made_from_the_docs_is_found() {
        let docs = "//! A.\n";
        let right = readmes::readme("a", docs);
        let tree = |readme: &str| {
            Tree::of(&[("crates/a/Cargo.toml", ABOUT), ("crates/a/src/lib.rs", docs), ("crates/a/README.md", readme)])
        };
        assert_eq!(readmes(&tree(&right)), []);
        assert_eq!(places(&readmes(&tree("# a\n"))), ["crates/a/README.md:1"]);
    }
}
