//! The unwinder is linked into the command: to load it as a library of its own takes longer than to find a kept token.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if (target("OS"), target("ENV")) != ("linux".into(), "gnu".into()) {
        return;
    }
    // The standard library asks for `-lgcc_s` by that name; a linker script may stand for it.
    let folder = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("libgcc_s.so"), "GROUP ( -lgcc_eh -lgcc )\n").expect("cargo made the folder");
    println!("cargo::rustc-link-search=native={folder}");
}
