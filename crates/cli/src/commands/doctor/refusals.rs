//! Why a login was refused: what the reply says, and how the client and its grant prove themselves, to causes in order. Pure.

use hallpass_core::Error;
use hallpass_core::dialect::declared::Declared;
use hallpass_core::dialect::{Auth0Json, UserKeyLogin};
use hallpass_core::error::Denied;

use super::proofs;
use super::report::Cause;
use super::sent::{Asks, Proof, Sent};

/// What a refusal is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Scope,
    Target,
    /// The kind of body.
    Format,
    /// The escapes of the Basic header.
    Encoding,
    GrantType,
    Grant,
    Client,
    /// The request, and it is said in words that nobody here knows.
    Request,
    /// It may be anything.
    Unsaid,
}

/// The causes of a refusal, likeliest first.
pub(super) fn of(sent: &Sent<'_>, status: u16, error: &Error, denied: &Denied) -> Vec<Cause> {
    let text = match denied {
        Denied::Refused(refused) => refused.text.as_deref().unwrap_or_default().to_ascii_lowercase(),
        _ => String::new(),
    };
    let code = error.code().unwrap_or_default();
    let about = about(sent, status, code, &text);
    let untyped = sent.asks() == Asks::User && !sent.has("grant_type");
    match (about, sent.proof(), sent.asks()) {
        (About::Scope, ..) => vec![scope()],
        (About::Target, ..) => target(sent),
        (About::Format, ..) => vec![body_format(sent)],
        (About::Encoding, ..) => encoding(sent).into_iter().chain([in_the_form(sent)]).collect(),
        (About::GrantType, ..) if untyped => vec![no_grant_type()],
        (About::Request, ..) if untyped => vec![no_grant_type(), request()],
        // Who knows that the client may not do it has understood what it wants.
        (About::GrantType, Proof::Json, _) if code != "unauthorized_client" => vec![body_format(sent), grant_type()],
        (About::GrantType, ..) => vec![grant_type()],
        (About::Grant, _, Asks::User) => own(sent, [user()]),
        (About::Grant | About::Client, Proof::Open, Asks::Assertion) | (About::Grant, _, Asks::Assertion) => {
            proofs::assertion(&text, sent.ahead, Asks::Assertion)
        }
        (About::Grant, _, Asks::Token) => vec![exchanged()],
        (About::Grant | About::Client, ..) => {
            let blank = status == 403 && code.is_empty() && !sent.has("scope");
            let audience =
                (status == 403 && sent.dialect == Auth0Json::NAME).then(|| target(sent)).into_iter().flatten();
            audience.chain(client(sent, &text)).chain(blank.then(no_scope)).collect()
        }
        (About::Request, ..) => vec![request()],
        (About::Unsaid, ..) => [body_format(sent)].into_iter().chain(client(sent, &text)).collect(),
    }
}

/// By the code where it is one of RFC 6749 section 5.2 or RFC 8707 section 2, else by the text, else by the status.
fn about(sent: &Sent<'_>, status: u16, code: &str, text: &str) -> About {
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let grant_type = says(&["grant type", "grant_type"]);
    match code {
        "invalid_client" => return About::Client,
        "unauthorized_client" if grant_type => return About::GrantType,
        // With that status it is the client's authentication that failed, whatever the code.
        "unauthorized_client" if status == 401 => return About::Client,
        "invalid_grant" => return About::Grant,
        "invalid_target" => return About::Target,
        _ => {}
    }
    let escapes = says(&["encoded", "encoding"]) && !says(&["form-urlencoded"]);
    let form = says(&["urlencoded"]) || text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "form");
    if sent.is_json() && (form || grant_type) || sent.is_form() && says(&["json"]) {
        About::Format
    } else if code.contains("scope") || says(&["scope"]) {
        About::Scope
    } else if says(&["audience", "resource", "service not"]) {
        About::Target
    } else if !escapes && [code, text].into_iter().any(blames_the_client) {
        About::Client
    } else if matches!(code, "unauthorized_client" | "unsupported_grant_type") || grant_type {
        About::GrantType
    } else if sent.proof() == Proof::Basic && escapes {
        About::Encoding
    } else if code == "access_denied" || matches!(status, 401 | 403) {
        About::Client
    } else if code == "invalid_request" && !sent.is_json() {
        About::Request
    } else {
        About::Unsaid
    }
}

/// Whether it plainly says that the client's id or secret is not known, rather than that none came.
fn blames_the_client(said: &str) -> bool {
    let said = said.to_ascii_lowercase().replace('_', " ");
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let wrong = says(&["invalid", "incorrect", "wrong", "unknown", "not found", "cannot be found", "bad client"]);
    let none = says(&["missing", "required"]) && !says(&["unknown", "incorrect"]);
    wrong && !none && says(&["client id", "secret", "client credential", "application with", "application cannot"])
}

