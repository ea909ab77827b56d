//! The example, run.

#[path = "../examples/tower_hyper.rs"]
mod tower_hyper;

#[test]
fn it_does_what_it_says() {
    tower_hyper::main().unwrap_or_else(|error| panic!("{error}"));
}
