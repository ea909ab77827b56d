//! What a refusal tells to try next, by what was asked and the status that came.

use hallpass_core::dialect::{Auth0Json, BasicForm, ClientAuth, Dialect, Exchange};
use hallpass_core::{Secrets, SendAs, secret};
use hallpass_testkit::dialects::Imported;
use http::StatusCode;

use crate::world::{World, basic_form, held, password_form, url, user_key};

fn knowing(dialect: &dyn Dialect) -> World<'_> {
    let secrets = Secrets::one(secret::CLIENT_SECRET, "a%b").with(secret::PASSWORD, "p");
    let secrets = secrets.with(secret::USER_SECRET, "u").with(secret::CLIENT_ASSERTION, "h.p.s");
    World::new(dialect).knowing(secrets)
}

const CREDENTIALS: &str = "Check the credentials and the rest";
const SETTINGS: &str = "Check the login's settings. If it is the client that was refused:";

#[test]
fn the_advice_is_of_what_was_refused() {
    let auth0 = Auth0Json::new(url("https://auth.example/token"), "client", "api");
    let by = |auth| basic_form().client_auth(auth);
    let (body, signs, by_tls): (BasicForm, _, _) =
        (by(ClientAuth::Body), by(ClientAuth::Assertion), by(ClientAuth::Tls));
    let for_a_user = password_form().client("client", ClientAuth::default());
    let cases: [(&dyn Dialect, u16, &str); 20] = [
        (&body, 400, CREDENTIALS),
        (&body, 401, CREDENTIALS),
        (&body, 403, CREDENTIALS),
        (&body, 404, "Check the URL"),
        (&body, 405, "Check the URL"),
        (&body, 410, "Check the URL"),
        (&body, 406, "Check the dialect"),
        (&body, 415, "Check the dialect"),
        (&body, 407, "A proxy wants credentials"),
        (&auth0, 401, CREDENTIALS),
        (&auth0, 403, "Check the audience"),
        (&signs, 400, "is the assertion's audience the one that it wants"),
        (&signs, 401, SETTINGS),
        (&signs, 403, CREDENTIALS),
        (&by_tls, 400, "and was one sent"),
        (&by_tls, 401, SETTINGS),
        (&by_tls, 404, "Check the URL"),
        (&for_a_user, 401, "try basic_encoding ="),
        (&for_a_user, 400, CREDENTIALS),
        (&password_form(), 401, CREDENTIALS),
    ];
    for (dialect, status, advice) in cases {
        let told = knowing(dialect).answered(status, &[], "{}").refused().advice.clone();
        assert!(told.contains(advice), "{} {status}: {told}", dialect.key().dialect());
    }
}

/// Good credentials need not be changed where something else answered.
#[test]
fn a_page_is_advised_on_as_a_page() {
    for status in [401, 403] {
        let run = World::new(&password_form()).answered(status, &[], "<html>Access Denied");
        let told = run.refused().advice.clone();
        assert!(told.starts_with("A login page, a firewall or a proxy") && !told.contains("credentials"), "{told}");
    }
}

#[test]
fn a_registration_that_is_refused_may_have_been_made_before() {
    for (status, exists) in [(400, true), (409, true), (422, true), (401, false), (404, false)] {
        let run = knowing(&user_key()).registering().answered(status, &[], "{}");
        assert_eq!(run.refused().advice.contains("exist already"), exists, "{status}");
        let told = run.error().to_string();
        assert!(told.starts_with("register at https://sensors.example/register was refused: "), "{told}");
    }
    let run = knowing(&user_key()).holding(held("K", "")).answered(409, &[], "{}");
    assert!(run.refused().advice.contains(CREDENTIALS), "{}", run.error());
}

#[test]
fn a_dialect_need_not_advise() {
    let plain = Imported::new(url("https://auth.example/token"));
    assert_eq!(plain.advice(Exchange::refresh(), StatusCode::BAD_REQUEST, &Secrets::new()), None);
    assert_eq!(plain.send_as(), SendAs::default());
}
