//! docker's credential helper protocol, as its documentation has the exchanges.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::is_good;
use crate::world::{Home, Ran, SECRETS, profiles, server};

const REGISTRY: &str = "origins = ['https://registry.example']\napi_url";

#[test]
fn docker_gets_what_it_expects() {
    let server = server();
    let home = Home::own(&profiles(&server.origin()).replace("api_url", REGISTRY));
    let ask =
        |action: &str, text: &str| home.run_with_stdin(&["helper", "docker", "basic-form", action], text.as_bytes());
    for asked in ["https://registry.example", "registry.example", "registry.example\n", "https://registry.example/v1/"]
    {
        let got = ask("get", asked).fine();
        let object: Value = serde_json::from_str(&got.out).expect("JSON");
        let token = object["Secret"].as_str().expect("a secret");
        assert_eq!(object, json!({ "ServerURL": asked.trim(), "Username": "oauth2", "Secret": token }));
        assert!(is_good(&server, token));
        got.hides(&SECRETS);
    }
    for asked in ["other.example", "http://registry.example", "registry.example:5000", ""] {
        let none = ask("get", asked);
        assert_eq!((none.code, none.out.as_str()), (1, "credentials not found in native keychain\n"), "{none:?}");
    }
    let listed: Value = serde_json::from_str(&ask("list", "").fine().out).expect("JSON");
    assert_eq!(listed, json!({ "https://registry.example": "oauth2", server.origin(): "oauth2" }));
    let stored = r#"{"ServerURL":"https://registry.example","Username":"me","Secret":"canary"}"#;
    assert_eq!(ask("store", stored).fine().out, "");
    assert_eq!(server.requests().len(), 1, "all of them are one token");

    let token = home.run(&["token", "basic-form"]).fine().out;
    ask("erase", "other.example").fine();
    assert_eq!(home.run(&["token", "basic-form"]).fine().out, token);
    ask("erase", "https://registry.example").fine();
    assert_ne!(home.run(&["token", "basic-form"]).fine().out, token);
    assert_eq!(ask("list-all", "").code, 2);
}

/// docker calls `docker-credential-NAME`.
#[test]
fn a_link_with_dockers_name_is_the_helper() {
    let server = server();
    let text = profiles(&server.origin()).replace("api_url", REGISTRY);
    let home = Home::own(&text.replace("profiles.password-form", "profiles.'registry.example'"));
    let config = home.run(&["helper", "docker", "basic-form", "--print-config"]).fine();
    let object: Value = serde_json::from_str(&config.out).expect("JSON");
    assert_eq!(object["credHelpers"]["registry.example"], "basic-form", "{config:?}");
    assert!(config.err.contains("docker-credential-basic-form"), "{config:?}");

    home.write("server", b"registry.example");
    for name in ["basic-form", "registry.example"] {
        let link = format!("docker-credential-{name}");
        symlink(env!("CARGO_BIN_EXE_hallpass"), home.path(&link)).expect("a link");
        let mut docker = home.run_as(Command::new(format!("./{link}")), &["get"]);
        docker.stdin(std::fs::File::open(home.path("server")).expect("there")).stderr(Stdio::piped());
        let got = Ran::of(docker.output().expect("the binary runs")).fine();
        let object: Value = serde_json::from_str(&got.out).expect("JSON");
        assert_eq!(object["ServerURL"], "registry.example");
        assert_eq!(object["Secret"], home.run(&["token", name]).fine().out.trim_end());
    }
}

/// docker names a registry on this machine by host and port alone, also where it speaks plain http to it.
#[test]
fn a_registry_without_tls_is_known_by_the_name_that_was_printed() {
    let server = server();
    let home = Home::own(&profiles(&server.origin()));
    let config = home.run(&["helper", "docker", "basic-form", "--print-config"]).fine();
    let object: Value = serde_json::from_str(&config.out).expect("JSON");
    let (registry, _) = object["credHelpers"].as_object().and_then(|all| all.iter().next()).expect("one");
    assert_eq!(server.origin(), format!("http://{registry}"));
    let got = home.run_with_stdin(&["helper", "docker", "basic-form", "get"], registry.as_bytes()).fine();
    assert!(got.out.contains(r#""Secret":""#), "{got:?}");
}
