//! The examples, run.

#[path = "../examples/custom_ca.rs"]
mod custom_ca;
#[path = "../examples/ping_protected.rs"]
mod ping_protected;
#[path = "../examples/proxy.rs"]
mod proxy;
#[path = "../examples/ten_lines.rs"]
mod ten_lines;

#[test]
fn all_of_them_do_what_they_say() {
    for (name, main) in [
        ("ten_lines", ten_lines::main as fn() -> _),
        ("ping_protected", ping_protected::main),
        ("custom_ca", custom_ca::main),
        ("proxy", proxy::main),
    ] {
        main().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
