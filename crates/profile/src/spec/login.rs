//! The part of a profile that differs from dialect to dialect.

use hallpass_core::dialect::{ClientAuth, GrantType};
use hallpass_core::{Endpoint, secret};
use toml::de::DeValue;

use super::client::{ClientSpec, Need, PRIVATE_KEY, Signing};
use super::grant::{GrantSpec, Way};
use crate::declared::{self, DeclaredSpec};
use crate::keys::Dialect;
use crate::reader::{At, Reader, integer, text, wanted};
use crate::value::Value;

/// Who logs in where, and how.
pub(crate) struct LoginSpec {
    pub(crate) dialect: Dialect,
    /// `token_url`, or `base_url` where there are several.
    pub(crate) url: At<Endpoint>,
    /// By the names that they are asked for by.
    pub(crate) secrets: Vec<(&'static str, At<Value>)>,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    Auth0Json {
        id: At<Value>,
        audience: String,
        scope: Option<String>,
        extra: Vec<At<(String, serde_json::Value)>>,
    },
    BasicForm {
        id: At<Value>,
        auth: ClientAuth,
        grant_type: GrantType,
        signing: Option<Signing>,
        scope: Option<String>,
        audience: Option<String>,
        resource: Option<At<String>>,
        extra: Vec<At<(String, String)>>,
    },
    UserKey {
        id: At<Value>,
        user_key: Option<At<Value>>,
    },
    PasswordForm {
        id: At<Value>,
        grant_type: Option<String>,
        scope: Option<String>,
        client: Option<(At<Value>, ClientAuth)>,
        signing: Option<Signing>,
    },
    Declared(Box<DeclaredSpec>),
}

impl LoginSpec {
    pub(crate) fn read(reader: &mut Reader<'_, '_>, dialect: Dialect) -> Option<Self> {
        match dialect {
            Dialect::Auth0Json => auth0_json(reader),
            Dialect::BasicForm => basic_form(reader),
            Dialect::UserKey => user_key(reader),
            Dialect::PasswordForm => password_form(reader),
            Dialect::Declared => declared::read(reader),
        }
    }

    /// Every URL that secrets go to, with the line it is named on.
    pub(crate) fn urls(&self) -> Vec<At<Endpoint>> {
        match &self.kind {
            Kind::Declared(declared) => declared.urls(),
            _ => vec![self.url.clone()],
        }
    }

    /// A `user_key` that the profile gives.
    pub(crate) fn user_key(&self) -> Option<&At<Value>> {
        match &self.kind {
            Kind::UserKey { user_key, .. } => user_key.as_ref(),
            Kind::Declared(declared) => declared.user_key.as_ref(),
            _ => None,
        }
    }

    /// How it signs, if it does.
    pub(crate) fn signing(&self) -> Option<&Signing> {
        match &self.kind {
            Kind::BasicForm { signing, .. } | Kind::PasswordForm { signing, .. } => signing.as_ref(),
            Kind::Declared(declared) => Some(&declared.signing),
            Kind::Auth0Json { .. } | Kind::UserKey { .. } => None,
        }
    }

    /// The key that a secret is given by.
    pub(crate) fn key_of(&self, secret: &'static str) -> &'static str {
        if self.signing().is_some_and(|signing| signing.signs(secret)) { PRIVATE_KEY } else { secret }
    }

    /// The key that [`url`](Self::url) was read from.
    pub(crate) fn url_key(&self) -> &'static str {
        match self.dialect {
            Dialect::UserKey => "base_url",
            Dialect::Declared => "url",
            _ => "token_url",
        }
    }
}

/// Every key is read before the first `?`, so that each mistake is found.
fn auth0_json(reader: &mut Reader<'_, '_>) -> Option<LoginSpec> {
    let url = needed_url(reader, "token_url");
    let audience = reader.text("audience");
    let audience = reader.needed("audience", audience);
    let id = needed_value(reader, "client_id");
    let secret = needed_value(reader, secret::CLIENT_SECRET);
    let scope = plain(reader, "scope");
    let extra = reader.entries("extra", json);
    let kind = Kind::Auth0Json { id: id?, audience: audience?.value, scope, extra };
    let secrets = vec![(secret::CLIENT_SECRET, secret?)];
    Some(LoginSpec { dialect: Dialect::Auth0Json, url: url?, secrets, kind })
}

