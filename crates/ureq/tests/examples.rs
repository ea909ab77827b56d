//! The example, run.

#[path = "../examples/ureq_middleware.rs"]
mod ureq_middleware;

#[test]
fn it_does_what_it_says() {
    ureq_middleware::main().unwrap_or_else(|error| panic!("{error}"));
}
