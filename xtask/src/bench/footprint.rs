//! What minimal programs weigh: crates, the time of a clean build, the stripped program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use super::programs::odd;
use super::report::{self, Page, Section};
use super::table::Table;
use crate::child::{self, Trouble};

/// Crates, of the blocking driver with TLS.
const CRATES: f64 = 50.0;

/// Megabytes, likewise.
const SIZE: f64 = 3.0;

/// The time of its build over bare ureq's.
const BUILD: f64 = 1.3;

const WHY: &str = "the core, with serde's and thiserror's macros under it, builds for most of ureq's time, as its \
                   own row shows; hallpass's functions add to the size, and its certificates are whole, so that \
                   another authority can join them, where ureq has their names and keys";

/// A program that fetches one token, or only builds the request.
struct Program {
    name: &'static str,
    dependencies: &'static str,
    main: &'static str,
}

const RUSTLS: &str = r#"rustls = { version = "0.23", default-features = false, features = ["std", "tls12", "ring"] }"#;

const UREQ: Program = Program {
    name: "ureq alone",
    dependencies: r#"ureq = { version = "3", default-features = false, features = ["rustls"] }"#,
    main: r#"fn main() { println!("{:?}", ureq::post("https://localhost/token").send("a=b").map(|r| r.status())); }"#,
};

const PROGRAMS: [Program; 7] = [
    UREQ,
    Program {
        name: "hallpass-blocking",
        dependencies: "hallpass-blocking = { path = \"ROOT/crates/blocking\" }\nhallpass-core = { path = \"ROOT/crates/core\" }",
        main: r#"use hallpass_blocking::{Client, Config};
use hallpass_core::{Endpoint, Secrets, dialect::BasicForm, secret};
fn main() {
    let url = Endpoint::parse("https://localhost/token").expect("a URL");
    let config = Config::new(BasicForm::new(url, "id"), Secrets::one(secret::CLIENT_SECRET, "s"));
    println!("{:?}", Client::new(config).and_then(|client| client.token()));
}"#,
    },
    Program {
        name: "hallpass-core alone",
        dependencies: "hallpass-core = { path = \"ROOT/crates/core\" }",
        main: r#"use hallpass_core::{Endpoint, dialect::{BasicForm, Dialect, Goal, Held}};
fn main() {
    let url = Endpoint::parse("https://localhost/token").expect("a URL");
    println!("{:?}", BasicForm::new(url, "id").next(&Held::default(), Goal::Token).is_ok());
}"#,
    },
    Program {
        name: "oauth2 with ureq",
        dependencies: "oauth2 = { version = \"5\", default-features = false, features = [\"ureq\"] }\nureq = { version = \"2\" }",
        main: r#"use oauth2::{ClientId, ClientSecret, TokenUrl, basic::BasicClient};
fn main() {
    let client = BasicClient::new(ClientId::new("id".into())).set_client_secret(ClientSecret::new("s".into()));
    let client = client.set_token_uri(TokenUrl::new("https://localhost/token".into()).expect("a URL"));
    println!("{:?}", client.exchange_client_credentials().request(&ureq::agent()).is_ok());
}"#,
    },
    Program {
        name: "reqwest alone",
        dependencies: r#"reqwest = { version = "0.13", default-features = false, features = ["rustls-no-provider"] }
RUSTLS
tokio = { version = "1", features = ["macros", "rt"] }"#,
        main: r#"#[tokio::main(flavor = "current_thread")]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().expect("the first");
    println!("{:?}", reqwest::Client::new().post("https://localhost/token").body("a=b").send().await.is_ok());
}"#,
    },
    Program {
        name: "hallpass-async",
        dependencies: r#"hallpass-async = { path = "ROOT/crates/async" }
hallpass-core = { path = "ROOT/crates/core" }
tokio = { version = "1", features = ["macros", "rt"] }"#,
        main: r#"use hallpass_async::{Client, Config};
use hallpass_core::{Endpoint, Secrets, dialect::BasicForm, secret};
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url = Endpoint::parse("https://localhost/token").expect("a URL");
    let config = Config::new(BasicForm::new(url, "id"), Secrets::one(secret::CLIENT_SECRET, "s"));
    println!("{:?}", Client::new(config).expect("a client").token().await.is_ok());
}"#,
    },
    Program {
        name: "oauth2 with reqwest",
        dependencies: r#"oauth2 = { version = "5", default-features = false, features = ["reqwest", "rustls-tls"] }
tokio = { version = "1", features = ["macros", "rt"] }"#,
        main: r#"use oauth2::{ClientId, ClientSecret, TokenUrl, basic::BasicClient, reqwest};
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = BasicClient::new(ClientId::new("id".into())).set_client_secret(ClientSecret::new("s".into()));
    let client = client.set_token_uri(TokenUrl::new("https://localhost/token".into()).expect("a URL"));
    println!("{:?}", client.exchange_client_credentials().request_async(&reqwest::Client::new()).await.is_ok());
}"#,
    },
];