/// What proves the client is not what the server knows of it.
fn client(sent: &Sent<'_>, text: &str) -> Vec<Cause> {
    let secret = || match sent.asks() {
        Asks::User => beside_the_user(),
        _ => credentials("client_id or client_secret is wrong, has expired, or belongs to another server"),
    };
    match (sent.proof(), sent.asks()) {
        (Proof::Assertion, _) => proofs::assertion(text, sent.ahead, Asks::Client),
        (Proof::Certificate, _) => vec![proofs::other_client()],
        _ if sent.dialect == UserKeyLogin::NAME => {
            own(sent, [credentials("user_id, user_secret or user_key is wrong")])
        }
        _ if sent.dialect == Declared::NAME => {
            own(sent, [credentials("an id or a secret is wrong, or another server's")])
        }
        (Proof::Basic, _) => own(sent, encoding(sent).into_iter().chain([secret(), in_the_form(sent)])),
        (Proof::Body, _) => own(sent, [secret(), in_a_header(sent)]),
        (Proof::Json, _) => own(sent, [secret()]),
        (Proof::Open, Asks::User) if sent.has("client_id") => own(sent, [beside_the_user(), user()]),
        (Proof::Open, Asks::User) => own(sent, [user(), no_client()]),
        (Proof::Open, _) => vec![unproven()],
    }
}

/// What looks wrong about the secrets comes first.
fn own(sent: &Sent<'_>, causes: impl IntoIterator<Item = Cause>) -> Vec<Cause> {
    sent.flaws.iter().cloned().chain(causes).collect()
}

fn encoding(sent: &Sent<'_>) -> Option<Cause> {
    (!sent.encodings.is_empty()).then(|| {
        Cause::new(
            "basic-encoding",
            "the id or secret has characters that servers read from a Basic header in different ways",
            format!("{} (`hallpass doctor --try` tells which)", sent.settings().encoding(sent.encodings)),
        )
    })
}

fn credentials(what: &str) -> Cause {
    Cause::new("credentials", what, "compare both with what the server's owner gave you, and its URL too")
}

fn user() -> Cause {
    credentials("username or password is wrong, or the user may not log in")
}

fn beside_the_user() -> Cause {
    Cause::new(
        "client-credentials",
        "it is the client that was refused, not the user: client_id or client_secret is wrong, or belongs to another server",
        "compare both with what the server's owner gave you",
    )
}

fn no_client() -> Cause {
    Cause::new(
        "client-missing",
        "the server may want to know which client logs the user in",
        "add client_id, and client_secret if the client has one",
    )
}

fn unproven() -> Cause {
    Cause::new(
        "client-unproven",
        "the server does not know the client, or wants it to prove itself",
        "compare client_id, and say what proves it (client_auth)",
    )
}

fn in_the_form(sent: &Sent<'_>) -> Cause {
    Cause::new(
        "client-auth",
        "the server may want id and secret in the form rather than in a Basic header",
        sent.settings().in_the_form(),
    )
}

fn in_a_header(sent: &Sent<'_>) -> Cause {
    Cause::new(
        "client-auth",
        "the server may want id and secret in a Basic header rather than in the form",
        sent.settings().in_a_header(),
    )
}

fn scope() -> Cause {
    Cause::new(
        "scope",
        "the server does not give the `scope` that the profile asks for",
        "correct `scope`, or leave it out to get the server's own choice",
    )
}

fn no_scope() -> Cause {
    Cause::new("scope-missing", "no `scope` is asked for, and the server may want one", "add `scope`")
}

fn grant_type() -> Cause {
    Cause::new(
        "grant-type",
        "the server does not let this client use this grant",
        "have the grant allowed for the client, or use the dialect of one that is",
    )
}

fn no_grant_type() -> Cause {
    Cause::new(
        "grant-type-missing",
        "the server wants to be told which grant this is, and no `grant_type` is sent",
        "add grant_type = \"password\"",
    )
}

fn exchanged() -> Cause {
    Cause::new(
        "subject-token",
        "the server does not take the token that is to be exchanged: it has ended, or is another kind or another server's",
        "get a new one, and compare subject_token_type with what it is",
    )
}

fn request() -> Cause {
    Cause::new(
        "request",
        "the server finds something missing or wrong in the request, and its words above say what",
        "compare what is sent (`hallpass trace`) with the API's documentation",
    )
}

/// Audience and resource are two names of one thing (RFC 8707), and servers know one of them.
fn target(sent: &Sent<'_>) -> Vec<Cause> {
    let named = |name: &'static str| {
        let what = format!("the server does not know the `{name}`, or not for this client");
        let remedy = format!("compare `{name}` with the API's identifier, and have the client allowed for it");
        Cause::new(name, what, remedy)
    };
    let missing = Cause::new(
        "audience-missing",
        "the server wants to know for which API the token is, and no `audience` is sent",
        "add `audience = \"…\"` with the API's identifier (or `resource`, where the server speaks RFC 8707)",
    );
    let sent: Vec<_> = ["audience", "resource"].into_iter().filter(|name| sent.has(name)).map(named).collect();
    if sent.is_empty() { vec![missing] } else { sent }
}

pub(super) fn body_format(sent: &Sent<'_>) -> Cause {
    if sent.is_json() {
        return Cause::new("json-to-form", "JSON was sent, and the endpoint may want a form", sent.settings().form());
    }
    if sent.is_form() {
        return Cause::new("form-to-json", "a form was sent, and the endpoint may want JSON", sent.settings().json());
    }
    Cause::new("body-format", "the endpoint wants another kind of body", "check the dialect")
}
