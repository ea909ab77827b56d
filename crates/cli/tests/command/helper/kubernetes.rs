//! kubectl's credential plugin: `ExecCredential` of client.authentication.k8s.io/v1, as its schema has it.

use hallpass_core::UtcDateTime;
use serde_json::{Value, json};

use super::is_good;
use crate::world::{Home, Ran, SECRETS, profiles, server};

const V1: &str = "client.authentication.k8s.io/v1";

fn ask(home: &Home, info: Option<&str>) -> Ran {
    let mut command = home.command(&["helper", "kubernetes", "basic-form"]);
    match info {
        Some(info) => command.env("KUBERNETES_EXEC_INFO", info),
        None => command.env_remove("KUBERNETES_EXEC_INFO"),
    };
    Ran::of(command.output().expect("the binary runs"))
}

fn info(version: &str, spec: &Value) -> String {
    json!({ "apiVersion": version, "kind": "ExecCredential", "spec": spec }).to_string()
}

/// Fields, types and formats of the schema, and no field that it does not know.
#[test]
fn the_answer_has_the_schemas_fields() {
    let server = server();
    let home = Home::own(
        &profiles(&server.origin()).replace("api_url", "origins = ['https://cluster.example:6443']\napi_url"),
    );
    let cluster = json!({
        "interactive": false,
        "cluster": { "server": "https://cluster.example:6443", "certificate-authority-data": "eA==", "config": null },
    });
    for (asked, version) in [
        (None, V1),
        (Some(info(V1, &json!({ "interactive": true }))), V1),
        (Some(info(V1, &cluster)), V1),
        (Some(info(&format!("{V1}beta1"), &json!({}))), "client.authentication.k8s.io/v1beta1"),
    ] {
        let got = ask(&home, asked.as_deref()).fine();
        got.hides(&SECRETS);
        let object: Value = serde_json::from_str(&got.out).expect("JSON");
        let status = &object["status"];
        let token = status["token"].as_str().expect("a string");
        let at = status["expirationTimestamp"].as_str().expect("a string");
        let whole = json!({
            "apiVersion": version, "kind": "ExecCredential",
            "status": { "token": token, "expirationTimestamp": at },
        });
        assert_eq!(object, whole);
        assert!(is_good(&server, token));
        // RFC 3339 in UTC, an hour from now: such texts sort as the moments do.
        let (now, year) = (UtcDateTime::now(), at[..4].parse::<i32>().expect("a year"));
        assert!(at.len() == 20 && at.ends_with('Z') && (now.year()..=now.year() + 1).contains(&year), "{at}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn another_cluster_or_version_gets_no_token() {
    let server = server();
    let home = Home::own(&profiles(&server.origin()));
    let elsewhere = info(V1, &json!({ "cluster": { "server": "https://elsewhere.example" } }));
    let old = info("client.authentication.k8s.io/v1alpha1", &json!({}));
    for asked in [&elsewhere, &old, "{}", "no JSON", r#"{"apiVersion":"v1","kind":"Pod"}"#] {
        let ran = ask(&home, Some(asked));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains("KUBERNETES_EXEC_INFO"), "{ran:?}");
    }
    assert!(server.requests().is_empty());
}
