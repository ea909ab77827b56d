//! What may be depended on: deny.toml, which cargo-deny reads too, held against what cargo says, so that the tests need no
//! tool that takes minutes to install. What is known against a crate only cargo-deny can ask for (`cargo xtask deny`).

use spdx::{Expression, ParseMode};
use toml::Table;

use super::Finding;
use super::tree::{Package, Tree};

const RULES: &str = "deny.toml";

/// Each crate may be used under one of the licences listed.
pub(super) fn licenses(tree: &Tree) -> Vec<Finding> {
    let allowed = strings(tree, "licenses", "allow");
    let is_allowed = |package: &&Package| {
        let read = Expression::parse_mode(&package.license, ParseMode::LAX);
        read.is_ok_and(|read| read.evaluate(|license| allowed.contains(&license.to_string())))
    };
    let told = |package: &Package| at(package, format!("its licence is `{}`: {RULES} allows no such", package.license));
    tree.packages.iter().filter(|package| !is_allowed(package)).map(told).collect()
}

/// None of the crates that are banned.
pub(super) fn bans(tree: &Tree) -> Vec<Finding> {
    let banned = crates(tree, "deny");
    let is_banned = |package: &&Package| banned.iter().any(|ban| ban.is(package));
    let told =
        |package: &Package| at(package, format!("{RULES} bans it: `cargo tree -i {}` shows whose it is", package.name));
    tree.packages.iter().filter(is_banned).map(told).collect()
}

/// One version of each, but for those that deny.toml gives a reason for.
pub(super) fn duplicates(tree: &Tree) -> Vec<Finding> {
    let skipped = crates(tree, "skip");
    let counted: Vec<&Package> =
        tree.packages.iter().filter(|package| !skipped.iter().any(|skip| skip.is(package))).collect();
    let twice = |package: &&&Package| counted.iter().filter(|other| other.name == package.name).count() > 1;
    let told = |package: &&Package| {
        let what = "there are two of it: update what asks for the older (`cargo tree -i` names it), or give a reason";
        at(package, format!("{what} in `skip` of {RULES}"))
    };
    counted.iter().filter(twice).map(told).collect()
}

/// From one registry, or from here.
pub(super) fn sources(tree: &Tree) -> Vec<Finding> {
    let registries = tree.packages.iter().filter_map(|package| package.source.as_deref());
    let registry = registries.into_iter().find(|source| source.starts_with("registry+"));
    let is_other = |package: &&Package| package.source.is_some() && package.source.as_deref() != registry;
    let told = |package: &Package| {
        let source = package.source.as_deref().unwrap_or_default();
        at(package, format!("it comes from {source}: all others come from one registry"))
    };
    tree.packages.iter().filter(is_other).map(told).collect()
}

fn at(package: &Package, what: impl std::fmt::Display) -> Finding {
    Finding::new("Cargo.lock", 1, format!("{} {}: {what}", package.name, package.version))
}

/// `name`, or `name@version` with as much of a version as matters.
struct Named(String);

impl Named {
    fn is(&self, package: &Package) -> bool {
        let (name, version) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let rest = package.version.strip_prefix(version);
        name == package.name && rest.is_some_and(|rest| version.is_empty() || rest.is_empty() || rest.starts_with('.'))
    }
}

/// The `crate` of each entry of a list in `[bans]`.
fn crates(tree: &Tree, list: &str) -> Vec<Named> {
    let entries = rules(tree).get("bans").and_then(|bans| bans.get(list)?.as_array().cloned()).unwrap_or_default();
    entries.iter().filter_map(|entry| Some(Named(entry.get("crate")?.as_str()?.to_owned()))).collect()
}

fn strings(tree: &Tree, table: &str, list: &str) -> Vec<String> {
    let entries = rules(tree).get(table).and_then(|table| table.get(list)?.as_array().cloned()).unwrap_or_default();
    entries.iter().filter_map(|entry| Some(entry.as_str()?.to_owned())).collect()
}

/// Empty, which allows nothing, if it cannot be read.
fn rules(tree: &Tree) -> Table {
    tree.file(RULES).and_then(|file| file.text.as_deref()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = "licenses.allow = ['MIT', 'Apache-2.0 WITH LLVM-exception']\n[bans]\n\
        deny = [{ crate = 'bad' }]\nskip = [{ crate = 'old@0.2', reason = 'x' }]\n";

    fn found(check: fn(&Tree) -> Vec<Finding>, packages: &[(&str, &str, &str)]) -> String {
        let package = |(name, version, license): &(&str, &str, &str)| Package {
            name: (*name).into(),
            version: (*version).into(),
            license: (*license).into(),
            source: None,
        };
        let mut tree = Tree::of(&[(RULES, DENY)]);
        tree.packages = packages.iter().map(package).collect();
        let words = |finding: Finding| finding.what.split_once(':').map(|(which, _)| which.to_owned());
        check(&tree).into_iter().filter_map(words).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_licence_that_nobody_allowed_is_found() {
        let packages = [
            ("a", "1.0.0", "GPL-3.0-only OR MIT"),
            ("b", "1.0.0", "Unlicense/MIT"),
            ("c", "1.0.0", "Apache-2.0 WITH LLVM-exception"),
            ("d", "1.0.0", "MIT AND GPL-3.0-only"),
            ("e", "1.0.0", ""),
        ];
        assert_eq!(found(licenses, &packages), "d 1.0.0, e 1.0.0");
    }

    #[test]
    fn a_ban_and_a_second_version_are_found() {
        let packages = [
            ("bad", "1.0.0", "MIT"),
            ("old", "0.2.7", "MIT"),
            ("old", "0.20.0", "MIT"),
            ("old", "1.0.0", "MIT"),
            ("one", "1.0.0", "MIT"),
        ];
        assert_eq!(found(bans, &packages), "bad 1.0.0");
        assert_eq!(found(duplicates, &packages), "old 0.20.0, old 1.0.0");
    }

    #[test]
    fn a_source_elsewhere_is_found() {
        let mut tree = Tree::of(&[]);
        let package = |name: &str, source: Option<&str>| Package {
            name: name.into(),
            version: "1.0.0".into(),
            license: "MIT".into(),
            source: source.map(str::to_owned),
        };
        let (all, git) = ("registry+https://one.example", "git+https://example.org/theirs");
        let second = "registry+https://two.example";
        tree.packages = vec![
            package("ours", None),
            package("a", Some(all)),
            package("b", Some(all)),
            package("c", Some(git)),
            package("d", Some(second)),
        ];
        assert_eq!(sources(&tree).len(), 2);
    }
}
