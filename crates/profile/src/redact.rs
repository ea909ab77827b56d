//! A profile without its ids and secrets: enough of it to log in to nothing, and to show how it would.

use core::fmt::Write;

use hallpass_core::trace::placeholder;
use toml::de::{DeTable, DeValue};

use crate::reader::integer;

/// The name of the profile in a redacted text.
pub const REDACTED: &str = "traced";

/// What stands as it is.
const KEPT: [&str; 15] = [
    "dialect",
    "client_auth",
    "basic_encoding",
    "audience",
    "resource",
    "scope",
    "grant_type",
    "refresh_rotates",
    "timeout",
    "connect_timeout",
    "default_life",
    "allow_http",
    "send_token",
    "path",
    "algorithm",
];

/// What is replaced whole.
const VALUES: [&str; 14] = [
    "client_id",
    "client_secret",
    "user_id",
    "user_secret",
    "username",
    "password",
    "api_key",
    "private_key",
    "key_id",
    "key_digest",
    "assertion_audience",
    "revocation_audience",
    "account",
    "client_certificate",
];

const URLS: [&str; 3] = ["token_url", "base_url", "url"];

/// Tables of fixed values, any of which may be a secret.
const FIXED: [&str; 4] = ["headers", "extra", "send", "query"];

const STEPS: [&str; 3] = ["register", "authenticate", "refresh"];

/// What a described step has beside its URL and its fixed values.
const OF_STEPS: [&str; 8] = ["method", "body", "basic", "leaks_in_url", "reply", "default_life", "spends", "on_lost"];

/// The profile of that name as TOML with placeholders, under the name [`REDACTED`]; `None` if the text has none.
///
/// What says how to log in stays; ids, secrets, fixed values, what a URL's query holds, and everything about stores, APIs
/// and networks does not.
///
/// ```
/// let text = "[profiles.x]\ndialect = 'password-form'\ntoken_url = 'https://auth.example/token?key=k3y'\n\
///             username = 'alice'\npassword = 'hunter2'\nstore = 'redis://:pw@host'";
/// let redacted = hallpass_profile::redacted(text, "x").expect("it is there");
/// assert!(redacted.contains("token_url = \"https://auth.example/token?key=redacted\""));
/// assert!(["k3y", "alice", "hunter2", "redis"].iter().all(|secret| !redacted.contains(secret)));
/// assert!(hallpass_profile::Profiles::parse(&redacted, "x.toml")?.get("traced").is_ok());
/// # Ok::<(), hallpass_profile::ProfileError>(())
/// ```
pub fn redacted(text: &str, name: &str) -> Option<String> {
    let root = DeTable::parse(text).ok()?;
    let profile = table(table(root.get_ref().get("profiles")?.get_ref())?.get(name)?.get_ref())?;
    let mut out = format!("[profiles.{REDACTED}]\n");
    for (key, value) in profile {
        let (key, value) = (key.get_ref().as_ref(), value.get_ref());
        let told = match key {
            key if VALUES.contains(&key) => Some(quoted(&placeholder(key))),
            key if STEPS.contains(&key) => table(value).map(step),
            key => setting(key, value),
        };
        if let Some(told) = told {
            let _ = writeln!(out, "{key} = {told}");
        }
    }
    Some(out)
}

fn table<'v, 't>(value: &'v DeValue<'t>) -> Option<&'v DeTable<'t>> {
    value.as_table()
}

fn setting(key: &str, value: &DeValue<'_>) -> Option<String> {
    match key {
        key if KEPT.contains(&key) => as_it_is(value),
        key if URLS.contains(&key) => value.as_str().map(|url| quoted(&without_query(url))),
        key if FIXED.contains(&key) => table(value).map(fixed),
        _ => None,
    }
}

fn step(table: &DeTable<'_>) -> String {
    let told = |key: &str, value: &DeValue<'_>| {
        if OF_STEPS.contains(&key) { as_it_is(value) } else { setting(key, value) }
    };
    inline(table, told)
}

/// Fixed values go; where a value comes from stays.
fn fixed(table: &DeTable<'_>) -> String {
    inline(table, |key, value| match value {
        DeValue::Table(inner) if inner.contains_key("from") => as_it_is(value),
        DeValue::String(_) if key == "grant_type" => as_it_is(value),
        DeValue::Boolean(_) => as_it_is(value),
        DeValue::Integer(_) | DeValue::Float(_) => Some("1".into()),
        _ => Some(quoted("redacted")),
    })
}

fn inline(table: &DeTable<'_>, told: impl Fn(&str, &DeValue<'_>) -> Option<String>) -> String {
    let entries = table.iter().filter_map(|(key, value)| {
        let key = key.get_ref().as_ref();
        Some(format!("{} = {}", quoted(key), told(key, value.get_ref())?))
    });
    format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
}

fn as_it_is(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(quoted(text)),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Integer(_) => integer(value).map(|number| number.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Array(array) => {
            let items: Vec<_> = array.iter().filter_map(|item| as_it_is(item.get_ref())).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        DeValue::Table(table) => Some(inline(table, |_, value| as_it_is(value))),
        DeValue::Datetime(_) => None,
    }
}

/// The URL with the names of its query and none of its values.
fn without_query(url: &str) -> String {
    let Some((before, query)) = url.split_once('?') else { return url.to_owned() };
    let name = |pair: &str| match pair.split_once('=') {
        Some((name, _)) => format!("{name}=redacted"),
        None => "redacted".to_owned(),
    };
    let names: Vec<_> = query.split('&').map(name).collect();
    format!("{before}?{}", names.join("&"))
}

/// A basic string: what JSON escapes, TOML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
