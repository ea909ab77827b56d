//! `requests.toml`: what a login puts on the wire, compared by meaning.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::case::{Case, Template};
use crate::login::Login;
use crate::outcome::Seen;
use crate::placeholder::TOKEN;
use crate::reply::Wire;
use crate::settings::{Exchange, Holding, Kind, Name, Settings};
use crate::vector::{BadVector, lines};

const FILE: &str = "requests.toml";
const TEXT: &str = include_str!("../vectors/requests.toml");

/// How a request must look.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The path and the query.
    pub target: Option<String>,
    /// Headers that must be there, with these values.
    pub headers: BTreeMap<String, String>,
    /// Headers that must not be there.
    pub lacks: Vec<String>,
    /// The whole body, if it is JSON.
    pub json: Option<serde_json::Value>,
    /// The whole body, if it is a form.
    pub form: Option<BTreeMap<String, String>>,
}

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    #[serde(default = "authenticates")]
    kind: Kind,
    login: Settings,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    #[serde(default)]
    held: Holding,
    target: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    lacks: Vec<String>,
    json: Option<serde_json::Value>,
    form: Option<BTreeMap<String, String>>,
    expect: Option<String>,
    #[serde(default)]
    shows: Vec<String>,
    disputed: Option<String>,
}

fn authenticates() -> Kind {
    Kind::Authenticate
}

/// The cases of `requests.toml`. Each request gets a good reply.
pub fn cases() -> Result<Vec<Case>, BadVector> {
    let lines = lines::<Line>(FILE, TEXT)?.into_iter();
    lines
        .map(|(class, line)| {
            let vector = format!("{class}/{}", line.name);
            line.case(&class).map_err(|why| BadVector { file: FILE, vector, why })
        })
        .collect()
}

impl Line {
    fn case(self, class: &str) -> Result<Case, String> {
        let registers = self.kind == Kind::Register;
        let (body, expect) =
            if registers { (r#"{"user_key":"uk-1"}"#, "registered key=uk-1") } else { (TOKEN, "token life=3600") };
        let expect = self.expect.as_deref().unwrap_or(expect).parse()?;
        let exchange = Exchange { dialect: self.login.dialect, kind: self.kind };
        Ok(Case {
            class: class.into(),
            vector: self.name,
            exchange,
            login: Login { settings: self.login, secrets: self.secrets, held: self.held, registers },
            reply: good(body),
            expect,
            request: Some(Wanted {
                target: self.target,
                headers: self.headers,
                lacks: self.lacks,
                json: self.json,
                form: self.form,
            }),
            hides: Vec::new(),
            shows: self.shows,
            disputed: self.disputed,
        })
    }
}

/// A good reply.
pub(crate) fn good(body: &str) -> Template {
    let headers = vec![("content-type".into(), "application/json".into())];
    Template { status: 200, headers, body: body.into(), wire: Wire::Plain, again: false }
}

impl Wanted {
    /// How the request differs.
    pub fn differences(&self, seen: &Seen) -> Vec<String> {
        let mut found = Vec::new();
        if self.target.as_ref().is_some_and(|target| *target != seen.target) {
            found.push(format!("target: expected {:?}, got {:?}", self.target, seen.target));
        }
        for (name, value) in &self.headers {
            if seen.header(name) != Some(value) {
                found.push(format!("header {name}: expected {value:?}, got {:?}", seen.header(name)));
            }
        }
        for name in self.lacks.iter().filter(|name| seen.header(name).is_some()) {
            found.push(format!("header {name}: there must be none"));
        }
        if let Some(json) = &self.json
            && seen.json().as_ref() != Some(json)
        {
            found.push(format!("body: expected {json}, got {}", String::from_utf8_lossy(&seen.body)));
        }
        let form = seen.form().map(|pairs| pairs.into_iter().collect::<BTreeMap<_, _>>());
        if self.form.is_some() && self.form != form {
            found.push(format!("form: expected {:?}, got {form:?}", self.form));
        }
        found
    }
}

/// The rules that every request of every login keeps to.
pub(crate) fn broken_rules(seen: &Seen, login: &Login) -> Vec<String> {
    let mut found = Vec::new();
    let mut rule = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("request: {what}: {} {}", seen.method, seen.target));
        }
    };
    rule(seen.method == "POST", "a token request is a POST (RFC 6749 section 3.2)");
    rule(seen.header("accept") == Some("application/json"), "it must ask for JSON");
    rule(seen.header("accept-encoding").is_none_or(|it| it == "identity"), "it must not ask for compression");
    rule(!login.hidden().any(|it| seen.target.contains(it)), "a credential is in the URL");
    let form = seen.form();
    let names: Vec<&str> = form.iter().flatten().map(|(name, _)| name.as_str()).collect();
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    rule(unique.len() == names.len(), "a parameter is sent twice (RFC 6749 section 3.2)");
    let twice = seen.header("authorization").is_some() && unique.contains("client_secret");
    rule(!twice, "the client proves itself in two ways (RFC 6749 section 2.3)");
    rule(login.settings.dialect != Name::Auth0Json || seen.header("authorization").is_none(), "a header too many");
    found
}
