//! A profile becomes a [`Config`].

mod login;
mod sources;

use std::path::Path;
use std::sync::Arc;

use hallpass_client::{Config, SecretSource};
use hallpass_core::dialect::ClientAuth;
use hallpass_core::revocation::Revocation;
use hallpass_core::{Misuse, Secrets, UserKey};
use zeroize::Zeroizing;

use self::sources::Sources;
use crate::error::Problem;
use crate::reader::{At, Remark};
use crate::spec::client::Signing;
use crate::spec::{Common, Spec};
use crate::value::{Value, pem};
use crate::{Environment, ProfileError};

/// Everything that can be refused without asking for an id, a secret or a file.
pub(crate) fn check(spec: &Spec) -> Result<(), Vec<Remark>> {
    let stand_in = |_: &Value| Ok("id".to_owned());
    let mut assembly = Assembly { spec, resolve: &stand_in, remarks: Vec::new() };
    assembly.config(|_| Secrets::new());
    if assembly.remarks.is_empty() { Ok(()) } else { Err(assembly.remarks) }
}

/// How much of a profile is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What it asks servers for: ids, and no file.
    Requests,
    /// What names its records: ids are asked for, and the client certificate, but no secret.
    Records,
    /// What logs in: the user's own key and files too.
    Login,
}

/// The configuration, with ids and files asked for now and secrets only later.
pub(crate) fn config(
    spec: &Arc<Spec>,
    extent: Extent,
    folder: &Path,
    environment: &Environment,
) -> Result<Config, ProfileError> {
    let resolve = |value: &Value| value.resolve(folder, environment).map(|text| text.expose().to_owned());
    let mut assembly = Assembly { spec, resolve: &resolve, remarks: Vec::new() };
    let sources = |client_id: &str| Sources {
        spec: spec.clone(),
        folder: folder.to_owned(),
        environment: environment.clone(),
        client_id: client_id.to_owned(),
    };
    let config = assembly.config(sources).map(|config| match extent {
        Extent::Requests => config,
        Extent::Records => assembly.bound(config, folder, environment),
        Extent::Login => {
            let config = assembly.user_key(config);
            let config = assembly.ca_file(config, folder, environment);
            assembly.client_certificate(config, folder, environment)
        }
    });
    if let (Some(config), true) = (config, assembly.remarks.is_empty()) {
        return Ok(config);
    }
    let mut problems: Vec<Problem> = assembly.remarks.into_iter().map(|remark| spec.problem(remark)).collect();
    problems.sort_by_key(|problem| problem.line);
    Err(ProfileError::Invalid { problems })
}

/// A configuration in the making. What is refused is noted, and the rest goes on without it.
struct Assembly<'a> {
    spec: &'a Spec,
    resolve: &'a dyn Fn(&Value) -> Result<String, String>,
    remarks: Vec<Remark>,
}

