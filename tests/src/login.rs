//! The client's side of a case: which dialect, with which settings, secrets and held state.

use std::collections::BTreeMap;

use hallpass_core::dialect::{Goal, Held};
use hallpass_core::{RefreshToken, Secrets, UserKey};

use crate::settings::{Exchange, Holding, Kind, Name, Settings};

/// Everything that a mount makes a client of.
#[derive(Debug, Clone)]
pub struct Login {
    /// The dialect's settings.
    pub settings: Settings,
    /// The secrets, by the names they are asked for by.
    pub secrets: BTreeMap<String, String>,
    /// What is held before the login.
    pub held: Holding,
    /// Whether this is a registration.
    pub registers: bool,
}

impl Login {
    /// The login that the reply vectors use; `secret` stands in for the standard one.
    pub fn standard(exchange: Exchange, secret: Option<&str>) -> Self {
        let (id, name) = match exchange.dialect {
            Name::Auth0Json | Name::BasicForm => ("client-7", "client_secret"),
            Name::PasswordForm => ("alice@example.com", "password"),
            Name::UserKey => ("alice", "user_secret"),
        };
        let settings = Settings::new(exchange.dialect, None, id);
        let keyed = exchange.dialect == Name::UserKey && exchange.kind != Kind::Register;
        let held = Holding {
            user_key: keyed.then(|| "uk-held-1".into()),
            refresh_token: (exchange.kind == Kind::Refresh).then(|| "ref-held-1".into()),
        };
        let secret = secret.unwrap_or("s3cr3t-Plain_09.~").to_owned();
        let secrets = BTreeMap::from([(name.to_owned(), secret)]);
        Self { settings, secrets, held, registers: exchange.kind == Kind::Register }
    }

    /// The secrets as the core takes them.
    pub fn secrets(&self) -> Secrets {
        self.secrets.iter().fold(Secrets::new(), |all, (name, secret)| all.with(name, secret.as_str()))
    }

    /// What is held, as the core takes it.
    pub fn held(&self) -> Held {
        Held {
            user_key: self.held.user_key.as_deref().map(UserKey::new),
            refresh_token: self.held.refresh_token.as_deref().map(RefreshToken::new),
        }
    }

    /// What the login is run for.
    pub fn goal(&self) -> Goal {
        if self.registers { Goal::Register } else { Goal::Token }
    }

    /// What may stand in no text and no URL: secrets and what is held, but for those so short that any text has them.
    pub fn hidden(&self) -> impl Iterator<Item = &str> {
        let held = [&self.held.user_key, &self.held.refresh_token].into_iter().flatten();
        self.secrets.values().chain(held).map(String::as_str).filter(|secret| secret.len() >= 6)
    }
}
