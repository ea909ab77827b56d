//! What no text may say, and where links lead.

use std::collections::BTreeSet;

use super::Finding;
use super::tree::{Tree, has_extension};

/// In two parts each, so that this file passes its own check.
const FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("npmjs", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("artifact", "ory"),
];

/// No file names a folder of the machine it was written on, or the host of a package registry.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts(|path| path.rsplit('/').next() != Some("Cargo.lock")) {
        for (line, number) in text.lines().zip(1..) {
            if let Some(folder) = FOLDERS.iter().find(|folder| names_folder(line, folder)) {
                let what = format!("`{folder}` is a path of one machine: name it from the repository's root");
                findings.push(Finding::new(path, number, what));
            }
            if let Some(host) = REGISTRIES.iter().find(|host| line.to_ascii_lowercase().contains(*host)) {
                let what = format!("`{host}` is a package registry: name the package, its client knows where to look");
                findings.push(Finding::new(path, number, what));
            }
        }
    }
    findings
}

/// Links between files of the repository, in the pages at its root and in docs, lead somewhere.
pub(super) fn links(tree: &Tree) -> Vec<Finding> {
    let known = known(tree);
    let mut findings = Vec::new();
    for (path, text) in tree.texts(is_for_readers) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut fenced = false;
        for (line, number) in text.lines().zip(1..) {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            if fenced || fence {
                continue;
            }
            for target in targets(line) {
                if internal(folder, target).is_some_and(|file| !known.contains(&file)) {
                    let what = format!("the link to `{target}` leads nowhere: correct it, or add the file");
                    findings.push(Finding::new(path, number, what));
                }
            }
        }
    }
    findings
}

fn is_for_readers(path: &str) -> bool {
    has_extension(path, "md") && (!path.contains('/') || path.starts_with("docs/"))
}

/// In a path the folder comes first: `src/` + folder or a URL's path is another.
fn names_folder(line: &str, folder: &str) -> bool {
    let within = |c: char| c.is_alphanumeric() || ".-_~}*".contains(c);
    line.match_indices(folder).any(|(at, _)| !line[..at].ends_with(within))
}

/// The files and the folders that hold them.
fn known(tree: &Tree) -> BTreeSet<String> {
    let mut known = BTreeSet::from([String::new()]);
    for file in &tree.files {
        known.insert(file.path.clone());
        known.extend(file.path.match_indices('/').map(|(at, _)| file.path[..at].to_owned()));
    }
    known
}

/// The targets of `[text](target)` and `[name]: target` outside code spans.
fn targets(line: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    // Every other piece between backticks is code; a link's text may hold some: [`a`](b).
    for (piece, index) in line.split('`').zip(0..) {
        if index % 2 == 0 {
            targets.extend(piece.match_indices("](").map(|(at, open)| &piece[at + open.len()..]));
        }
    }
    if line.starts_with('[') {
        targets.extend(line.split_once("]: ").map(|(_, target)| target));
    }
    let end = |c: char| c == ')' || c.is_whitespace();
    targets.iter().filter_map(|target| target.split(end).next()).map(|it| it.trim_matches(['<', '>'])).collect()
}

/// The path from the root that `target` means in a file of `folder`; `None` if it is a URL or a place in the same file.
fn internal(folder: &str, target: &str) -> Option<String> {
    let path = target.split('#').next().filter(|path| !path.is_empty() && !path.contains(':'))?;
    let from_root = path.strip_prefix('/').map_or_else(|| format!("{folder}/{path}"), ToOwned::to_owned);
    let mut parts = Vec::new();
    for part in from_root.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() => {}
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn folders_of_a_machine_are_found_and_look_alikes_are_not() {
        for folder in FOLDERS {
            let text = format!("# a\ncd {folder}b\nhttps://example.com{folder}c ../x{folder}y ~{folder}z");
            assert_eq!(places(&machine_paths(&Tree::of(&[("a.md", &text)]))), ["a.md:2"], "{folder}");
        }
    }

    #[test]
    fn registries_are_found_but_in_a_lock_file() {
        for host in REGISTRIES {
            let text = format!("\nsource = \"https://{}/x\"\n", host.to_uppercase());
            let tree = Tree::of(&[("fuzz/Cargo.lock", &text), ("a.toml", &text)]);
            assert_eq!(places(&machine_paths(&tree)), ["a.toml:2"], "{host}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let readme = "[a](docs/a.md) [b](gone.md)\n[`c`](docs/) [d](docs/gone#x \"title\")\n[e]: ./gone.txt\n";
        let tree = Tree::of(&[("README.md", readme), ("docs/a.md", "[r](../README.md#top) [s](../../README.md)\n")]);
        assert_eq!(places(&links(&tree)), ["README.md:1", "README.md:2", "README.md:3", "docs/a.md:1"]);
    }

    #[test]
    fn urls_anchors_and_code_are_not_followed() {
        let readme = "[a](https://example.com) [b](#b) [c](mailto:d@e)\n`[f](gone)`\n```rust\n[g](gone)\n```\n";
        assert_eq!(links(&Tree::of(&[("README.md", readme)])), []);
    }
}
