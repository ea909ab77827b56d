//! The one table of keys: which there are, which dialects know them, and what of their values may be shown.

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

/// What a profile that may be shown has in the place of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mask {
    /// The value itself.
    Kept,
    /// A placeholder of the key's name.
    Named,
    /// A URL, or a path below one, without the values of its query.
    Url,
    /// A table of values, any of which may be a secret: the names.
    Fixed,
    /// The same of a step, where a value may come from elsewhere: also from where.
    Parts,
    /// A step, by its own keys.
    Step,
    /// Nothing, not even the key: a login asks for the same without it.
    Dropped,
}

use Mask::{Dropped, Fixed, Kept, Named, Parts, Step, Url};

const EACH: &[Dialect] = &[A, B, U, P, D];

/// Every key of a profile.
const KEYS: &[(&str, &[Dialect], Mask)] = &[
    ("dialect", EACH, Kept),
    ("token_url", &[A, B, P], Url),
    ("base_url", &[U, D], Url),
    ("client_id", &[A, B, P, D], Named),
    ("client_secret", &[A, B, P, D], Named),
    ("client_auth", &[B, P], Kept),
    ("basic_encoding", &[B, P], Kept),
    ("private_key", &[B, P, D], Named),
    ("grant", &[B], Kept),
    ("subject", &[B], Named),
    ("assertion", &[B, D], Named),
    ("claims", &[B], Fixed),
    ("subject_token", &[B, D], Named),
    ("subject_token_type", &[B], Kept),
    ("actor_token", &[B, D], Named),
    ("actor_token_type", &[B], Kept),
    ("requested_token_type", &[B], Kept),
    ("key_id", &[B, P, D], Named),
    ("key_digest", &[B, P, D], Named),
    ("algorithm", &[B, P, D], Kept),
    ("assertion_audience", &[B, P, D], Named),
    ("revocation_audience", &[B, P], Dropped),
    ("audience", &[A, B], Kept),
    ("resource", &[B], Url),
    ("scope", &[A, B, P], Kept),
    ("extra", &[A, B], Fixed),
    ("revocation_url", &[A, B, P], Dropped),
    ("user_id", &[U, D], Named),
    ("user_secret", &[U, D], Named),
    ("user_key", &[U, D], Dropped),
    ("username", &[P, D], Named),
    ("password", &[P, D], Named),
    ("grant_type", &[P], Kept),
    ("api_key", &[D], Named),
    ("account", &[D], Named),
    ("register", &[D], Step),
    ("authenticate", &[D], Step),
    ("refresh", &[D], Step),
    ("send_token", &[D], Kept),
    ("api_url", EACH, Dropped),
    ("origins", EACH, Dropped),
    ("check_path", EACH, Dropped),
    ("headers", EACH, Fixed),
    ("ca_file", EACH, Dropped),
    ("client_certificate", EACH, Named),
    ("client_key", EACH, Dropped),
    ("roots", EACH, Dropped),
    ("proxy", EACH, Dropped),
    ("timeout", EACH, Kept),
    ("call_timeout", EACH, Dropped),
    ("connect_timeout", EACH, Kept),
    ("default_life", EACH, Kept),
    ("allow_http", EACH, Kept),
    ("refresh_rotates", EACH, Kept),
    ("store", EACH, Dropped),
];

/// Every key of a step of a described dialect.
const OF_STEPS: &[(&str, Mask)] = &[
    ("url", Url),
    ("path", Url),
    ("method", Kept),
    ("body", Kept),
    ("send", Parts),
    ("headers", Parts),
    ("query", Parts),
    ("basic", Kept),
    ("leaks_in_url", Kept),
    ("reply", Kept),
    ("default_life", Kept),
    ("spends", Kept),
    ("on_lost", Kept),
    ("advice", Dropped),
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

/// What stands for a key's value in a profile that may be shown; nothing for a key that nobody knows.
pub(crate) fn mask(key: &str) -> Mask {
    KEYS.iter().find(|(known, ..)| *known == key).map_or(Dropped, |(.., mask)| *mask)
}

/// The same for a key of a step.
pub(crate) fn mask_in_step(key: &str) -> Mask {
    OF_STEPS.iter().find(|(known, _)| *known == key).map_or(Dropped, |(_, mask)| *mask)
}

/// What a step may have.
pub(crate) fn of_steps() -> Vec<&'static str> {
    OF_STEPS.iter().map(|(key, _)| *key).collect()
}

/// Whether a profile of that dialect may have the key; without a dialect, whether any may.
pub(crate) fn check(key: &str, dialect: Option<Dialect>) -> Result<(), String> {
    let Some((_, knows, _)) = KEYS.iter().find(|(known, ..)| *known == key) else {
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

/// What a profile of that dialect may have; without a dialect, what any may.
pub(crate) fn known(dialect: Option<Dialect>) -> Vec<&'static str> {
    let fits = |knows: &[Dialect]| dialect.is_none_or(|dialect| knows.contains(&dialect));
    KEYS.iter().filter(|(_, knows, _)| fits(knows)).map(|(key, ..)| *key).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profiles;

    /// A key in the table that nobody reads would be accepted and do nothing.
    #[test]
    fn every_key_is_read_by_every_dialect_that_knows_it() {
        for (key, knows, _) in KEYS {
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
        for (key, ..) in KEYS {
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
