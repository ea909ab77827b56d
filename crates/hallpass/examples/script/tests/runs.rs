//! The script, run twice.

use std::process::Command;

use hallpass_testserver::TestServer;

#[test]
fn two_runs_log_in_once() {
    let server = TestServer::start().expect("a server");
    let home = tempfile::tempdir().expect("a folder");
    for _run in 0..2 {
        let ran = Command::new(env!("CARGO_BIN_EXE_script"))
            .env("TOKEN_URL", server.url("/oauth/v2/token"))
            .env("API_URL", server.url("/basic-form/data"))
            .env("CLIENT_SECRET", "demo-secret")
            .env("XDG_STATE_HOME", home.path())
            .env("LOCALAPPDATA", home.path())
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && said.starts_with("200 OK: "), "{ran:?}");
    }
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/oauth/v2/token", "/basic-form/data", "/basic-form/data"]);
}
