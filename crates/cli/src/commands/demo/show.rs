//! An exchange as a reader may see it: only what is known to be harmless is shown as it is.

use http::header;

use super::stage::Exchange;

/// Members whose values anybody may see. Any other could be a secret.
const OPEN: [&str; 17] = [
    "grant_type",
    "client_id",
    "audience",
    "scope",
    "scopes",
    "user_id",
    "username",
    "token_type",
    "expires_in",
    "error",
    "error_description",
    "detail",
    "code",
    "method",
    "owner",
    "dialect",
    "ping",
];

/// Where a step's sentence begins, and how long a line may be.
const INDENT: usize = 17;
const WIDTH: usize = 118;

/// A step's name, and why it is done.
pub(super) fn step(name: &str, why: &str) -> String {
    let mut text = format!("  {name:width$}", width = INDENT - 2);
    text += wrapped(why, INDENT).trim_start();
    text
}

/// What the command would have printed.
pub(super) fn error(error: &hallpass_core::Error) -> String {
    wrapped(&format!("hallpass: {error}"), 6)
}

/// What came of a step, or that it did not.
pub(super) fn outcome(good: bool, what: &str) -> String {
    let verdict = if good { "" } else { "FAILED. It should be: " };
    format!("    = {}", wrapped(&format!("{verdict}{what}"), 6).trim_start())
}

pub(super) fn exchange(exchange: &Exchange) -> String {
    let request = &exchange.0;
    let mut sent = vec![format!("{} {}", request.method, request.target)];
    if let Some(authorization) = request.header(header::AUTHORIZATION.as_str()) {
        let (scheme, value) = authorization.split_once(' ').unwrap_or(("", authorization));
        sent.push(format!("Authorization: {scheme} {}", hidden(value)));
    }
    let content_type = request.header(header::CONTENT_TYPE.as_str());
    sent.extend(format_name(content_type).map(str::to_owned));
    sent.extend(redacted(&members(&request.body, content_type)));

    let mut got = Vec::new();
    if let Some(reply) = &request.reply {
        got.push(reply.status().as_u16().to_string());
        let content_type = reply.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        got.extend(redacted(&members(reply.body(), content_type)));
    }
    let line = |mark: char, parts: &[String]| format!("    {mark} {}", wrapped(&parts.join("  "), 6).trim_start());
    line('>', &sent) + &line('<', &got)
}

/// The members of a JSON object or a form, in their order.
pub(super) fn members(body: &[u8], content_type: Option<&str>) -> Vec<(String, String)> {
    match format_name(content_type) {
        Some("json:") => serde_json::from_slice::<serde_json::Map<_, _>>(body)
            .map(|object| object.into_iter().map(|(name, value)| (name, plain(value))).collect())
            .unwrap_or_default(),
        Some(_) => form_urlencoded::parse(body).into_owned().collect(),
        None => Vec::new(),
    }
}

fn format_name(content_type: Option<&str>) -> Option<&'static str> {
    match content_type? {
        "application/json" => Some("json:"),
        "application/x-www-form-urlencoded" => Some("form:"),
        _ => None,
    }
}

fn plain(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

fn redacted(members: &[(String, String)]) -> Vec<String> {
    let shown = |(name, value): &(String, String)| match OPEN.contains(&name.as_str()) {
        true if value.contains(' ') => format!("{name}=\"{value}\""),
        true => format!("{name}={value}"),
        false => format!("{name}={}", hidden(value)),
    };
    members.iter().map(shown).collect()
}

fn hidden(secret: &str) -> String {
    format!("…({})", secret.chars().count())
}

/// Lines that all begin at one column.
fn wrapped(text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut column = WIDTH;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column + 1 + length > WIDTH {
            out.truncate(out.trim_end_matches(' ').len());
            out.extend(["\n", &" ".repeat(indent)]);
            column = indent;
        } else {
            out.push(' ');
            column += 1;
        }
        out += word;
        column += length;
    }
    out.push('\n');
    out.split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_harmless_is_hidden() {
        let body = br#"{"client_id":"me","brand_new_secret":"canary-7","expires_in":60}"#;
        let text = redacted(&members(body, Some("application/json"))).join(" ");
        assert_eq!(text, "brand_new_secret=…(8) client_id=me expires_in=60");
    }

    #[test]
    fn no_line_is_too_long() {
        let text = step("authenticate", "word  ".repeat(60).trim_end());
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH && !line.ends_with(' ')), "{text}");
        assert!(text.starts_with("  authenticate   word"), "{text}");
    }
}
