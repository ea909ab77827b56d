//! Replies that cost more than they are worth (wire rule 16, and the traps of both HTTP libraries).

use hallpass_core::Error;
use hallpass_core::error::Oddity;
use hallpass_testserver::TestServer;
use hallpass_testserver::script::{Reply, ScriptServer, answers};

use super::{TOKEN, basic_form, get};
use crate::driver::Driver;

fn oddity<D: Driver>(reply: Reply) -> Oddity {
    let server = ScriptServer::start(answers([reply])).expect("a server");
    let client = D::new(basic_form::<D>(&server.url("/token"))).expect("a client");
    match client.token() {
        Err(Error::Malformed(malformed)) => malformed.oddity,
        other => panic!("{}: a malformed reply, not {other:?}", D::NAME),
    }
}

/// 12 MB of padding are not read to the end.
pub fn padding<D: Driver>() {
    assert_eq!(oddity::<D>(Reply::json(200, TOKEN).padded(12)), Oddity::TooLarge);
}

/// 100,000 nested lists overflow no stack.
pub fn nesting<D: Driver>() {
    let body = format!(r#"{{"access_token":"tok","x":{}"#, "[".repeat(100_000));
    assert_eq!(oddity::<D>(Reply::json(200, &body)), Oddity::TooDeep);
}

/// Compression that was not asked for is refused by name, not unpacked.
pub fn compressed<D: Driver>() {
    assert_eq!(oddity::<D>(Reply::json(200, TOKEN).gzip()), Oddity::Encoded("gzip".into()));
    assert_eq!(oddity::<D>(Reply::json(200, TOKEN).padded(12).gzip()), Oddity::Encoded("gzip".into()));
}

/// Nobody asked for it, so nobody unpacks it: the caller is handed what came, with the header that says how.
pub fn a_compressed_response_is_handed_out_as_it_is<D: Driver>() {
    let provider = TestServer::start().expect("a server");
    let server = ScriptServer::start(answers([Reply::json(200, "{}").padded(12).gzip()])).expect("a server");
    let config = basic_form::<D>(&provider.url("/oauth/v2/token")).api_url(&server.origin()).expect("loopback");
    let response = D::new(config).expect("a client").send(get(&server.url("/x"))).expect("a response");
    assert_eq!(response.headers().get("content-encoding").map(http::HeaderValue::as_bytes), Some(&b"gzip"[..]));
    assert!(response.body().starts_with(&[0x1f, 0x8b]) && response.body().len() < 50_000, "{}", D::NAME);
}

/// An error page longer than the cap is still judged by its status.
pub fn an_error_page_of_any_length_passes<D: Driver>() {
    let server = ScriptServer::start(answers([Reply::new(503).padded(12)])).expect("a server");
    let error = D::new(basic_form::<D>(&server.url("/token"))).expect("a client").token().expect_err("no token");
    assert!(error.retry().can_help(), "{error}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
}
