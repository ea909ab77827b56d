//! Set-ups for `doctor` of logins that are refused in a server's own words.

use hallpass_testkit::provider::{BasicDecoding, Client};
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Reply, ScriptServer, answers};

use super::worlds::World;
use crate::world::{CLIENT_SECRET, Home, profile, provider};

const KEY: &str = include_str!("../../../../client/tests/keys/es256.pem");

/// As RFC 6749 section 5.2 has it.
fn says(status: u16, code: &str, text: &str) -> Reply {
    Reply::json(status, &serde_json::json!({ "error": code, "error_description": text }).to_string())
}

fn answering(reply: Reply, profile: impl FnOnce(&str) -> String) -> World {
    answering_each([reply], profile)
}

fn answering_each<const N: usize>(replies: [Reply; N], profile: impl FnOnce(&str) -> String) -> World {
    let server = ScriptServer::start(answers(replies)).expect("a server");
    let home = Home::new(&profile(&server.origin()));
    home.write("key.pem", KEY.as_bytes());
    (home, Box::new(server))
}

pub(super) fn refused(status: u16, code: &str, text: &str, more: &str) -> World {
    answering(says(status, code, text), |origin| profile(origin, more))
}

/// A login of a user.
pub(super) fn user(status: u16, code: &str, text: &str, more: &str) -> World {
    answering(says(status, code, text), |origin| {
        format!(
            "[profiles.x]\ndialect = 'password-form'\ntoken_url = '{origin}/token'\nusername = 'alice'\n\
             password = 'canary-password'\n{more}\n"
        )
    })
}

fn without_secret(origin: &str, more: &str) -> String {
    profile(origin, more).replace(&format!("client_secret = '{CLIENT_SECRET}'\n"), "")
}

/// A grant that is an assertion, and no client beside it.
pub(super) fn bears(text: &str) -> World {
    let more = "grant = 'jwt-bearer'\nprivate_key = { file = 'key.pem' }";
    answering(says(400, "invalid_grant", text), |origin| without_secret(origin, more))
}

const EXCHANGE: &str =
    "grant = 'token-exchange'\nsubject = 'alice'\nsubject_token = 'canary-7'\nsubject_token_type = 'jwt'";

pub(super) fn exchanges() -> World {
    answering(says(400, "invalid_grant", ""), |origin| profile(origin, EXCHANGE))
}

/// A client without a secret.
pub(super) fn unproven() -> World {
    answering(says(401, "invalid_client", ""), |origin| without_secret(origin, EXCHANGE))
}

pub(super) fn badly_escaped() -> World {
    let reply = says(400, "invalid_request", "client credentials are not properly encoded");
    answering(reply, |origin| profile(origin, "").replace(CLIENT_SECRET, "canary+100%/="))
}

/// A login in JSON, refused by a server that reads JSON.
pub(super) fn auth0(status: u16, code: &str, text: &str) -> World {
    answering(says(status, code, text), |origin| {
        format!(
            "[profiles.x]\ndialect = 'auth0-json'\ntoken_url = '{origin}/oauth/token'\naudience = 'stats'\nclient_id = 'c'\n\
             client_secret = '{CLIENT_SECRET}'\n"
        )
    })
}

/// A token of another type than Bearer.
pub(super) fn typed(kind: &str) -> World {
    let token = format!(r#"{{"access_token":"canary-token","token_type":"{kind}","expires_in":600}}"#);
    answering(Reply::json(200, &token), |origin| profile(origin, ""))
}

/// The same, of a login that does not look at the type.
pub(super) fn untyped(kind: &str) -> World {
    let token = format!(r#"{{"access_token":"canary-token","token_type":"{kind}","expires_in":600}}"#);
    answering(Reply::json(200, &token), |origin| {
        format!(
            "[profiles.x]\ndialect = 'declared'\nclient_id = 'c'\nclient_secret = '{CLIENT_SECRET}'\n\
             [profiles.x.authenticate]\nurl = '{origin}/token'\nbody = 'form'\nsend = {{ grant_type = 'client_credentials' }}\n\
             basic = {{ id = 'client_id', secret = 'client_secret' }}\nreply = {{ token_type = '/none' }}\n"
        )
    })
}

/// A described login that is refused at first, and whose token stands where only its description says.
pub(super) fn described() -> World {
    let replies = [
        says(401, "invalid_client", ""),
        Reply::json(200, r#"{"data":{"access_token":"canary-token","expires_in":600}}"#),
    ];
    answering_each(replies, |origin| {
        format!(
            "[profiles.x]\ndialect = 'declared'\nclient_id = 'c'\nclient_secret = 'canary+100%'\n\
             [profiles.x.authenticate]\nurl = '{origin}/token'\nbody = 'form'\nsend = {{ grant_type = 'client_credentials' }}\n\
             basic = {{ id = 'client_id', secret = 'client_secret' }}\nreply = {{ access_token = '/data/access_token' }}\n"
        )
    })
}

pub(super) fn narrowed() -> World {
    let token = r#"{"access_token":"canary-token","expires_in":600,"scope":"read"}"#;
    answering(Reply::json(200, token), |origin| profile(origin, "scope = 'read write'"))
}

/// A server that decodes nothing, and an id that has what parts the pairs of a form.
pub(super) fn odd_raw_server() -> World {
    let (id, secret) = ("we+ird&id=1%", "canary+100%/=");
    let mut config = provider();
    config.basic_decoding = BasicDecoding::Raw;
    config.clients = vec![Client::new(id, secret)];
    let server = TestServer::builder().provider(config).start().expect("a server");
    let text = profile(&server.origin(), "").replace("'reports'", &format!("'{id}'")).replace(CLIENT_SECRET, secret);
    (Home::new(&text), Box::new(server))
}
