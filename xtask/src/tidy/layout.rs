//! What every crate and the repository have.

use super::Finding;
use super::tree::Tree;

/// Every file says in its first line what it holds.
pub(super) fn file_docs(tree: &Tree) -> Vec<Finding> {
    let says = |source: &str| source.starts_with("//!") || source.starts_with("#![doc = include_str!");
    tree.rust()
        .filter(|(_, source)| !says(source))
        .map(|(path, _)| Finding::new(path, 1, "begin the file with a `//!` line that says what it holds"))
        .collect()
}

/// Every crate of this workspace takes the workspace's lints; one that is a workspace of its own cannot.
pub(super) fn lints(tree: &Tree) -> Vec<Finding> {
    let is_manifest = |path: &str| matches!(path.split('/').collect::<Vec<_>>()[..], ["crates", _, "Cargo.toml"]);
    let what = |text: &str| match text.parse::<toml::Table>() {
        Err(error) => Some(format!("not TOML: {}", error.message())),
        Ok(manifest) => {
            let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
            let fine = manifest.contains_key("workspace") || lints.and_then(toml::Value::as_bool) == Some(true);
            (!fine).then(|| "add `[lints]` with `workspace = true`".to_owned())
        }
    };
    tree.texts(is_manifest).filter_map(|(path, text)| Some(Finding::new(path, 1, what(text)?))).collect()
}

/// The files that a visitor and CI look for.
pub(super) fn required_files(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ".ci/run"] {
        match tree.file(path) {
            None => findings.push(Finding::new(path, 1, "missing: write it")),
            Some(file) if path == ".ci/run" && !file.executable => {
                findings.push(Finding::new(path, 1, "not executable: `chmod +x .ci/run`"));
            }
            Some(_) => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn a_file_without_docs_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! A.\n"),
            ("crates/b/src/lib.rs", "// B.\n"),
            ("xtask/src/main.rs", "fn main() {}\n"),
            ("crates/a/src/part.rs", "#![doc = include_str!(\"part.md\")]\n"),
            ("crates/a/README.md", "# A\n"),
        ]);
        assert_eq!(places(&file_docs(&tree)), ["crates/b/src/lib.rs:1", "xtask/src/main.rs:1"]);
    }

    #[test]
    fn a_crate_without_the_workspaces_lints_is_found() {
        let tree = Tree::of(&[
            ("crates/a/Cargo.toml", "[lints]\nworkspace = true\n"),
            ("crates/b/Cargo.toml", "lints.workspace = false\n"),
            ("crates/c/Cargo.toml", "[package]\n"),
            ("crates/d/Cargo.toml", "[package\n"),
            ("crates/bench/Cargo.toml", "[workspace]\n"),
            ("crates/a/deeper/Cargo.toml", ""),
        ]);
        assert_eq!(places(&lints(&tree)), ["crates/b/Cargo.toml:1", "crates/c/Cargo.toml:1", "crates/d/Cargo.toml:1"]);
    }

    #[test]
    fn missing_files_and_a_script_that_cannot_run_are_found() {
        let mut tree = Tree::of(&[(".ci/run", ""), ("README.md", ""), ("CHANGELOG.md", ""), ("SECURITY.md", "")]);
        assert_eq!(places(&required_files(&tree)), ["CONTRIBUTING.md:1", ".ci/run:1"]);
        tree.files[0].executable = true;
        assert_eq!(places(&required_files(&tree)), ["CONTRIBUTING.md:1"]);
    }
}
