//! What is checked: the files that git knows or would add, and what cargo says of the crates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::child::{self, Trouble};

/// The repository as the checks see it.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    pub(super) crates: Vec<Crate>,
    /// `name version` of every crate that `hallpass-blocking` builds with its default features, itself included.
    pub(super) blocking: BTreeSet<String>,
    /// What the workspace depends on, with all features and on all platforms.
    pub(super) packages: Vec<Package>,
}

/// A file that is not ignored.
pub(super) struct File {
    /// From the root, with `/`.
    pub(super) path: String,
    /// `None` if it is not UTF-8.
    pub(super) text: Option<String>,
    pub(super) executable: bool,
}

/// A crate of the workspace.
pub(super) struct Crate {
    pub(super) name: String,
    /// Where its Cargo.toml is.
    pub(super) manifest: String,
    /// The names of its normal dependencies: neither `dev` nor `build`.
    pub(super) dependencies: Vec<String>,
}

/// A crate that the workspace depends on.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: String,
    /// A registry or a repository; a crate of the workspace has none.
    pub(super) source: Option<String>,
}

const RESOLVED: &[&str] = &["metadata", "--format-version", "1", "--locked", "--all-features"];
const METADATA: &[&str] = &["metadata", "--format-version", "1", "--no-deps", "--offline"];
const BLOCKING: &[&str] = &["tree", "--locked", "-p", "hallpass-blocking", "-e", "normal", "--prefix", "none"];

impl Tree {
    /// Reads the repository at `root`.
    pub(super) fn load(root: &Path) -> Result<Self, Trouble> {
        let listed = child::output(child::command("git", root).args(["ls-files", "-coz", "--exclude-standard"]))?;
        let paths: BTreeSet<&str> = listed.split_terminator('\0').collect();
        let mut files = Vec::new();
        for path in paths {
            files.extend(File::load(root, path)?);
        }
        let metadata = child::output(child::command("cargo", root).args(METADATA))?;
        let crates = crates(&metadata).map_err(|error| Trouble::Answer {
            line: format!("cargo {}", METADATA.join(" ")),
            what: error.to_string(),
        })?;
        let blocking = unique(&child::output(child::command("cargo", root).args(BLOCKING))?);
        let resolved = child::output(child::command("cargo", root).args(RESOLVED))?;
        let packages = packages(&resolved).map_err(|error| Trouble::Answer {
            line: format!("cargo {}", RESOLVED.join(" ")),
            what: error.to_string(),
        })?;
        Ok(Self { files, crates, blocking, packages })
    }

    /// The file at `path`.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The path and the text of every Rust file.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts(|path| has_extension(path, "rs"))
    }

    /// The path and the text of every text file whose path is `wanted`.
    pub(super) fn texts(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
            .filter(move |(path, _)| wanted(path))
    }
}

/// Whether the name at the end of `path` ends in `.extension`.
pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|its| its == extension)
}

impl File {
    /// `None` if git lists what is not there as a file: deleted and not yet committed, a submodule, a dangling link.
    fn load(root: &Path, path: &str) -> Result<Option<Self>, Trouble> {
        let full = root.join(path);
        let told = |source| Trouble::Read { path: full.clone(), source };
        let metadata = match fs::metadata(&full) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(told(error)),
        };
        let text = String::from_utf8(fs::read(&full).map_err(told)?).ok();
        Ok(Some(Self { path: path.into(), text, executable: executable(&metadata) }))
    }
}

#[cfg(unix)]
fn executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

/// Elsewhere the file system does not say.
#[cfg(not(unix))]
fn executable(_: &fs::Metadata) -> bool {
    true
}

/// Reads what `cargo metadata --no-deps` prints.
fn crates(metadata: &str) -> serde_json::Result<Vec<Crate>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let root = text(&metadata["workspace_root"]);
    Ok(items(&metadata["packages"])
        .map(|package| Crate {
            name: text(&package["name"]).to_owned(),
            manifest: text(&package["manifest_path"]).trim_start_matches(root).trim_start_matches('/').to_owned(),
            dependencies: items(&package["dependencies"])
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| text(&dependency["name"]).to_owned())
                .collect(),
        })
        .collect())
}

/// Reads what `cargo metadata` prints. It names more than is ever built: what no feature asks for is left out.
fn packages(metadata: &str) -> serde_json::Result<Vec<Package>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let nodes: BTreeMap<&str, &Value> =
        items(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), node)).collect();
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<&str> = items(&metadata["workspace_members"]).map(text).collect();
    while let Some(id) = ahead.pop() {
        if reached.insert(id) {
            ahead.extend(nodes.get(id).into_iter().flat_map(|node| items(&node["deps"])).map(|it| text(&it["pkg"])));
        }
    }
    let packages = items(&metadata["packages"]).filter(|package| reached.contains(text(&package["id"])));
    Ok(packages
        .map(|package| Package {
            name: text(&package["name"]).to_owned(),
            version: text(&package["version"]).to_owned(),
            license: text(&package["license"]).to_owned(),
            source: package["source"].as_str().map(str::to_owned),
        })
        .collect())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Reads what `cargo tree --prefix none` prints: a crate a line, one seen before ends in `(*)`.
fn unique(printed: &str) -> BTreeSet<String> {
    printed
        .lines()
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .filter(|krate| !krate.is_empty())
        .collect()
}

/// Small trees for the tests of the checks.
#[cfg(test)]
impl Tree {
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file =
            |(path, text): &(&str, &str)| File { path: (*path).into(), text: Some((*text).into()), executable: false };
        Self { files: files.iter().map(file).collect(), ..Self::default() }
    }

    pub(super) fn with_crate(mut self, name: &str, manifest: &str, dependencies: &[&str]) -> Self {
        let dependencies = dependencies.iter().map(ToString::to_string).collect();
        self.crates.push(Crate { name: name.into(), manifest: manifest.into(), dependencies });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_gives_the_normal_dependencies() {
        let metadata = r#"{"workspace_root": "/w", "packages": [{"name": "x", "manifest_path": "/w/crates/x/Cargo.toml",
            "dependencies": [{"name": "a", "kind": null}, {"name": "b", "kind": "dev"}, {"name": "c", "kind": "build"}]}]}"#;
        let crates = crates(metadata).expect("it is JSON");
        let [x] = &crates[..] else { panic!("one crate") };
        assert_eq!((&*x.name, &*x.manifest, &x.dependencies[..]), ("x", "crates/x/Cargo.toml", &["a".to_owned()][..]));
    }

    #[test]
    fn a_crate_that_cargo_tree_repeats_counts_once() {
        let printed = "x v1.0.0 (/somewhere)\ny v2.0.0 (proc-macro)\ny v2.0.0 (proc-macro) (*)\ny v1.0.0\n\n";
        assert_eq!(unique(printed).into_iter().collect::<Vec<_>>(), ["x v1.0.0", "y v1.0.0", "y v2.0.0"]);
    }
}
