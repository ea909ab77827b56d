//! The call with the token, where the profile says what to call.

use hallpass_blocking::Client;
use hallpass_client::call;
use hallpass_core::{Endpoint, Grant, Origin};
use hallpass_profile::Profile;
use http::{Method, StatusCode, header};

use super::login::{Skew, clock_off};
use super::report::{Cause, Step};
use super::{Patient, causes};
use crate::answer::{Answer, is_html};
use crate::failure::{Failure, Kind};
use crate::target;

impl Patient<'_> {
    /// Calls `check_path` with the token, once.
    pub(super) fn api(&mut self, profile: &Profile, client: &Client, grant: &Grant, skew: Skew) {
        let base = client.config().get_api_url();
        let (Some(base), Some(path)) = (base, profile.check_path()) else {
            let first = if base.is_none() { "`api_url = \"https://…/\"` and " } else { "" };
            let cause = Cause::new(
                "no-check-path",
                "the login works, and nothing says which call would show that the API takes the token",
                format!("add {first}`check_path = \"…\"`"),
            );
            return self.steps.push(Step::seen("api", "not called", vec![cause]));
        };
        let prepared = target::resolve(Some(base), path).and_then(|endpoint| {
            call::admit(client.config(), endpoint.uri())?;
            let mut request = http::Request::new(Vec::new());
            *request.uri_mut() = endpoint.uri().clone();
            call::attach(grant, request.headers_mut());
            Ok((endpoint, request))
        });
        let (endpoint, request) = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => {
                let remedy = "correct api_url and check_path: the call has to lie below api_url";
                let cause = Cause::new("api-url", "the token may not go there", remedy);
                return self.steps.push(Step::failed("api", failure, vec![cause]));
            }
        };
        let head = match client.send_plain(request) {
            Ok(response) => response.into_parts().0,
            Err(error) => {
                let remedy = "check api_url: its host, port and certificate are apart from the token endpoint's";
                let cause = Cause::new("api-unreachable", "the login works, and the API cannot be reached", remedy);
                return self.steps.push(Step::failed("api", error.into(), vec![cause]));
            }
        };
        let token = grant.access_token();
        let answer =
            Answer { method: &Method::GET, endpoint: &endpoint, head: &head, sent: core::slice::from_ref(token) };
        let page = is_html(&head.headers);
        let step = match answer.failure("") {
            Some(failure) => Step::failed("api", failure, reasons(&answer, skew)),
            None if head.status.is_redirection() => {
                let failure = Failure::new(Kind::Malformed, answer.line()).said(head.status, None);
                Step::failed("api", failure, vec![redirected(&head, &endpoint)])
            }
            None => Step::seen(
                "api",
                answer.line(),
                Vec::from_iter(page.then(|| causes::web_page("answer of the API", "api_url"))),
            ),
        };
        self.steps.push(step);
    }
}

fn reasons(answer: &Answer<'_>, skew: Skew) -> Vec<Cause> {
    let (id, cause, remedy) = match answer.head.status {
        StatusCode::UNAUTHORIZED => {
            let clock = skew.filter(|ahead| ahead.unsigned_abs() > 60).map(clock_off);
            let belongs = Cause::new(
                "api-refuses-token",
                "the login works, and the API does not take its token: it is for another API or another environment",
                "check `audience` (or `resource`), `scope`, and that token_url and api_url belong together",
            );
            return clock.into_iter().chain([belongs]).collect();
        }
        StatusCode::FORBIDDEN => {
            ("api-forbids", "the API takes the token, and this login may not do this".into(), answer.advice(None))
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => (
            "api-path",
            "the API knows no such path".to_owned(),
            "check api_url and check_path, with and without a slash at the end".to_owned(),
        ),
        StatusCode::TOO_MANY_REQUESTS => {
            ("rate-limit", "too many calls in too short a time".into(), answer.advice(None))
        }
        status if status.is_server_error() => ("server-trouble", "the API is in trouble".into(), answer.advice(None)),
        _ => ("api-refuses-call", "the API does not take this call".into(), "check check_path".into()),
    };
    vec![Cause::new(id, cause, remedy)]
}

/// Where a redirect leads, without the server's words.
fn redirected(head: &http::response::Parts, endpoint: &Endpoint) -> Cause {
    let to = head.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = endpoint.uri().path();
    let slash = to.trim_end_matches('/').ends_with(path.trim_end_matches('/'));
    if slash && to.ends_with('/') != path.ends_with('/') {
        let remedy = if path.ends_with('/') { "take it off" } else { "add it" };
        return Cause::new("trailing-slash", "check_path differs by the slash at its end", remedy);
    }
    if Origin::parse(to).is_ok_and(|origin| origin != *endpoint.origin()) {
        let remedy = "if the API is there now, change api_url or list it in `origins`; else it is a login page";
        return Cause::new("unlisted-origin", "the API leads to another origin, where the token does not go", remedy);
    }
    let remedy = "check api_url and check_path, and whether they lead to a login page";
    Cause::new("api-redirect", "the API leads elsewhere, which is not followed", remedy)
}
