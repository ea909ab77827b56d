//! Whether each crate can be built from its package alone, as those who depend on it will.
//!
//! `cargo package` would do that too, once: it keeps what it unpacked by name and version, so the next time it builds a
//! crate beside what the others were then.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::child::{self, Trouble};

/// What the tests run. Without --no-verify each would be built once more; --offline, since what is needed is there by now.
pub(crate) const COMMAND_LINE: &str = "cargo package --locked --offline --no-verify --workspace --allow-dirty --quiet \
                                       --exclude hallpass-conformance --exclude hallpass-fuzzing --exclude script \
                                       --exclude xtask";

/// As most depend on a crate, and with everything that it has.
const FEATURES: [&[&str]; 2] = [&[], &["--all-features"]];

/// The options of `cargo xtask package`.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Packs all crates that are published, unpacks them elsewhere, and builds each and its docs there: in the place of the
/// registry's, its siblings are those that were packed.
pub(crate) fn run(_: &Args, root: &Path) -> Result<bool, Trouble> {
    let pack = COMMAND_LINE.split(' ').skip(1).filter(|word| *word != "--offline");
    if !child::passes(child::command("cargo", root).args(pack))? {
        return Ok(false);
    }
    let Published { target, packages } = Published::of(root)?;
    let packed = target.join("package");
    let alone = unpacked(root, &packed, &packages)?;
    for features in FEATURES {
        for Package { name, .. } in &packages {
            println!("{name} {}", features.concat());
            let mut cargo = child::command("cargo", &alone);
            cargo.args(["build", "--quiet", "--package", name, "--target-dir"]).arg(&target).args(features);
            if !child::passes(&mut cargo)? {
                return Ok(false);
            }
        }
    }
    println!("their docs");
    let mut docs = child::command("cargo", &alone);
    docs.args(["doc", "--quiet", "--workspace", "--no-deps", "--all-features", "--target-dir"]).arg(&target);
    child::passes(docs.env("RUSTDOCFLAGS", "-D warnings"))
}

/// A folder with the packages in it, and nothing of the repository but what its lock file says of other people's crates.
fn unpacked(root: &Path, packed: &Path, packages: &[Package]) -> Result<PathBuf, Trouble> {
    let folder = packed.join("alone");
    let untold = |source| Trouble::Write { path: folder.clone(), source };
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(untold)?;
    }
    fs::create_dir(&folder).map_err(untold)?;
    for package in packages {
        // -m: a package's files are all of 2006, and cargo would take an older build for a newer one.
        let mut tar = child::command("tar", &folder);
        child::output(tar.arg("-xmzf").arg(packed.join(format!("{}.crate", package.folder()))))?;
    }
    fs::write(folder.join("Cargo.toml"), workspace(packages)).map_err(untold)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(untold)?;
    Ok(folder)
}

fn workspace(packages: &[Package]) -> String {
    let mut manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"*-*\"]\n\n[patch.crates-io]\n".to_owned();
    for package in packages {
        // A string takes whatever is written to it.
        let _ = writeln!(manifest, "{} = {{ path = \"{}\" }}", package.name, package.folder());
    }
    manifest
}

/// What is published, and where cargo builds.
struct Published {
    target: PathBuf,
    packages: Vec<Package>,
}

struct Package {
    name: String,
    version: String,
}

impl Package {
    fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

impl Published {
    fn of(root: &Path) -> Result<Self, Trouble> {
        let mut cargo = child::command("cargo", root);
        let told = child::output(cargo.args(["metadata", "--locked", "--no-deps", "--format-version", "1"]))?;
        let odd = |what: String| Trouble::Answer { line: "cargo metadata".into(), what };
        let told: Value = serde_json::from_str(&told).map_err(|error| odd(error.to_string()))?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let package = |it: &Value| Some(Package { name: text(&it["name"])?, version: text(&it["version"])? });
        // `publish = false` is an empty list of registries.
        let members = told["packages"].as_array().into_iter().flatten().filter(|it| it["publish"].is_null());
        match (text(&told["target_directory"]), members.map(package).collect()) {
            (Some(target), Some(packages)) => Ok(Self { target: target.into(), packages }),
            _ => Err(odd("no target folder, or a package without a name".into())),
        }
    }
}
