//! What a refused refresh is about: the refresh token that was sent, or something else. The table below is the specification.

use http::StatusCode;

use super::{Page, Refusal};

/// What a refused refresh is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The refresh token: `invalid_grant` (RFC 6749 section 5.2), or a server's own words to that effect.
    Token,
    /// Perhaps the refresh token: some servers say so with a bare status, or in words of their own.
    Perhaps,
    /// Something else: the page of a gateway, a wrong URL, a client that is not known, too many requests.
    Another,
}

/// The first that fits, from what a standard says to what may mean anything.
pub(super) fn of(refusal: &Refusal) -> Blame {
    let said = Said::by(refusal);
    if said.code == "invalid grant" {
        if has_any(&said.text, &OF_THE_OCCASION) { Blame::Perhaps } else { Blame::Token }
    } else if is_of_the_request(refusal) {
        // Not every server takes these codes so.
        Blame::Perhaps
    } else if said.ends_the_token() {
        Blame::Token
    } else if said.tells_of_a_limit() {
        Blame::Another
    } else if said.is_of_nobody_else() || names_a_refresh_token(&said.text) {
        Blame::Perhaps
    } else {
        Blame::Another
    }
}

/// What Entra and Salesforce say `invalid_grant` of as well, though the refresh token is as good as before: a consent that this
/// scope lacks, a second factor or a device that is asked for, another network or hour than is allowed.
const OF_THE_OCCASION: [&str; 12] = [
    "aadsts50072",
    "aadsts50074",
    "aadsts50076",
    "aadsts50079",
    "aadsts50097",
    "aadsts50105",
    "aadsts50131",
    "aadsts50158",
    "aadsts5300",
    "aadsts65001",
    "ip restricted",
    "login hours",
];

/// What is wrong with the request, or with the server, whatever token is sent (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8707
/// section 2).
const OF_THE_REQUEST: [&str; 5] =
    ["invalid_request", "invalid_scope", "invalid_target", "server_error", "unsupported_grant_type"];

fn is_of_the_request(refusal: &Refusal) -> bool {
    refusal.code().is_some_and(|code| OF_THE_REQUEST.iter().any(|known| known.eq_ignore_ascii_case(code)))
}

/// A refusal, with its code and its text as people would write them.
struct Said<'a> {
    refusal: &'a Refusal,
    code: String,
    text: String,
}

impl<'a> Said<'a> {
    fn by(refusal: &'a Refusal) -> Self {
        let in_words = |said: Option<&str>| said.unwrap_or_default().to_ascii_lowercase().replace('_', " ");
        Self { refusal, code: in_words(refusal.code()), text: in_words(refusal.text.as_deref()) }
    }

    /// In its code, or in its text where no code says what it is about, from a server that knows of tokens.
    fn ends_the_token(&self) -> bool {
        let (code, text) = (self.code.as_str(), self.text.as_str());
        let knows_of_tokens = self.answers_a_token_request()
            || self.refusal.status == StatusCode::FORBIDDEN && !["", "403"].contains(&code);
        // Google's code for whatever is wrong with a request: which it is stands in the text, as one word.
        let one_word = self.refusal.text.as_deref().is_some_and(|text| !text.contains(char::is_whitespace));
        let is_silent = code.is_empty() || code == "invalid argument" && one_word;
        let says_so = ends_a_token(code) || (is_silent || names_a_refresh_token(text)) && ends_a_token(text);
        // As a gateway has it that wants a token for every path, also for this one.
        let of_the_access_token = text.contains("access token") && ![code, text].into_iter().any(names_a_refresh_token);
        self.refusal.page.is_none() && knows_of_tokens && says_so && !is_of_another(code) && !of_the_access_token
    }

    fn tells_of_a_limit(&self) -> bool {
        is_of_a_limit(&self.code) || is_of_a_limit(&self.text) && !ends_a_token(&self.code)
    }

    fn is_of_nobody_else(&self) -> bool {
        self.answers_a_token_request() && self.refusal.page != Some(Page::Html) && !is_of_the_client(&self.code)
    }

    /// With a status of RFC 6749 section 5.2, or one that says that all is well.
    fn answers_a_token_request(&self) -> bool {
        matches!(self.refusal.status.as_u16(), 200..=299 | 400 | 401)
    }
}

