//! kubectl's credential plugin: an `ExecCredential` on stdout.

use hallpass_core::wire::date::rfc_3339;
use serde::{Deserialize, Serialize};

use crate::args::Globals;
use crate::failure::Failure;
use crate::login::Login;
use crate::output;

const KIND: &str = "ExecCredential";
const V1: &str = "client.authentication.k8s.io/v1";
/// The same object under an older name.
const V1_BETA_1: &str = "client.authentication.k8s.io/v1beta1";

/// What kubectl tells in this variable.
const VARIABLE: &str = "KUBERNETES_EXEC_INFO";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    api_version: String,
    kind: String,
    #[serde(default)]
    spec: Spec,
}

#[derive(Default, Deserialize)]
struct Spec {
    /// There if kubectl's configuration says `provideClusterInfo`.
    cluster: Option<Cluster>,
}

#[derive(Deserialize)]
struct Cluster {
    server: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    api_version: &'a str,
    kind: &'a str,
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_timestamp: Option<String>,
}

pub(in crate::commands) fn run(globals: &Globals, profile: &str, print_config: bool) -> Result<(), Failure> {
    if print_config { config(globals, profile) } else { super::with(globals, profile, answer) }
}

fn answer(login: &Login<'_>) -> Result<(), Failure> {
    let (version, cluster) = asked()?;
    if let Some(Cluster { server }) = cluster
        && !super::serves(login, &login.records()?, &server)?
    {
        let name = login.profile.name();
        return Err(Failure::usage(format!(
            "the cluster of {VARIABLE} is not among the origins of profile `{name}`, so it gets no token: add its \
             address to `origins`, or take another profile for it"
        )));
    }
    let grant = login.grant(None, false)?;
    let status =
        Status { token: grant.access_token().expose(), expiration_timestamp: grant.expires_at().map(rfc_3339) };
    let answer = Answer { api_version: version, kind: KIND, status };
    output::print(&output::json(&answer)?)
}

/// The version to answer in, and the cluster if it is told.
fn asked() -> Result<(&'static str, Option<Cluster>), Failure> {
    let wrong = |why: &str| Failure::usage(format!("{VARIABLE}: {why}"));
    let Some(text) = std::env::var_os(VARIABLE) else { return Ok((V1, None)) };
    let text = text.to_str().ok_or_else(|| wrong("it is not UTF-8"))?;
    let asked: Asked = serde_json::from_str(text).map_err(|_| wrong("it is no ExecCredential"))?;
    let version = [V1, V1_BETA_1].into_iter().find(|known| *known == asked.api_version && asked.kind == KIND);
    let version = version.ok_or_else(|| {
        wrong(&format!("this is no {KIND} of {V1}: set `apiVersion` to that in kubectl's configuration"))
    })?;
    Ok((version, asked.spec.cluster))
}

fn config(globals: &Globals, profile: &str) -> Result<(), Failure> {
    let (profiles, _) = super::described(globals, profile)?;
    let name = serde_json::Value::from(profile);
    let words = super::words(&profiles, "kubernetes", profile)?;
    let args = serde_json::Value::from(&words[1..]);
    // Strings and lists of JSON are YAML's too.
    output::print(&format!(
        "users:\n- name: {name}\n  user:\n    exec:\n      apiVersion: {V1}\n      command: {}\n      args: {args}\n      \
         interactiveMode: IfAvailable\n      provideClusterInfo: true\n",
        words[0]
    ))
}
