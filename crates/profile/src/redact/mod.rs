//! A profile without its ids and secrets: enough of it to log in to nothing, and to show how it would.

use core::fmt::Write;

use hallpass_core::trace::placeholder;
use toml::de::{DeTable, DeValue};

use crate::keys::{Mask, mask, mask_in_step};
use crate::reader::integer;

/// The name of the profile in a redacted text.
pub const REDACTED: &str = "traced";

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
    let profile = root.get_ref().get("profiles")?.get_ref().as_table()?.get(name)?.get_ref().as_table()?;
    let mut out = format!("[profiles.{REDACTED}]\n");
    for (key, value) in in_file_order(profile) {
        if let Some(told) = masked(mask(key), key, value) {
            let _ = writeln!(out, "{key} = {told}");
        }
    }
    Some(out)
}

fn masked(mask: Mask, key: &str, value: &DeValue<'_>) -> Option<String> {
    match mask {
        Mask::Kept => as_it_is(value),
        Mask::Named => Some(quoted(&placeholder(key))),
        Mask::Url => value.as_str().map(|url| quoted(&without_query(url))),
        Mask::Fixed => value.as_table().map(|table| inline(table, |_, value| Some(fixed(value)))),
        Mask::Parts => value.as_table().map(|table| inline(table, part)),
        Mask::Step => value.as_table().map(|table| inline(table, |key, value| masked(mask_in_step(key), key, value))),
        Mask::Dropped => None,
    }
}

/// Of what a step sends, where a value comes from stays, and the grant's name.
fn part(key: &str, value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Table(inner) if inner.contains_key("from") => as_it_is(value),
        DeValue::String(_) if key == "grant_type" => as_it_is(value),
        _ => Some(fixed(value)),
    }
}

/// Something of the same kind, as far as that makes a difference.
fn fixed(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Integer(_) | DeValue::Float(_) => "1".into(),
        _ => quoted("redacted"),
    }
}

fn inline(table: &DeTable<'_>, told: impl Fn(&str, &DeValue<'_>) -> Option<String>) -> String {
    let entries = in_file_order(table).into_iter();
    let entries = entries.filter_map(|(key, value)| Some(format!("{} = {}", quoted(key), told(key, value)?)));
    format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
}

/// Which is the order that things are sent in.
fn in_file_order<'v, 't>(table: &'v DeTable<'t>) -> Vec<(&'v str, &'v DeValue<'t>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries.into_iter().map(|(key, value)| (key.get_ref().as_ref(), value.get_ref())).collect()
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

#[cfg(test)]
mod tests;
