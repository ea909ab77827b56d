//! The examples of embedding the core, run against the test server.

#[path = "../examples/curl.rs"]
mod curl;
#[path = "../examples/game_loop.rs"]
mod game_loop;
#[path = "../examples/smol.rs"]
mod smol;
#[path = "../examples/thousand.rs"]
mod thousand;

#[test]
fn a_thousand_logins_in_one_thread_have_their_tokens() {
    thousand::main().expect("every login has a token");
}

#[test]
fn a_hundred_tasks_on_smol_make_one_request() {
    smol::main().expect("every task has a token");
}

#[test]
fn a_game_goes_on_while_it_logs_in() {
    game_loop::main().expect("a token");
}

#[test]
fn libcurl_logs_in_and_calls() {
    curl::main().expect("a token, and a call");
}
