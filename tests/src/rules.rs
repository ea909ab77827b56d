//! What shows that each rule of the wire is kept, and that neither HTTP library's habits get through.
//!
//! A witness is a class of vectors (`life`), one vector (`json/bom`), a test of the suite (`tls::expired`), or a test
//! elsewhere in the repository (`crates/async/tests/runtimes.rs name_of_the_test`). `tests/rules.rs` looks each of them up.

use std::fmt;

/// One rule, and what shows that it is kept.
pub struct Rule {
    /// Its number; a trap has none.
    pub number: Option<u8>,
    /// What it says, in short.
    pub says: &'static str,
    /// What shows it.
    pub shown_by: &'static [&'static str],
}

const fn rule(number: u8, says: &'static str, shown_by: &'static [&'static str]) -> Rule {
    Rule { number: Some(number), says, shown_by }
}

const fn trap(says: &'static str, shown_by: &'static [&'static str]) -> Rule {
    Rule { number: None, says, shown_by }
}

/// What the standards oblige a client to do: sending, then reading.
pub const RULES: &[Rule] = &[
    rule(
        1,
        "one way of client authentication per request",
        &["wire::credentials_in_one_place", "request-basic/body-secret", "request-password/client-by-body"],
    ),
    rule(
        2,
        "id and secret are escaped before Basic joins them, in one of three ways; a refusal names the others",
        &["basic", "refusal/odd-secret-names-the-settings"],
    ),
    rule(
        3,
        "Basic and Bearer exactly so; no control characters, no colon in a raw id",
        &["basic", "wire::a_call_as_it_was_given"],
    ),
    rule(
        4,
        "no credential in a URL, no parameter twice, POST, JSON asked for",
        &[
            "request-basic",
            "request-basic/password-in-url",
            "wire::one_request_as_it_should_be",
            "egress::odd_hosts_are_refused",
        ],
    ),
    rule(5, "password grants only where their dialect is chosen", &["request-password", "dialects::password_form"]),
    rule(
        6,
        "a resource is absolute, without fragment",
        &[
            "request-basic/audience-resource-extra",
            "request-basic/resource-with-fragment",
            "request-basic/resource-relative",
        ],
    ),
    rule(
        7,
        "https everywhere but loopback addresses; certificates are verified",
        &[
            "request-basic/plain-http",
            "egress::a_name_over_plain_http_is_refused",
            "tls::good",
            "tls::expired",
            "tls::not_yet_valid",
            "tls::wrong_name",
            "tls::self_signed",
            "tls::unknown_authority",
        ],
    ),
    rule(8, "a redirect at a token endpoint is refused", &["redirect", "redirects::at_the_token_endpoint"]),
    rule(
        9,
        "any 2xx with a token; unknown members ignored; a Bearer or nothing",
        &["status-2xx", "type", "json/extra-members"],
    ),
    rule(10, "an access token is visible ASCII, kept as it is, never quoted", &["bytes"]),
    rule(11, "expires_in in every spelling; nothing overflows, nothing spoils the body", &["life", "json/odd-numbers"]),
    rule(
        12,
        "a new refresh token replaces the old; absent, null or empty keeps it",
        &["refresh-token", "refresh", "dialects::a_token_is_refreshed_when_it_can_be"],
    ),
    rule(13, "an error in a 200 is a refusal; its code and text in any shape", &["error-in-200", "refusal"]),
    rule(14, "a refusal is denied, whatever its status and shape", &["refusal", "dialects::user_key_refused_refresh"]),
    rule(15, "a Bearer challenge at a token endpoint starts no refresh", &["challenge"]),
    rule(
        16,
        "JSON whatever the type says; what is none is named, not dumped; depth and size bounded",
        &["json", "content-type", "html", "empty", "size", "bombs::padding", "bombs::nesting"],
    ),
    rule(17, "server text only cut, cleaned, and never with a credential", &["echo"]),
    rule(18, "408, 425, 429 and 5xx may pass; Retry-After in every form", &["passing", "retry-after"]),
    rule(19, "a 401 from an API is repeated once; insufficient_scope and 403 never", &["api"]),
    rule(20, "a JWT's exp only shortens", &["jwt"]),
    rule(
        21,
        "the user key dialect's replies",
        &["user-key", "dialects::user_key", "dialects::user_key_lost_registration"],
    ),
];

/// What our HTTP libraries do by themselves, and no driver lets them.
pub const TRAPS: &[Rule] = &[
    trap(
        "redirects followed with the body, with headers, to another port",
        &["redirects::at_the_token_endpoint", "redirects::at_the_api", "redirect", "api/302-is-the-callers"],
    ),
    trap("a 4xx made an error, its body lost", &["refusal", "wire::api_statuses_are_responses"]),
    trap(
        "a limit that counts compressed bytes; gzip without one",
        &[
            "bombs::compressed",
            "bombs::padding",
            "bombs::a_compressed_response_is_handed_out_as_it_is",
            "wire/gzip-bomb",
        ],
    ),
    trap(
        "a timeout per read for a deadline",
        &[
            "deadlines::a_byte_every_half_second",
            "deadlines::a_byte_every_half_second_of_the_body",
            "deadlines::silence_in_the_body",
            "wire/drip",
        ],
    ),
    trap("Debug of a request prints its headers", &["printed::an_authorization_is_sensitive"]),
    trap("parse errors that quote the input", &["echo/not-json", "echo/cut-json", "bytes"]),
    trap("errors that print the URL", &["printed::a_query_is_in_no_error"]),
    trap("proxies taken from the environment", &["proxy::none_is_taken_from_the_environment"]),
    trap("a client is dear: built once", &["connections::used_again"]),
    trap("the default TLS adds many crates", &["xtask/src/tidy/crates.rs a_tree_over_the_limit_is_found"]),
    trap(
        "requests repeated by the library",
        &["wire/reset", "wire/close", "sent::reset_after_the_request", "connections::dead_in_the_pool"],
    ),
    trap(
        "a reqwest client belongs to one runtime",
        &["crates/async/tests/runtimes.rs one_client_serves_runtimes_that_come_and_go"],
    ),
    trap(
        "URLs compared as they are written",
        &["egress::odd_hosts_are_refused", "egress::an_unlisted_origin_sees_nothing", "request-basic/odd-address"],
    ),
    trap(
        "pooled connections that are dead; a write to one succeeds",
        &[
            "connections::idle_ones_are_dropped",
            "connections::dead_in_the_pool",
            "crates/blocking/tests/proxy.rs a_tunnel_that_is_dead_is_not_written_to",
            "sent::refused_connection",
            "sent::failed_handshake",
        ],
    ),
];

/// `rule | shown by`.
pub struct Index;

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in RULES.iter().chain(TRAPS) {
            let number = rule.number.map_or_else(|| "trap".to_owned(), |number| number.to_string());
            writeln!(f, "{number:>4}  {}\n      shown by {}", rule.says, rule.shown_by.join(", "))?;
        }
        Ok(())
    }
}
