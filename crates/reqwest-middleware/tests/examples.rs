//! The example, run.

#[path = "../examples/reqwest_middleware.rs"]
mod reqwest_middleware;

#[test]
fn it_does_what_it_says() {
    reqwest_middleware::main().unwrap_or_else(|error| panic!("{error}"));
}
