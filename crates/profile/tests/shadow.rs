//! A file in the working folder takes the place of no profile of the user's own.

mod common;

use std::fs;
use std::path::Path;
#[cfg(unix)]
use std::process::Command;

use common::text;
use hallpass_profile::{Environment, ProfileError, Profiles};
use tempfile::TempDir;

/// A checkout in `work`, and the user's own file in `config/hallpass`.
fn world(work: &str, own: &str) -> TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for (path, text) in [("work/hallpass.toml", work), ("config/hallpass/hallpass.toml", own)] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(&path, text).expect("written");
        // Whatever the umask is, a profile that others may write is refused.
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("permissions");
    }
    root
}

fn environment(root: &Path) -> Environment {
    Environment::empty().folders(root.join("work"), root.join("config"))
}

/// The profile of that name, as it is found without a word about the file.
fn found(root: &TempDir, name: &str) -> Result<(), ProfileError> {
    Profiles::find_in(environment(root.path()), None).and_then(|profiles| profiles.get(name)).map(drop)
}

#[test]
fn a_name_that_stands_in_both_is_refused_until_somebody_says_which() {
    let both = text("basic-form", "");
    let world = world(&format!("{both}\n{}", both.replace("profiles.x", "profiles.theirs")), &both);
    let (work, own) = (world.path().join("work/hallpass.toml"), world.path().join("config/hallpass/hallpass.toml"));
    let error = found(&world, "x").expect_err("two of them");
    let shadowed = ProfileError::Shadowed { name: "x".into(), path: work.clone(), own: own.clone() };
    assert_eq!(error, shadowed);
    for part in [work.to_str(), own.to_str(), Some("--config FILE")] {
        assert!(error.to_string().contains(part.expect("UTF-8")), "{error}");
    }
    found(&world, "theirs").expect("no other has that name");

    for path in [&work, &own] {
        let named = environment(world.path()).set("HALLPASS_CONFIG", path);
        for (environment, explicit) in [(named, None), (environment(world.path()), Some(path.as_path()))] {
            Profiles::find_in(environment, explicit).and_then(|profiles| profiles.get("x")).expect("it was named");
        }
    }
}

/// Nobody knows what a file means that cannot be read.
#[test]
fn an_own_file_with_mistakes_still_protects_its_names() {
    let good = text("basic-form", "");
    let error = found(&world(&good, "[profiles.x]\ndialect = 'nonsense'"), "x").expect_err("it has that name");
    assert!(matches!(error, ProfileError::Shadowed { .. }), "{error:?}");
    let error = found(&world(&good, "[profiles.x"), "x").expect_err("who knows what names it has");
    assert!(matches!(error, ProfileError::Syntax { .. }) && error.to_string().contains("config"), "{error}");
}

#[cfg(unix)]
#[test]
fn one_file_by_two_names_is_no_other() {
    let world = world(&text("basic-form", ""), "");
    let own = world.path().join("config/hallpass/hallpass.toml");
    fs::remove_file(&own).expect("ours");
    std::os::unix::fs::symlink(world.path().join("work/hallpass.toml"), &own).expect("a link");
    found(&world, "x").expect("it is the same file");
}

/// It may have any name, so it protects all of them.
#[cfg(unix)]
#[test]
fn an_own_file_that_cannot_be_looked_into_protects_every_name() {
    let world = world(&text("basic-form", ""), "");
    let own = world.path().join("config/hallpass/hallpass.toml");
    let pipe = |own: &Path| assert!(Command::new("mkfifo").arg(own).status().expect("mkfifo").success());
    let circle = |own: &Path| std::os::unix::fs::symlink(own, own).expect("a link");
    for put in [&pipe as &dyn Fn(&Path), &circle, &|own: &Path| fs::create_dir(own).expect("a folder")] {
        fs::remove_file(&own).expect("ours");
        put(&own);
        let error = found(&world, "x").expect_err("who knows what names it has");
        assert!(matches!(&error, ProfileError::Unreadable { path, .. } if *path == own), "{error:?}");
        assert!(error.to_string().contains("--config FILE"), "{error}");
    }
}

#[test]
fn where_there_is_no_own_file_nothing_is_protected() {
    let world = world(&text("basic-form", ""), "");
    let folder = world.path().join("config/hallpass");
    fs::remove_dir_all(&folder).expect("ours");
    found(&world, "x").expect("no folder");
    fs::write(&folder, "").expect("written");
    found(&world, "x").expect("no folder either");
}
