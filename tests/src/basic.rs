//! `basic.toml`: `Authorization: Basic` for pairs of id and secret, in the three encodings.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::case::Case;
use crate::login::Login;
use crate::placeholder::TOKEN;
use crate::request::{Wanted, good};
use crate::settings::{Auth, Exchange, Kind, Name};
use crate::vector::{BadVector, lines};

const FILE: &str = "basic.toml";
const TEXT: &str = include_str!("../vectors/basic.toml");

/// What stands in place of a header that must not be built.
const REFUSED: &str = "refused";

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    id: String,
    secret: String,
    minimal: String,
    form: String,
    raw: String,
    /// Where the pair comes from, for readers.
    #[serde(rename = "from")]
    _from: String,
}

/// The cases of `basic.toml`: three for each pair.
pub fn cases() -> Result<Vec<Case>, BadVector> {
    let mut cases = Vec::new();
    for (class, line) in lines::<Line>(FILE, TEXT)? {
        for (auth, expected) in [(Auth::Minimal, &line.minimal), (Auth::Form, &line.form), (Auth::Raw, &line.raw)] {
            let vector = format!("{class}/{}", line.name);
            let case = line.case(&class, auth, expected).map_err(|why| BadVector { file: FILE, vector, why })?;
            cases.push(case);
        }
    }
    Ok(cases)
}

impl Line {
    fn case(&self, class: &str, auth: Auth, expected: &str) -> Result<Case, String> {
        let exchange = Exchange { dialect: Name::BasicForm, kind: Kind::Authenticate };
        let mut login = Login::standard(exchange, Some(&self.secret));
        login.settings.id.clone_from(&self.id);
        login.settings.auth = Some(auth);
        let refused = expected == REFUSED;
        let headers = BTreeMap::from([("authorization".to_owned(), format!("Basic {expected}"))]);
        Ok(Case {
            class: class.into(),
            vector: self.name.clone(),
            exchange,
            login,
            reply: good(TOKEN),
            expect: if refused { "misuse" } else { "token life=3600" }.parse()?,
            request: (!refused).then(|| Wanted { headers, ..Wanted::default() }),
            hides: Vec::new(),
            shows: Vec::new(),
            disputed: None,
        })
    }
}
