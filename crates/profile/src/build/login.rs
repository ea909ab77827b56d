//! Who logs in where, and how: each dialect from what its profile says.

use hallpass_client::{Config, SecretSource};
use hallpass_core::dialect::declared::{Flaw, Part, Place, Text};
use hallpass_core::dialect::{Ambiguity, Auth0Json, BasicForm, ClientAuth, Declared, PasswordForm, UserKeyLogin};

use super::{Assembly, some};
use crate::declared::DeclaredSpec;
use crate::reader::Remark;
use crate::spec::login::Kind;

impl Assembly<'_> {
    /// With the client, where there is one. `secrets` is told of which client they are.
    pub(super) fn login<S: SecretSource + 'static>(
        &mut self,
        secrets: impl FnOnce(&str) -> S,
    ) -> Option<(Config, Option<(String, ClientAuth)>)> {
        let (login, headers) = (&self.spec.login, &self.spec.common.headers);
        let url = login.url.value.clone();
        let resends = self.spec.common.refresh_rotates.as_ref().is_some_and(|rotates| !rotates.value);
        let on_lost = if resends { Ambiguity::Resend } else { Ambiguity::Authenticate };
        Some(match &login.kind {
            Kind::Auth0Json { id, audience, scope, extra } => {
                let id = self.id("client_id", id);
                let dialect = Auth0Json::new(url, &id, audience);
                let dialect = some(dialect, scope.as_ref(), Auth0Json::scope);
                let dialect = self.each(dialect, extra, |dialect, (name, value)| dialect.extra(name, value.clone()));
                let config = Config::new(
                    self.each(dialect, headers, |dialect, (name, value)| dialect.header(name, value)),
                    secrets(""),
                );
                (config, Some((id, ClientAuth::Body)))
            }
            Kind::BasicForm { id, auth, grant_type, scope, audience, resource, extra, .. } => {
                let id = self.id("client_id", id);
                let dialect = BasicForm::new(url, &id).client_auth(*auth).grant_type(grant_type.clone());
                let dialect = some(dialect, scope.as_ref(), BasicForm::scope).on_lost_refresh(on_lost);
                let dialect = some(dialect, audience.as_ref(), BasicForm::audience);
                let dialect = self.each(dialect, resource, BasicForm::resource);
                let dialect = self.each(dialect, extra, |dialect, (name, value)| dialect.extra(name, value));
                let config = Config::new(
                    self.each(dialect, headers, |dialect, (name, value)| dialect.header(name, value)),
                    secrets(&id),
                );
                (config, Some((id, *auth)))
            }
            Kind::UserKey { id, .. } => {
                let dialect = UserKeyLogin::new(&url, self.id("user_id", id));
                let dialect = self.taken("base_url", login.url.line, dialect)?.on_lost_refresh(on_lost);
                let config = Config::new(
                    self.each(dialect, headers, |dialect, (name, value)| dialect.header(name, value)),
                    secrets(""),
                );
                (config, None)
            }
            Kind::PasswordForm { id, grant_type, scope, client, .. } => {
                let dialect = PasswordForm::new(url, self.id("username", id)).on_lost_refresh(on_lost);
                let dialect = some(dialect, grant_type.as_ref(), PasswordForm::grant_type);
                let dialect = some(dialect, scope.as_ref(), PasswordForm::scope);
                let client = client.as_ref().map(|(client, auth)| (self.id("client_id", client), *auth));
                let client_id = client.as_ref().map(|(id, _)| id.clone()).unwrap_or_default();
                let dialect = match client.clone() {
                    Some((id, auth)) => dialect.client(id, auth),
                    None => dialect,
                };
                let config = Config::new(
                    self.each(dialect, headers, |dialect, (name, value)| dialect.header(name, value)),
                    secrets(&client_id),
                );
                (config, client)
            }
            Kind::Declared(declared) => {
                let (dialect, client_id) = self.declared(declared, resends)?;
                (Config::new(dialect, secrets(&client_id)), None)
            }
        })
    }

    /// A description is checked as a whole; what is wrong with it is told of the line that says it, or of its step.
    fn declared(&mut self, spec: &DeclaredSpec, resends: bool) -> Option<(Declared, String)> {
        let ids: Vec<_> = spec.ids.iter().map(|(source, at)| (*source, self.id(source.name(), at))).collect();
        let headers = self.each(Vec::new(), &self.spec.common.headers, |mut parts, (name, value)| {
            parts.push(Part::header(name, Text::Fixed(value.as_str().into()))?);
            Ok(parts)
        });
        let description = spec.description(&ids, &headers, resends);
        let client_id = description.ids.client_id.clone().unwrap_or_default();
        match Declared::new(description) {
            Ok(dialect) => Some((dialect, client_id)),
            Err(flaw) => {
                self.remarks.push(Remark { line: self.line_of(&flaw, spec), value: flaw.to_string() });
                None
            }
        }
    }

    /// A header may be the step's or the whole profile's.
    fn line_of(&self, flaw: &Flaw, spec: &DeclaredSpec) -> usize {
        let Some(step) = spec.steps.iter().find(|step| Some(step.kind) == flaw.step) else { return self.spec.line };
        let everywhere = |place: &Place| {
            let Place::Header(name) = place else { return None };
            let headers = &self.spec.common.headers;
            headers.iter().find(|at| at.value.0.eq_ignore_ascii_case(name.as_str())).map(|at| at.line)
        };
        let place = flaw.place.as_ref();
        place.and_then(|place| step.line_of(place).or_else(|| everywhere(place))).unwrap_or(step.line)
    }
}