fn basic_form(reader: &mut Reader<'_, '_>) -> Option<LoginSpec> {
    let url = needed_url(reader, "token_url");
    let id = needed_value(reader, "client_id");
    let way = Way::read(reader);
    let grant = GrantSpec::read(reader, way);
    let need = match way {
        Some(Way::ClientCredentials) => Need::Client,
        Some(Way::JwtBearer) => Need::Grant,
        Some(Way::TokenExchange | Way::RefreshToken) | None => Need::Optional,
    };
    let client = ClientSpec::read(reader, need);
    let scope = plain(reader, "scope");
    let audience = plain(reader, "audience");
    let resource = reader.text("resource");
    let extra = reader.entries("extra", text);
    let (grant, ClientSpec { auth, secret, signing, key }) = (grant?, client?);
    let mut secrets: Vec<_> = grant.secrets.iter().cloned().chain(secret).collect();
    let signing = match key {
        Some(key) if need == Need::Grant && !reader.has(secret::ASSERTION) => {
            secrets.push((secret::ASSERTION, key));
            signing.map(|signing| signing.and_grant(&grant))
        }
        _ => signing,
    };
    let grant_type = grant.kind;
    let kind = Kind::BasicForm { id: id?, auth, grant_type, signing, scope, audience, resource, extra };
    Some(LoginSpec { dialect: Dialect::BasicForm, url: url?, secrets, kind })
}

fn user_key(reader: &mut Reader<'_, '_>) -> Option<LoginSpec> {
    let url = reader.base_url("base_url");
    let url = reader.needed("base_url", url);
    let id = needed_value(reader, "user_id");
    let secret = needed_value(reader, secret::USER_SECRET);
    let user_key = reader.value("user_key");
    let kind = Kind::UserKey { id: id?, user_key };
    let secrets = vec![(secret::USER_SECRET, secret?)];
    Some(LoginSpec { dialect: Dialect::UserKey, url: url?, secrets, kind })
}

fn password_form(reader: &mut Reader<'_, '_>) -> Option<LoginSpec> {
    let url = needed_url(reader, "token_url");
    let id = needed_value(reader, "username");
    let password = needed_value(reader, secret::PASSWORD);
    let grant_type = plain(reader, "grant_type");
    let scope = plain(reader, "scope");
    let client_id = reader.value("client_id");
    let client = ClientSpec::read(reader, Need::Optional);
    let proves_itself = client.as_ref().is_some_and(|client| client.auth != ClientAuth::Public);
    if proves_itself {
        reader.require("client_id");
    }
    let ClientSpec { auth, secret, signing, .. } = client?;
    let kind = Kind::PasswordForm { id: id?, grant_type, scope, client: client_id.map(|id| (id, auth)), signing };
    let secrets = [(secret::PASSWORD, password?)].into_iter().chain(secret).collect();
    Some(LoginSpec { dialect: Dialect::PasswordForm, url: url?, secrets, kind })
}

fn needed_url(reader: &mut Reader<'_, '_>, key: &str) -> Option<At<Endpoint>> {
    let url = reader.url(key);
    reader.needed(key, url)
}

fn needed_value(reader: &mut Reader<'_, '_>, key: &str) -> Option<At<Value>> {
    let value = reader.value(key);
    reader.needed(key, value)
}

fn plain(reader: &mut Reader<'_, '_>, key: &str) -> Option<String> {
    reader.text(key).map(|text| text.value)
}

/// A member of a JSON body, which may be of any kind that JSON has.
pub(crate) fn json(value: &DeValue<'_>) -> Result<serde_json::Value, String> {
    Ok(match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Integer(_) => integer(value).ok_or("is too large for a JSON number: write it as a string")?.into(),
        DeValue::Float(_) => crate::reader::number(value)
            .and_then(serde_json::Number::from_f64)
            .ok_or("is no JSON number: write it as a string")?
            .into(),
        DeValue::Datetime(_) => return Err(wanted("a JSON value (write a date as a string)", value)),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect::<Result<Vec<_>, _>>()?.into(),
        DeValue::Table(table) => {
            let members = table.iter().map(|(name, value)| Ok((name.get_ref().to_string(), json(value.get_ref())?)));
            serde_json::Value::Object(members.collect::<Result<_, String>>()?)
        }
    })
}
