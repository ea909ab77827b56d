//! `replies.toml`: token replies by class, each with what must come of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::case::{Case, Template};
use crate::core_mount::now;
use crate::login::Login;
use crate::reply::Wire;
use crate::settings::Exchange;

const FILE: &str = "replies.toml";
const TEXT: &str = include_str!("../vectors/replies.toml");

/// A vector that says nothing sensible: which, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("vectors/{file}: {vector}: {why}")]
pub struct BadVector {
    /// The file.
    pub file: &'static str,
    /// Class and name.
    pub vector: String,
    /// What is wrong.
    pub why: String,
}

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    #[serde(default = "all")]
    exchange: String,
    secret: Option<String>,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, OneOrMore>,
    body: Option<String>,
    #[serde(default)]
    wire: Wire,
    #[serde(default)]
    again: bool,
    expect: String,
    #[serde(default)]
    hides: Vec<String>,
    #[serde(default)]
    shows: Vec<String>,
    disputed: Option<String>,
    /// Why that is expected, for readers.
    #[serde(rename = "why")]
    _why: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

fn all() -> String {
    "authenticate".into()
}

fn ok() -> u16 {
    200
}

/// The cases of `replies.toml`.
pub fn cases() -> Result<Vec<Case>, BadVector> {
    read(FILE, TEXT)
}

/// The cases of a text in the format of `replies.toml`.
pub fn read(file: &'static str, text: &str) -> Result<Vec<Case>, BadVector> {
    let mut cases = Vec::new();
    for (class, line) in lines::<Line>(file, text)? {
        let vector = format!("{class}/{}", line.name);
        cases.extend(line.cases(&class).map_err(|why| BadVector { file, vector, why })?);
    }
    Ok(cases)
}

/// The lines of a vector file with their classes: `class = [ { name = "…", … }, … ]`.
pub(crate) fn lines<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<Vec<(String, T)>, BadVector> {
    let bad = |vector: &str, why: String| BadVector { file, vector: vector.into(), why };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| bad("the whole file", error.to_string()))?;
    let mut lines = Vec::new();
    for (class, value) in table {
        let toml::Value::Array(array) = value else { return Err(bad(&class, "a class is an array".into())) };
        let mut names = BTreeSet::new();
        for (index, line) in array.into_iter().enumerate() {
            let name = line.get("name").and_then(toml::Value::as_str).map(str::to_owned);
            let name = name.ok_or_else(|| bad(&format!("{class}[{index}]"), "it has no name".into()))?;
            let vector = format!("{class}/{name}");
            let line = line.try_into().map_err(|error| bad(&vector, error.message().to_owned()))?;
            if !names.insert(name) {
                return Err(bad(&vector, "the class has this name twice".into()));
            }
            lines.push((class.clone(), line));
        }
    }
    Ok(lines)
}

impl Line {
    fn cases(&self, class: &str) -> Result<Vec<Case>, String> {
        exchanges(&self.exchange)?.into_iter().map(|exchange| self.case(class, exchange)).collect()
    }

    fn case(&self, class: &str, exchange: Exchange) -> Result<Case, String> {
        let has_body = self.wire != Wire::Reset && self.wire != Wire::Close;
        if has_body && self.body.is_none() && self.wire == Wire::Plain {
            return Err("it has no body".into());
        }
        let case = Case {
            class: class.into(),
            vector: self.name.clone(),
            exchange,
            login: Login::standard(exchange, self.secret.as_deref()),
            reply: Template {
                status: self.status,
                headers: self.headers(),
                body: self.body.clone().unwrap_or_default(),
                wire: self.wire,
                again: self.again,
            },
            expect: self.expect.parse()?,
            request: None,
            hides: self.hides.clone(),
            shows: self.shows.clone(),
            disputed: self.disputed.clone(),
        };
        // Whatever is wrong with a placeholder or a header is found here, not in the middle of a run.
        case.canned(now())?.reply(now(), 0)?;
        Ok(case)
    }

    fn headers(&self) -> Vec<(String, String)> {
        let typed = self.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        let mut headers: Vec<_> =
            (!typed).then(|| ("content-type".into(), "application/json".into())).into_iter().collect();
        for (name, values) in &self.headers {
            match values {
                OneOrMore::One(value) => headers.push((name.clone(), value.clone())),
                OneOrMore::More(values) => headers.extend(values.iter().map(|value| (name.clone(), value.clone()))),
            }
        }
        headers
    }
}

/// The exchanges that a vector runs on: names, or the sets `authenticate` (all four dialects), `refresh` (the three
/// that can) and `grant` (both).
fn exchanges(text: &str) -> Result<Vec<Exchange>, String> {
    const REFRESH: &str = "basic-form/refresh password-form/refresh user-key/refresh";
    const AUTHENTICATE: &str =
        "auth0-json/authenticate basic-form/authenticate password-form/authenticate user-key/authenticate";
    match text {
        "authenticate" => exchanges(AUTHENTICATE),
        "refresh" => exchanges(REFRESH),
        "grant" => exchanges(&format!("{AUTHENTICATE} {REFRESH}")),
        names => names.split_whitespace().map(str::parse).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(line: &str) -> String {
        read("some.toml", &format!("life = [ {line} ]")).expect_err(line).to_string()
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_vector() {
        assert_eq!(
            why(r#"{ name = "a", body = "", expect = "perhaps" }"#),
            "vectors/some.toml: life/a: `perhaps` is no verdict"
        );
        assert_eq!(
            why(r#"{ name = "a", body = "{{x}}", expect = "token" }"#),
            "vectors/some.toml: life/a: `{{x}}`: there is no such placeholder"
        );
        assert!(
            why(r#"{ name = "a", body = "", expect = "token", stauts = 1 }"#)
                .contains("life/a: unknown field `stauts`")
        );
        assert!(why(r#"{ name = "a", body = "", expect = "token", exchange = "x/y" }"#).contains("life/a"));
        assert!(why(r#"{ body = "", expect = "token" }"#).contains("life[0]: it has no name"));
        let twice = r#"{ name = "a", body = "", expect = "token" }"#;
        assert!(why(&format!("{twice}, {twice}")).contains("life/a: the class has this name twice"));
        assert!(read("some.toml", "life = 3").is_err() && read("some.toml", "life = [").is_err());
    }
}
