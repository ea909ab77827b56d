//! What a profile says, read and typed, with the lines that errors need.
//!
//! | module | what it holds |
//! |---|---|
//! | `login` | the part that differs from dialect to dialect |
//! | `client`, `grant` | how a form dialect's client proves itself, and what it asks for a token with |

pub(crate) mod client;
pub(crate) mod grant;
pub(crate) mod login;

use core::time::Duration;
use std::path::{Path, PathBuf};

use hallpass_client::Roots;
use hallpass_core::{Endpoint, Origin, Secret};

use crate::duration;
use crate::error::Problem;
use crate::keys::{self, Dialect};
use crate::reader::{At, Reader, Remark, origin, text};
use crate::store::StoreSpec;
use crate::value::Value;
use login::LoginSpec;

/// One profile.
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) line: usize,
    pub(crate) login: LoginSpec,
    pub(crate) common: Common,
    /// Settings that are allowed but do nothing.
    pub(crate) idle: Vec<Remark>,
}

/// What every dialect can be given.
pub(crate) struct Common {
    pub(crate) api_url: Option<At<Endpoint>>,
    pub(crate) check_path: Option<At<String>>,
    pub(crate) revocation_url: Option<At<Endpoint>>,
    pub(crate) origins: Vec<At<Origin>>,
    pub(crate) headers: Vec<At<(String, String)>>,
    pub(crate) allow_http: Vec<At<String>>,
    pub(crate) ca_file: Option<At<PathBuf>>,
    pub(crate) client_certificate: Option<At<PathBuf>>,
    /// Without one, the certificate's file has the key too.
    pub(crate) client_key: Option<At<Value>>,
    pub(crate) roots: Option<Roots>,
    /// It may carry a password.
    pub(crate) proxy: Option<At<Secret>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) default_life: Option<Duration>,
    pub(crate) refresh_rotates: Option<At<bool>>,
    pub(crate) store: Option<At<StoreSpec>>,
}

impl Spec {
    /// Reads what it can; the reader knows what could not be read.
    pub(crate) fn read(reader: &mut Reader<'_, '_>, name: &str, path: &Path) -> Option<Self> {
        let dialect = reader.choice("dialect", Dialect::NAMES);
        let dialect = reader.needed("dialect", dialect).map(|dialect| dialect.value);
        for key in reader.keys() {
            if let Err(why) = keys::check(key.value, dialect) {
                reader.fail(key.line, why);
            }
        }
        let dialect = dialect?;
        let common = Common::read(reader);
        let login = LoginSpec::read(reader, dialect)?;
        if let (Dialect::Auth0Json, Some(at)) = (dialect, &common.refresh_rotates) {
            reader.warn(at.line, "`refresh_rotates` does nothing: auth0-json has no refresh tokens");
        }
        let idle = std::mem::take(&mut reader.warnings);
        Some(Self { name: name.to_owned(), path: path.to_owned(), line: reader.line, login, common, idle })
    }

    /// Something about one line of this profile.
    pub(crate) fn problem(&self, Remark { line, value: message }: Remark) -> Problem {
        Problem { path: self.path.clone(), line, profile: Some(self.name.clone()), message }
    }

    /// Something about the profile as a whole.
    pub(crate) fn about(&self, message: &str) -> Problem {
        self.problem(Remark { line: self.line, value: message.to_owned() })
    }
}

impl Common {
    fn read(reader: &mut Reader<'_, '_>) -> Self {
        let common = Self {
            api_url: reader.base_url("api_url"),
            check_path: reader.text("check_path"),
            revocation_url: reader.url("revocation_url"),
            origins: reader.list("origins", origin),
            headers: reader.entries("headers", text),
            allow_http: reader.list("allow_http", host),
            ca_file: reader.read("ca_file", |value| text(value).map(PathBuf::from)),
            client_certificate: reader.read("client_certificate", |value| text(value).map(PathBuf::from)),
            client_key: reader.value("client_key"),
            roots: reader.choice("roots", ROOTS).map(|roots| roots.value),
            proxy: reader.read("proxy", |value| text(value).map(Secret::new)),
            timeout: time(reader, "timeout"),
            call_timeout: time(reader, "call_timeout"),
            connect_timeout: time(reader, "connect_timeout"),
            default_life: time(reader, "default_life"),
            refresh_rotates: reader.flag("refresh_rotates"),
            store: StoreSpec::read(reader),
        };
        if common.client_key.is_some() {
            reader.require("client_certificate");
        }
        if let Some(path) = &common.check_path {
            check_path(reader, path, common.api_url.as_ref());
        }
        common
    }
}

const ROOTS: &[(&str, Roots)] = &[("bundled", Roots::Bundled), ("platform", Roots::Platform)];

fn time(reader: &mut Reader<'_, '_>, key: &str) -> Option<Duration> {
    reader.read(key, duration::read).map(|time| time.value)
}

/// A host alone, spelt as an origin has it.
fn host(text: &str) -> Result<String, String> {
    if let Ok(address) = text.parse::<std::net::Ipv6Addr>() {
        return Ok(address.to_string());
    }
    let host = Origin::parse(&format!("http://{text}")).map(|origin| origin.host());
    let host = host.ok().filter(|host| host.eq_ignore_ascii_case(text));
    host.ok_or_else(|| "must be a host alone, without scheme, port or path, as \"auth.test\"".into())
}

fn check_path(reader: &mut Reader<'_, '_>, path: &At<String>, api_url: Option<&At<Endpoint>>) {
    if !reader.has("api_url") {
        return reader.fail(path.line, "`check_path` lies below `api_url`, which is missing");
    }
    if path.value.contains("://") {
        return reader.fail(path.line, "`check_path` must be a path below `api_url`, not a URL");
    }
    if let Some(Err(why)) = api_url.map(|api| api.value.join(&path.value)) {
        reader.fail(path.line, format!("`check_path` is refused: {why}"));
    }
}
