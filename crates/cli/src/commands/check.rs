//! `hallpass check`: does the profile work, and if not, whose fault is it?

use http::{Method, StatusCode};

use crate::answer::{Answer, is_html};
use crate::args::Globals;
use crate::failure::{Failure, Kind};
use crate::login::Login;
use crate::{output, target};

pub(super) fn run(globals: &Globals, name: &str) -> Result<(), Failure> {
    Login::with(globals, name, |login| check(globals, login))
}

fn check(globals: &Globals, login: &Login<'_>) -> Result<(), Failure> {
    let name = login.profile.name();
    // This command is there to find fault; a script that asks for tokens need not hear it each time.
    for warning in login.profile.warnings().iter().filter(|_| globals.verbose == 0) {
        output::note(globals, &format!("warning: {warning}"));
    }
    let client = login.client()?;
    let base = client.config().get_api_url();
    let path = match (base, login.profile.check_path()) {
        (None, _) => return Err(missing(name, "api_url = \"https://…/\"", "where the API is")),
        (_, None) => return Err(missing(name, "check_path = \"…\"", "what to call below api_url")),
        (_, Some(path)) => path,
    };
    let endpoint = target::resolve(base, path)?;
    let request = http::Request::get(endpoint.uri()).body(()).map_err(|error| Failure::usage(error.to_string()))?;
    let (response, sent) = login.send(&client, request)?;
    let head = response.into_parts().0;
    let kept = sent.last().is_some_and(|token| login.gave(token));
    let how = if kept {
        format!(
            "With the kept token (from {}; `hallpass doctor {name}` tries the credentials)",
            output::plain(&login.store.to_string())
        )
    } else {
        "The login worked, and".to_owned()
    };
    let answer = Answer { method: &Method::GET, endpoint: &endpoint, head: &head, sent: &sent };
    let advice = match head.status {
        StatusCode::UNAUTHORIZED => format!(
            "The login worked, yet the API does not accept its token: check that token_url and api_url of profile \
             `{name}` belong together, and its audience and scope; if they do, check this machine's clock"
        ),
        StatusCode::NOT_FOUND => "The API does not know that path: check api_url and check_path".into(),
        _ => answer.advice(kept.then_some(name)),
    };
    if let Some(failure) = answer.failure(&advice) {
        return Err(failure);
    }
    if head.status.is_redirection() {
        let to = answer.leads_to().map(|to| format!(" to {to}")).unwrap_or_default();
        let message = format!(
            "{}, a redirect{to}: check api_url and check_path, whether it leads to a login page",
            answer.line()
        );
        return Err(Failure::new(Kind::Malformed, message).said(head.status, None));
    }
    if is_html(&head.headers) {
        return output::print(&format!(
            "{name}: perhaps. {how} {}, but with an HTML page: an API rarely does, a login page or a proxy \
             does; check api_url and check_path.\n",
            answer.line()
        ));
    }
    output::print(&format!("{name}: fine. {how} {}.\n", answer.line()))
}

fn missing(name: &str, line: &str, what: &str) -> Failure {
    Failure::usage(format!("profile `{name}` does not say {what}: add `{line}` to it, or try `hallpass token {name}`"))
}