impl Assembly<'_> {
    fn config<S: SecretSource + 'static>(&mut self, secrets: impl FnOnce(&str) -> S) -> Option<Config> {
        let (config, client) = self.login(secrets)?;
        let config = self.common(config);
        Some(self.revocation(config, client))
    }

    /// Where its tokens are revoked, by the same client. The hosts that need no TLS are known by now.
    fn revocation(&mut self, config: Config, client: Option<(String, ClientAuth)>) -> Config {
        let Common { revocation_url, headers, .. } = &self.spec.common;
        let Some(url) = revocation_url else { return config };
        let revocation = Revocation::new(url.value.clone());
        let revocation = match client {
            Some((id, auth)) => revocation.client(id, auth),
            None => revocation,
        };
        let own = self.spec.login.signing().is_some_and(Signing::signs_revocations);
        let revocation = if own { revocation.own_assertion() } else { revocation };
        // Headers that are refused have been told of.
        let add = |revocation: Revocation, at: &At<(String, String)>| revocation.header(&at.value.0, &at.value.1).ok();
        let revocation = headers.iter().try_fold(revocation, add);
        match revocation.map(|revocation| config.clone().revocation(revocation)) {
            Some(with) => self.taken("revocation_url", url.line, with).unwrap_or(config),
            None => config,
        }
    }

    fn common(&mut self, config: Config) -> Config {
        let common = &self.spec.common;
        // The hosts come first, since every URL is held against them.
        let config = common.allow_http.iter().fold(config, |config, host| config.allow_http(&host.value));
        for url in self.spec.login.urls() {
            let admitted = config.egress_rules().admit(url.value.origin());
            self.taken(self.spec.login.url_key(), url.line, admitted);
        }
        let config = self.each(config, &common.api_url, |config, url| config.api_url(&url.to_url()));
        let config = self.each(config, &common.origins, |config, origin| config.origin(&origin.to_string()));
        let config = self.each(config, &common.proxy, |config, url| config.proxy(url.expose()));
        let config = some(config, common.timeout.as_ref(), Config::timeout);
        let config = some(config, common.call_timeout.as_ref(), Config::call_timeout);
        let config = some(config, common.connect_timeout.as_ref(), Config::connect_timeout);
        let config = some(config, common.default_life.as_ref(), Config::default_life);
        some(config, common.roots.as_ref(), Config::roots)
    }

    fn user_key(&mut self, config: Config) -> Config {
        match self.spec.login.user_key() {
            Some(key) => config.user_key(UserKey::new(self.id("user_key", key))),
            None => config,
        }
    }

    fn ca_file(&mut self, config: Config, folder: &Path, environment: &Environment) -> Config {
        let Some(ca_file) = &self.spec.common.ca_file else { return config };
        let path = environment.place(folder, &ca_file.value);
        let with =
            pem(&path).and_then(|pem| config.clone().ca_pem(&pem).map_err(|why| format!("{}: {why}", path.display())));
        self.taken("ca_file", ca_file.line, with).unwrap_or(config)
    }

    /// Of a login with the client certificate, without its key.
    fn bound(&mut self, config: Config, folder: &Path, environment: &Environment) -> Config {
        let Some(At { line, value }) = self.chain(folder, environment) else { return config };
        self.taken("client_certificate", line, config.clone().bound_to(&value)).unwrap_or(config)
    }

    fn chain(&mut self, folder: &Path, environment: &Environment) -> Option<At<Zeroizing<Vec<u8>>>> {
        let At { line, value } = self.spec.common.client_certificate.as_ref()?;
        let value = self.taken("client_certificate", *line, pem(&environment.place(folder, value)))?;
        Some(At { line: *line, value })
    }

    fn client_certificate(&mut self, config: Config, folder: &Path, environment: &Environment) -> Config {
        let Some(At { line: chain_line, value: chain }) = self.chain(folder, environment) else { return config };
        let (with, line) = match &self.spec.common.client_key {
            Some(at) => {
                let key = at.value.resolve(folder, environment);
                let Some(key) = self.taken("client_key", at.line, key) else { return config };
                (config.clone().client_certificate(&chain, key.expose().as_bytes()), at.line)
            }
            None => (config.clone().client_certificate(&chain, &chain), chain_line),
        };
        self.taken("client_certificate", line, with).unwrap_or(config)
    }

    fn id(&mut self, key: &str, at: &At<Value>) -> String {
        let text = (self.resolve)(&at.value);
        self.taken(key, at.line, text).unwrap_or_default()
    }

    /// Sets what there is, in order. What the core says of a value names it already.
    fn each<'v, D: Clone, T: 'v>(
        &mut self,
        onto: D,
        values: impl IntoIterator<Item = &'v At<T>>,
        set: impl Fn(D, &'v T) -> Result<D, Misuse>,
    ) -> D {
        values.into_iter().fold(onto, |onto, at| match set(onto.clone(), &at.value) {
            Ok(onto) => onto,
            Err(why) => {
                self.remarks.push(Remark { line: at.line, value: why.to_string() });
                onto
            }
        })
    }

    fn taken<T>(&mut self, key: &str, line: usize, result: Result<T, impl ToString>) -> Option<T> {
        result
            .map_err(|why| format!("`{key}`: {}", why.to_string()))
            .map_err(|value| self.remarks.push(Remark { line, value }))
            .ok()
    }
}

fn some<D, T: Clone>(onto: D, value: Option<&T>, set: impl Fn(D, T) -> D) -> D {
    match value {
        Some(value) => set(onto, value.clone()),
        None => onto,
    }
}
