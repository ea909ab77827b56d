//! The unwinder is linked into the command: to load it as a library of its own takes longer than to find a kept token.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let is_gnu = (target("OS"), target("ENV")) == ("linux".into(), "gnu".into());
    if !is_gnu || env::var("HOST") != env::var("TARGET") || !has_unwinder() {
        return;
    }
    // The standard library asks for `-lgcc_s` by that name; a linker script may stand for it.
    let folder = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("libgcc_s.so"), "GROUP ( -lgcc_eh -lgcc )\n").expect("cargo made the folder");
    println!("cargo::rustc-link-search=native={folder}");
}

/// Whether the compiler has it as an archive, and says where.
fn has_unwinder() -> bool {
    let asked = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    asked.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_absolute())
}