/// Whether it says that a token has ended, or is none.
fn ends_a_token(said: &str) -> bool {
    let ended = ["invalid", "expired", "revoked", "not valid", "not found", "inactive", "unknown", "already used"];
    let a_tokens_end = has_any(said, &["token", "grant", "session"]) && has_any(said, &ended);
    // Zoho's word for a refresh token that has ended.
    let said_so = a_tokens_end || names_a_refresh_token(said) || said == "invalid code";
    said_so && !is_of_another(said) && !has_any(said, &["grant type", "token type", "csrf", "xsrf"])
}

fn names_a_refresh_token(said: &str) -> bool {
    has_any(said, &["refresh token", "refreshtoken"])
}

fn is_of_another(said: &str) -> bool {
    is_of_the_client(said) || is_of_a_limit(said)
}

fn is_of_the_client(said: &str) -> bool {
    has_any(said, &["client", "secret"])
}

/// Whether the server wants to be asked less often.
fn is_of_a_limit(said: &str) -> bool {
    has_any(said, &["limit", "throttl", "too many", "slow down"])
}

fn has_any(said: &str, words: &[&str]) -> bool {
    words.iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use http::HeaderMap;
    use time::UtcDateTime;

    use super::Blame::{Another, Perhaps, Token};
    use super::*;
    use crate::dialect::reading;
    use crate::http::{Body, Reply};
    use crate::time::Now;

    fn blamed(status: u16, body: &str) -> Blame {
        let status = StatusCode::from_u16(status).expect("a status");
        let received = Now { mono: Duration::ZERO, wall: UtcDateTime::UNIX_EPOCH };
        let body = Body::new(body.into());
        let reply = Reply { status, headers: HeaderMap::new(), body, cut: false, received };
        reading::token(&reply, None).expect_err("a refusal").blames()
    }

    #[test]
    fn only_what_speaks_of_the_token_blames_it() {
        for (status, body, blame) in [
            // What RFC 6749 section 5.2 says of it, wherever it stands.
            (400, r#"{"error":"invalid_grant"}"#, Token),
            (401, r#"{"error":"invalid_grant","error_description":"too many requests"}"#, Token),
            (403, r#"{"error":"Invalid_Grant"}"#, Token),
            (404, r#"{"error":"invalid_grant"}"#, Token),
            // What Entra and Salesforce say so too, of all else.
            (
                400,
                r#"{"error":"invalid_grant","error_description":"AADSTS65001: The user has not consented"}"#,
                Perhaps,
            ),
            (400, r#"{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked"}"#, Perhaps),
            (400, r#"{"error":"invalid_grant","error_description":"ip restricted or invalid login hours"}"#, Perhaps),
            (
                400,
                r#"{"error":"invalid_grant","error_description":"AADSTS700082: The refresh token has expired"}"#,
                Token,
            ),
            (400, r#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#, Token),
            // What servers say instead, in their code.
            (400, r#"{"error":"token_revoked"}"#, Token),
            (403, r#"{"code":"token_expired"}"#, Token),
            (401, r#"{"error":"session_not_found"}"#, Token),
            (200, r#"{"error":"invalid_code"}"#, Token),
            (400, r#"{"error":"invalid_refresh_token","error_description":"its lifetime limit was reached"}"#, Token),
            // Or in their text, where the code says nothing, or the text names the refresh token.
            (401, r#"{"detail":"Token is invalid"}"#, Token),
            (400, r#"{"message":"Session expired"}"#, Token),
            (400, r#"{"error":"Unauthorized","message":"The refresh token has ended"}"#, Token),
            (400, r#"{"error":"7","message":"RefreshToken already used"}"#, Token),
            (400, r#"{"error":"7","message":"The token has expired"}"#, Perhaps),
            (400, r#"{"error":{"code":400,"message":"TOKEN_EXPIRED","status":"INVALID_ARGUMENT"}}"#, Token),
            (400, r#"{"error":{"code":400,"message":"USER_DISABLED","status":"INVALID_ARGUMENT"}}"#, Perhaps),
            (
                400,
                r#"{"error":{"code":400,"message":"Unexpected token. ^ is invalid","status":"INVALID_ARGUMENT"}}"#,
                Perhaps,
            ),
            (400, r#"{"error":{"code":400,"message":"Unexpected token. ^ is invalid"}}"#, Perhaps),
            (401, r#"{"error":{"code":401,"message":"Invalid access token","status":"UNAUTHENTICATED"}}"#, Perhaps),
            (401, r#"{"statusCode":401,"message":"Unauthorized. Access token is missing or invalid."}"#, Perhaps),
            (
                401,
                r#"{"error":"invalid_token","error_description":"The access token is invalid or has expired"}"#,
                Perhaps,
            ),
            (401, r#"{"error":"invalid_token","error_description":"Invalid refresh token (expired): x"}"#, Token),
            (400, r#"{"error":"refresh_token_expired","error_description":"cannot issue an access token"}"#, Token),
            (400, r#"{"errors":[{"errorType":"invalid_grant","message":"Refresh token invalid: x"}]}"#, Token),
            // From where no token request is answered, only a code is trusted, and only beside a 403.
            (403, r#"{"message":"Token expired"}"#, Another),
            (403, r#"{"message":"The refresh token expired"}"#, Perhaps),
            (403, r#"{"error":{"code":403,"message":"The refresh token expired"}}"#, Perhaps),
            (404, r#"{"error":"token_expired"}"#, Another),
            (422, r#"{"error":"invalid_refresh_token"}"#, Another),
            // A code about the request or the server (RFC 6749 section 5.2, RFC 8707 section 2), though not every server takes
            // it so.
            (400, r#"{"error":"invalid_request","error_description":"The refresh token expired"}"#, Perhaps),
            (400, r#"{"error":"INVALID_SCOPE"}"#, Perhaps),
            (403, r#"{"error":"invalid_target"}"#, Perhaps),
            (404, r#"{"error":"server_error","error_description":"too many requests"}"#, Perhaps),
            (400, r#"{"error":"unsupported_grant_type"}"#, Perhaps),
            // A client, a limit, a form's own token: none of them is the refresh token.
            (401, r#"{"error":"invalid_client"}"#, Another),
            (401, r#"{"error":"unauthorized_client"}"#, Another),
            (401, r#"{"error":"invalid_client_token"}"#, Another),
            (403, r#"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#, Perhaps),
            (401, r#"{"message":"Client secret has expired"}"#, Perhaps),
            (401, r#"{"detail":"API key expired"}"#, Perhaps),
            (401, r#"{"error":"license_expired"}"#, Perhaps),
            (401, r#"{"message":"Invalid CSRF token"}"#, Perhaps),
            (401, r#"{"message":"Invalid XSRF token"}"#, Perhaps),
            (400, r#"{"error":"invalid_grant_type"}"#, Perhaps),
            (400, r#"{"error":"invalid_token_type"}"#, Perhaps),
            (401, r#"{"message":"The token request was refused"}"#, Perhaps),
            (400, r#"{"error":"x","error_description":"You have made too many requests"}"#, Another),
            (400, r#"{"error":"x","error_description":"the new token generation limit is reached"}"#, Another),
            (401, r#"{"detail":"The limit of refresh tokens is reached"}"#, Another),
            (400, r#"{"error":"slow_down"}"#, Another),
            (400, r#"{"error":"refresh_token_throttled"}"#, Another),
            // A bad day, and words that may mean anything.
            (400, r#"{"error":"unknown_error","error_description":"retry your request"}"#, Perhaps),
            (200, r#"{"ok":false,"error":"internal_error"}"#, Perhaps),
            (400, "{}", Perhaps),
            (403, r#"{"message":"Blocked"}"#, Another),
            // A page, or a bare status, may be of something in front of the server.
            (400, "", Perhaps),
            (401, "Unauthorized", Perhaps),
            (401, "Token expired", Perhaps),
            (403, "", Another),
            (404, "", Another),
            (403, "the refresh token has ended", Perhaps),
            (400, "<html>blocked</html>", Another),
            (403, "<html>blocked</html>", Another),
        ] {
            assert_eq!(blamed(status, body), blame, "{status} {body}");
        }
    }
}