/// What stands beside hallpass, and under it.
const LIBRARIES: [&str; 5] = ["oauth2", "reqwest", "rustls", "tokio", "ureq"];

/// Builds all of them, and writes the page.
pub(super) fn page(root: &Path) -> Result<Vec<Section>, Trouble> {
    let (mut trees, stamp) = (BTreeSet::new(), report::stamp(root)?);
    let sections = vec![section(root, &mut trees)?];
    let about = "# Footprint\n\n\
                 `cargo xtask bench footprint` built these minimal programs and wrote this page. Crates and sizes are the same \
                 in every run with these versions; of the build times only their ratios within one run count. A figure \
                 that misses its budget is marked with `!`.";
    let beside: Vec<_> = trees.into_iter().filter(|(name, _)| LIBRARIES.contains(&&**name)).collect();
    let beside: Vec<_> = beside.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let about = about.into();
    Page { file: "footprint.md", about, stamp, programs: &[], beside: beside.join(", ") }.write(root, &sections)?;
    println!("docs/footprint.md is written.");
    Ok(sections)
}

fn section(root: &Path, trees: &mut BTreeSet<(String, String)>) -> Result<Section, Trouble> {
    let heads = ["minimal program", "crates", "budget", "clean build, s", "over ureq", "budget", "MB", "budget"];
    let mut table = Table::new(&heads);
    let mut bare = None;
    for program in &PROGRAMS {
        eprintln!("building {}", program.name);
        let folder = root.join("target/footprint").join(program.name.replace(' ', "-"));
        let weight = weigh(root, &folder, program)?;
        trees.extend(weight.tree);
        let first = *bare.get_or_insert(weight.seconds);
        let budget = |budget: f64| (program.name == "hallpass-blocking").then_some(budget);
        table.name(program.name);
        table.figure_if(f64::from(weight.crates), 0, budget(CRATES));
        table.figure(weight.seconds, 0, None);
        table.figure_if(weight.seconds / first, 2, budget(BUILD));
        table.figure_if(weight.megabytes, 2, budget(SIZE));
    }
    Ok(Section::new("Minimal programs", table)
        .note(
            "A default release build from nothing; MB: the size of the stripped binary. hallpass-blocking has no build \
             without TLS: its token never travels without.",
        )
        .why(&[("hallpass-blocking", WHY)]))
}

struct Weight {
    crates: u32,
    /// Each crate and its version.
    tree: BTreeSet<(String, String)>,
    seconds: f64,
    megabytes: f64,
}

fn weigh(root: &Path, folder: &Path, program: &Program) -> Result<Weight, Trouble> {
    let dependencies = program.dependencies.replace("ROOT", &root.display().to_string()).replace("RUSTLS", RUSTLS);
    let manifest = format!(
        "[package]\nname = \"minimal\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\n\n\
         [profile.release]\nstrip = true\n"
    );
    child::write(&folder.join("Cargo.toml"), &manifest)?;
    child::write(&folder.join("src/main.rs"), program.main)?;
    let target = folder.join("target");
    let cargo = || child::command("cargo", folder);
    child::output(cargo().arg("fetch"))?;
    let tree = child::output(cargo().args(["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"]))?;
    let tree: BTreeSet<_> = tree.lines().filter_map(crate_of).filter(|(name, _)| name != "minimal").collect();
    let _ = fs::remove_dir_all(&target);
    let begun = Instant::now();
    child::output(cargo().args(["build", "--release", "--offline", "--quiet", "--target-dir"]).arg(&target))?;
    let seconds = begun.elapsed().as_secs_f64();
    let path = target.join("release/minimal");
    let size = fs::metadata(&path).map_err(|source| Trouble::Read { path, source })?.len();
    let _ = fs::remove_dir_all(&target);
    let small = |count: u64| u32::try_from(count).map_err(|_| odd("cargo build", "a huge program"));
    let crates = small(tree.iter().map(|(name, _)| name).collect::<BTreeSet<_>>().len() as u64)?;
    Ok(Weight { crates, tree, seconds, megabytes: f64::from(small(size)?) / 1e6 })
}

/// Of a line such as `ureq v3.5.1 (*)`.
fn crate_of(line: &str) -> Option<(String, String)> {
    let (name, rest) = line.split_once(" v")?;
    Some((name.to_owned(), rest.split(' ').next()?.to_owned()))
}
