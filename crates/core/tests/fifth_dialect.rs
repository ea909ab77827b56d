//! The example runs, and its dialect behaves as the built-in ones do.

#[path = "../examples/fifth_dialect.rs"]
mod example;

#[test]
fn the_example_runs() {
    example::main().expect("its own reply is good");
}

#[test]
fn a_dialect_from_outside_gets_the_same_care() {
    let (outcome, told) = example::tried().expect("its own URL is good");
    let grant = outcome.into_grant().expect("a token was asked for");
    assert_eq!(grant.header_value(), "Bearer example");
    assert_eq!(grant.expires_at().expect("a life").unix_timestamp(), 900);
    // A refusal that repeats the PIN or the header is told without them.
    assert!(told.contains("was refused: 401") && !told.contains("2468") && !told.contains("app-7"), "{told}");
}
