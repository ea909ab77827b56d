//! The one table of keys: which there are, and which dialects know them.

use hallpass_core::dialect::{Auth0Json, BasicForm, Declared, PasswordForm, UserKeyLogin};

use crate::error::{listed, shown};

/// A dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Auth0Json,
    BasicForm,
    UserKey,
    PasswordForm,
    Declared,
}

use Dialect::{Auth0Json as A, BasicForm as B, Declared as D, PasswordForm as P, UserKey as U};

const EACH: &[Dialect] = &[A, B, U, P, D];

/// Every key of a profile.
const KEYS: &[(&str, &[Dialect])] = &[
    ("dialect", EACH),
    ("token_url", &[A, B, P]),
    ("base_url", &[U, D]),
    ("client_id", &[A, B, P, D]),
    ("client_secret", &[A, B, P, D]),
    ("client_auth", &[B, P]),
    ("basic_encoding", &[B, P]),
    ("private_key", &[B, P, D]),
    ("grant", &[B]),
    ("subject", &[B]),
    ("assertion", &[B, D]),
    ("claims", &[B]),
    ("subject_token", &[B, D]),
    ("subject_token_type", &[B]),
    ("actor_token", &[B, D]),
    ("actor_token_type", &[B]),
    ("requested_token_type", &[B]),
    ("key_id", &[B, P, D]),
    ("key_digest", &[B, P, D]),
    ("algorithm", &[B, P, D]),
    ("assertion_audience", &[B, P, D]),
    ("revocation_audience", &[B, P]),
    ("audience", &[A, B]),
    ("resource", &[B]),
    ("scope", &[A, B, P]),
    ("extra", &[A, B]),
    ("revocation_url", &[A, B, P]),
    ("user_id", &[U, D]),
    ("user_secret", &[U, D]),
    ("user_key", &[U, D]),
    ("username", &[P, D]),
    ("password", &[P, D]),
    ("grant_type", &[P]),
    ("api_key", &[D]),
    ("account", &[D]),
    ("register", &[D]),
    ("authenticate", &[D]),
    ("refresh", &[D]),
    ("send_token", &[D]),
    ("api_url", EACH),
    ("origins", EACH),
    ("check_path", EACH),
    ("headers", EACH),
    ("ca_file", EACH),
    ("client_certificate", EACH),
    ("client_key", EACH),
    ("roots", EACH),
    ("proxy", EACH),
    ("timeout", EACH),
    ("connect_timeout", EACH),
    ("default_life", EACH),
    ("allow_http", EACH),
    ("refresh_rotates", EACH),
    ("store", EACH),
];

impl Dialect {
    /// What `dialect =` may be.
    pub(crate) const NAMES: &[(&str, Self)] = &[
        (Auth0Json::NAME, A),
        (BasicForm::NAME, B),
        (UserKeyLogin::NAME, U),
        (PasswordForm::NAME, P),
        (Declared::NAME, D),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, dialect)| *dialect == self).map_or("", |(name, _)| name)
    }
}

/// Whether a profile of that dialect may have the key; without a dialect, whether any may.
pub(crate) fn check(key: &str, dialect: Option<Dialect>) -> Result<(), String> {
    let Some((_, knows)) = KEYS.iter().find(|(known, _)| *known == key) else {
        return Err(unknown(key, &known(dialect)));
    };
    match dialect {
        Some(dialect) if !knows.contains(&dialect) => {
            let names: Vec<_> = knows.iter().map(|dialect| dialect.name()).collect();
            let names = listed(&names, "and");
            Err(format!("`{key}` belongs to {names}, not to {}: leave it out, or change `dialect`", dialect.name()))
        }
        _ => Ok(()),
    }
}

/// What to say of a key that nobody knows.
pub(crate) fn unknown(key: &str, known: &[&str]) -> String {
    let key_shown = shown(key);
    match nearest(key, known.iter().copied()) {
        Some((near, true)) => format!("unknown key `{key_shown}`: did you mean `{near}`?"),
        Some((near, false)) => {
            format!("unknown key `{key_shown}`: the nearest known one is `{near}`, of {}", listed(known, "and"))
        }
        None => format!("unknown key `{key_shown}`"),
    }
}

/// The name most like this one, and whether it is so like it that it was probably meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<(&'a str, bool)> {
    let likeness = |known: &str| {
        let slip = strsim::damerau_levenshtein(name, known) <= 1;
        let score = strsim::jaro_winkler(name, known).max(strsim::normalized_damerau_levenshtein(name, known));
        (score, slip || score > 0.8)
    };
    let scored = known.into_iter().map(|known| (likeness(known), known));
    scored.max_by(|((a, _), _), ((b, _), _)| a.total_cmp(b)).map(|((_, meant), known)| (known, meant))
}

fn known(dialect: Option<Dialect>) -> Vec<&'static str> {
    let fits = |knows: &[Dialect]| dialect.is_none_or(|dialect| knows.contains(&dialect));
    KEYS.iter().filter(|(_, knows)| fits(knows)).map(|(key, _)| *key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profiles;

    /// A key in the table that nobody reads would be accepted and do nothing.
    #[test]
    fn every_key_is_read_by_every_dialect_that_knows_it() {
        for (key, knows) in KEYS {
            for dialect in *knows {
                let dialect_line =
                    if *key == "dialect" { String::new() } else { format!("dialect = '{}'\n", dialect.name()) };
                let text = format!("[profiles.x]\n{dialect_line}{key} = 1979-05-27\n");
                let error = Profiles::parse(&text, "p.toml").and_then(|profiles| profiles.get("x"));
                let error = error.expect_err("no key takes a date").to_string();
                assert!(error.contains(&format!("`{key}` must be ")), "{key} of {}: {error}", dialect.name());
            }
        }
    }

    #[test]
    fn every_key_is_in_the_reference() {
        let reference = include_str!("reference.md");
        for (key, _) in KEYS {
            assert!(reference.contains(&format!("`{key}`")), "{key}");
        }
        for (dialect, _) in Dialect::NAMES {
            assert!(reference.contains(&format!("### {dialect}\n\n```toml")), "{dialect} has no example");
        }
    }

    #[test]
    fn a_key_of_another_dialect_says_whose_it_is() {
        let error = check("audience", Some(U)).expect_err("user-key has no audience");
        assert_eq!(
            error,
            "`audience` belongs to auth0-json and basic-form, not to user-key: leave it out, or change `dialect`"
        );
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let near = check("audiense", Some(A)).expect_err("misspelt");
        assert_eq!(near, "unknown key `audiense`: did you mean `audience`?");
        let far = check("zzz", Some(U)).expect_err("unknown");
        assert!(far.starts_with("unknown key `zzz`: the nearest known one is `"), "{far}");
        assert!(far.contains("user_secret") && !far.contains("client_id"), "{far}");
        assert!(check(&"x\n".repeat(9999), None).expect_err("unknown").len() < 1000);
    }
}
