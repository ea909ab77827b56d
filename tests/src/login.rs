//! The client's side of a case: which dialect, with which settings, secrets and held state.

use std::collections::BTreeMap;

use hallpass_core::dialect::{Ambiguity, Auth0Json, BasicForm, Dialect, Goal, Held, PasswordForm, UserKeyLogin};
use hallpass_core::{BadUrl, Endpoint, Misuse, RefreshToken, Secrets, UserKey};

use crate::settings::{Auth, Exchange, Holding, Kind, Name, OnLost, OtherGrantType, Settings};
use crate::twin;

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
    /// Whether the dialect is the described twin of the built-in one.
    pub described: bool,
}

impl Login {
    /// The login that the reply vectors use; `secret` stands in for the standard one.
    pub fn standard(exchange: Exchange, secret: Option<&str>) -> Self {
        let (id, name) = match exchange.dialect {
            Name::Auth0Json | Name::BasicForm => ("client-7", "client_secret"),
            Name::PasswordForm => ("alice@example.com", "password"),
            Name::UserKey => ("alice", "user_secret"),
        };
        let settings = Settings {
            dialect: exchange.dialect,
            url: None,
            path: None,
            id: id.into(),
            client: None,
            auth: None,
            audience: None,
            resource: None,
            scope: None,
            grant_type: None,
            grant: None,
            extra: BTreeMap::new(),
            headers: BTreeMap::new(),
            on_lost: None,
        };
        let keyed = exchange.dialect == Name::UserKey && exchange.kind != Kind::Register;
        let held = Holding {
            user_key: keyed.then(|| "uk-held-1".into()),
            refresh_token: (exchange.kind == Kind::Refresh).then(|| "ref-held-1".into()),
        };
        let secret = secret.unwrap_or("s3cr3t-Plain_09.~").to_owned();
        let secrets = BTreeMap::from([(name.to_owned(), secret)]);
        Self { settings, secrets, held, registers: exchange.kind == Kind::Register, described: false }
    }

    /// The dialect, with its endpoints below `base` (scheme, host and port, no slash at the end).
    pub fn dialect(&self, base: &str) -> Result<Box<dyn Dialect>, Misuse> {
        let it = &self.settings;
        let url = it.url.clone().unwrap_or_else(|| format!("{base}{}", self.path()));
        let endpoint = Endpoint::parse(&url).map_err(bad_url)?;
        if self.described {
            return twin::of(self, &endpoint);
        }
        let lost = it.on_lost.map(OnLost::ambiguity);
        Ok(match it.dialect {
            Name::Auth0Json => Box::new(self.auth0(endpoint)?),
            Name::BasicForm => Box::new(self.basic(endpoint, lost)?),
            Name::PasswordForm => Box::new(self.password(endpoint, lost)?),
            Name::UserKey => {
                let mut dialect = UserKeyLogin::new(&endpoint, &it.id).map_err(bad_url)?;
                for (name, value) in &it.headers {
                    dialect = dialect.header(name, value)?;
                }
                Box::new(lost.into_iter().fold(dialect, UserKeyLogin::on_lost_refresh))
            }
        })
    }

    /// The path below the mount's base: the token URL's, or that of the user key dialect's folder.
    pub fn path(&self) -> &str {
        self.settings.path.as_deref().unwrap_or(match self.settings.dialect {
            Name::Auth0Json => "/oauth/token",
            Name::BasicForm => "/oauth/v2/token",
            Name::PasswordForm => "/authorization",
            Name::UserKey => "/v1",
        })
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

    fn auth0(&self, endpoint: Endpoint) -> Result<Auth0Json, Misuse> {
        let it = &self.settings;
        let audience = it.audience.as_deref().unwrap_or("https://api.example.com/v3");
        let mut dialect = Auth0Json::new(endpoint, &it.id, audience);
        dialect = it.scope.iter().fold(dialect, Auth0Json::scope);
        for (name, value) in &it.extra {
            dialect = dialect.extra(name, value.clone())?;
        }
        it.headers.iter().try_fold(dialect, |dialect, (name, value)| dialect.header(name, value))
    }

    fn basic(&self, endpoint: Endpoint, lost: Option<Ambiguity>) -> Result<BasicForm, Misuse> {
        let it = &self.settings;
        let mut dialect = BasicForm::new(endpoint, &it.id);
        dialect = it.auth.map(Auth::client_auth).into_iter().fold(dialect, BasicForm::client_auth);
        dialect = it.scope.iter().fold(dialect, BasicForm::scope);
        dialect = it.audience.iter().fold(dialect, BasicForm::audience);
        dialect = lost.into_iter().fold(dialect, BasicForm::on_lost_refresh);
        dialect = it.grant.iter().map(OtherGrantType::grant_type).fold(dialect, BasicForm::grant_type);
        if let Some(resource) = &it.resource {
            dialect = dialect.resource(resource)?;
        }
        for (name, value) in &it.extra {
            dialect = dialect.extra(name, value.as_str().unwrap_or_default())?;
        }
        it.headers.iter().try_fold(dialect, |dialect, (name, value)| dialect.header(name, value))
    }

    fn password(&self, endpoint: Endpoint, lost: Option<Ambiguity>) -> Result<PasswordForm, Misuse> {
        let it = &self.settings;
        let mut dialect = PasswordForm::new(endpoint, &it.id);
        dialect = it.grant_type.iter().fold(dialect, PasswordForm::grant_type);
        dialect = it.scope.iter().fold(dialect, PasswordForm::scope);
        dialect = lost.into_iter().fold(dialect, PasswordForm::on_lost_refresh);
        if let Some(client) = &it.client {
            dialect = dialect.client(client, it.auth.unwrap_or(Auth::Minimal).client_auth());
        }
        it.headers.iter().try_fold(dialect, |dialect, (name, value)| dialect.header(name, value))
    }
}

fn bad_url(why: BadUrl) -> Misuse {
    Misuse::Url { what: "the token URL".into(), why }
}
