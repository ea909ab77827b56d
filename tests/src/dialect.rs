//! A dialect that is made of settings: the one that is written in code, or its described twin.

use std::collections::BTreeMap;

use hallpass_core::dialect::{Ambiguity, Auth0Json, BasicForm, Dialect, PasswordForm, UserKeyLogin};
use hallpass_core::{BadUrl, Endpoint, Misuse};

use crate::settings::{Auth, Name, OnLost, OtherGrantType, Settings};
use crate::twin;

impl Settings {
    /// Those of the fewest words. The URL is that of [`url`](Self::url).
    pub fn new(dialect: Name, url: Option<&str>, id: &str) -> Self {
        Self {
            dialect,
            url: url.map(str::to_owned),
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
            described: false,
        }
    }

    /// The dialect, with its endpoints below `base` (scheme, host and port, no slash at the end).
    pub fn dialect(&self, base: &str) -> Result<Box<dyn Dialect>, Misuse> {
        let url = self.url.clone().unwrap_or_else(|| format!("{base}{}", self.path()));
        let endpoint = Endpoint::parse(&url).map_err(bad_url)?;
        if self.described {
            return twin::of(self, &endpoint);
        }
        let lost = self.on_lost.map(OnLost::ambiguity);
        Ok(match self.dialect {
            Name::Auth0Json => Box::new(self.auth0(endpoint)?),
            Name::BasicForm => Box::new(self.basic(endpoint, lost)?),
            Name::PasswordForm => Box::new(self.password(endpoint, lost)?),
            Name::UserKey => {
                let mut dialect = UserKeyLogin::new(&endpoint, &self.id).map_err(bad_url)?;
                for (name, value) in &self.headers {
                    dialect = dialect.header(name, value)?;
                }
                Box::new(lost.into_iter().fold(dialect, UserKeyLogin::on_lost_refresh))
            }
        })
    }

    /// The path below the mount's base: the token URL's, or that of the user key dialect's folder.
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(match self.dialect {
            Name::Auth0Json => "/oauth/token",
            Name::BasicForm => "/oauth/v2/token",
            Name::PasswordForm => "/authorization",
            Name::UserKey => "/v1",
        })
    }

    fn auth0(&self, endpoint: Endpoint) -> Result<Auth0Json, Misuse> {
        let audience = self.audience.as_deref().unwrap_or("https://api.example.com/v3");
        let mut dialect = Auth0Json::new(endpoint, &self.id, audience);
        dialect = self.scope.iter().fold(dialect, Auth0Json::scope);
        for (name, value) in &self.extra {
            dialect = dialect.extra(name, value.clone())?;
        }
        self.headers.iter().try_fold(dialect, |dialect, (name, value)| dialect.header(name, value))
    }

    fn basic(&self, endpoint: Endpoint, lost: Option<Ambiguity>) -> Result<BasicForm, Misuse> {
        let mut dialect = BasicForm::new(endpoint, &self.id);
        dialect = self.auth.map(Auth::client_auth).into_iter().fold(dialect, BasicForm::client_auth);
        dialect = self.scope.iter().fold(dialect, BasicForm::scope);
        dialect = self.audience.iter().fold(dialect, BasicForm::audience);
        dialect = lost.into_iter().fold(dialect, BasicForm::on_lost_refresh);
        dialect = self.grant.iter().map(OtherGrantType::grant_type).fold(dialect, BasicForm::grant_type);
        if let Some(resource) = &self.resource {
            dialect = dialect.resource(resource)?;
        }
        for (name, value) in &self.extra {
            dialect = dialect.extra(name, value.as_str().unwrap_or_default())?;
        }
        self.headers.iter().try_fold(dialect, |dialect, (name, value)| dialect.header(name, value))
    }

    fn password(&self, endpoint: Endpoint, lost: Option<Ambiguity>) -> Result<PasswordForm, Misuse> {
        let mut dialect = PasswordForm::new(endpoint, &self.id);
        dialect = self.grant_type.iter().fold(dialect, PasswordForm::grant_type);
        dialect = self.scope.iter().fold(dialect, PasswordForm::scope);
        dialect = lost.into_iter().fold(dialect, PasswordForm::on_lost_refresh);
        if let Some(client) = &self.client {
            dialect = dialect.client(client, self.auth.unwrap_or(Auth::Minimal).client_auth());
        }
        self.headers.iter().try_fold(dialect, |dialect, (name, value)| dialect.header(name, value))
    }
}

fn bad_url(why: BadUrl) -> Misuse {
    Misuse::Url { what: "the token URL".into(), why }
}
