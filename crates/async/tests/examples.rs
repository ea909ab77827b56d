//! The examples, run.

#[path = "../examples/custom_ca_async.rs"]
mod custom_ca_async;
#[path = "../examples/ping_protected_async.rs"]
mod ping_protected_async;
#[path = "../examples/proxy_async.rs"]
mod proxy_async;
#[path = "../examples/ten_lines_async.rs"]
mod ten_lines_async;

#[test]
fn all_of_them_do_what_they_say() {
    for (name, main) in [
        ("ten_lines", ten_lines_async::main as fn() -> _),
        ("ping_protected", ping_protected_async::main),
        ("custom_ca", custom_ca_async::main),
        ("proxy", proxy_async::main),
    ] {
        main().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
