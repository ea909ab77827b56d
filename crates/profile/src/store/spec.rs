//! What `store =` may be.

use core::time::Duration;
use std::path::PathBuf;

use hallpass_core::Secret;
use toml::de::DeValue;

use crate::duration;
use crate::keys::nearest;
use crate::reader::{At, Reader, text, wanted};
use crate::value::Value;

/// What a command line may say too.
const SHORT: &str =
    "\"memory\", \"file\", \"keyring\", \"file:/path\", \"redis://…\", \"rediss://…\" or \"redis+unix:///path\"";

const LONG: &str = "{ file = \"/path\", keys = […] } or { redis = \"…\" }";

/// A store, as it was written down.
#[derive(Clone)]
pub(crate) enum StoreSpec {
    /// Gone with the process.
    Memory,
    /// In a folder, or in the user's own.
    File { folder: Option<PathBuf>, keys: Vec<At<Value>> },
    /// In the user's own folder, sealed with a key from the system's keyring.
    Keyring,
    /// On a server.
    Redis(Box<RedisSpec>),
}

/// A Redis or Valkey server, and how to be let in.
#[derive(Clone)]
pub(crate) struct RedisSpec {
    /// It may carry a password.
    pub(crate) url: At<Value>,
    pub(crate) user: Option<At<Value>>,
    pub(crate) password: Option<At<Value>>,
    pub(crate) prefix: Option<At<String>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) ca_file: Option<At<PathBuf>>,
    pub(crate) client_certificate: Option<At<PathBuf>>,
    /// Without one, the certificate's file has the key too.
    pub(crate) client_key: Option<At<Value>>,
    pub(crate) keys: Vec<At<Value>>,
}

impl StoreSpec {
    /// Reads the short form. What it says is not repeated: it may be a URL with a password in it.
    pub(crate) fn parse(text: &str, line: usize) -> Result<Self, String> {
        match text {
            "memory" => return Ok(Self::Memory),
            "file" => return Ok(Self::File { folder: None, keys: Vec::new() }),
            "keyring" => return Ok(Self::Keyring),
            _ => {}
        }
        if let Some(path) = text.strip_prefix("file:") {
            // `file:///path` is what a URL of that path would be. In any other, what follows the slashes is a host, and as a
            // path it would begin at the root.
            let path = match path.strip_prefix("//") {
                Some(path) if !path.starts_with('/') => {
                    return Err(
                        "has `file://` and no third slash: write file:/path, or file:folder for a relative one".into(),
                    );
                }
                Some(path) => path,
                None => path,
            };
            if path.is_empty() {
                return Err("has `file:` without a path: name a folder, or write \"file\" for your own".into());
            }
            return Ok(Self::File { folder: Some(path.into()), keys: Vec::new() });
        }
        if is_redis(text) {
            return Ok(Self::Redis(Box::new(RedisSpec::at(At { line, value: Value::Literal(Secret::new(text)) })?)));
        }
        Err(match nearest(text, ["memory", "file", "keyring"]) {
            Some((near, true)) => format!("must be {SHORT}: did you mean \"{near}\"?"),
            _ => format!("must be {SHORT}"),
        })
    }

    /// Reads either form.
    pub(crate) fn read(reader: &mut Reader<'_, '_>) -> Option<At<Self>> {
        let line = reader.keys().iter().find(|key| key.value == "store")?.line;
        let form = reader.read("store", |value| match value {
            DeValue::String(_) => Ok(Form::Short(text(value).and_then(|text| Self::parse(&text, line))?)),
            DeValue::Table(table) if table.contains_key("redis") => Ok(Form::Redis),
            DeValue::Table(_) => Ok(Form::File),
            other => Err(wanted(&format!("{SHORT}, or {LONG}"), other)),
        })?;
        match form.value {
            Form::Short(value) => Some(At { line, value }),
            Form::Redis => reader.within("store", REDIS_KEYS, redis),
            Form::File => reader.within("store", FILE_KEYS, |inner| Some(file(inner))),
        }
    }

    /// Every secret that stands in it or is named by it, with its key.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, &At<Value>)> {
        match self {
            Self::Memory | Self::Keyring => Vec::new(),
            Self::File { keys, .. } => keys.iter().map(|key| (KEYS, key)).collect(),
            Self::Redis(redis) => {
                let url = Some(&redis.url).filter(|url| carries_password(&url.value)).map(|url| ("store", url));
                let password = redis.password.as_ref().map(|password| ("store.password", password));
                let client_key = redis.client_key.as_ref().map(|key| ("store.client_key", key));
                url.into_iter()
                    .chain(password)
                    .chain(client_key)
                    .chain(redis.keys.iter().map(|key| (KEYS, key)))
                    .collect()
            }
        }
    }

    /// A client certificate that is in one file with its key.
    pub(crate) fn with_its_key(&self) -> Option<&At<PathBuf>> {
        let Self::Redis(redis) = self else { return None };
        redis.client_certificate.as_ref().filter(|_| redis.client_key.is_none())
    }
}

const KEYS: &str = "store.keys";

enum Form {
    Short(StoreSpec),
    File,
    Redis,
}

const FILE_KEYS: &[&str] = &["file", "redis", "keys"];
const REDIS_KEYS: &[&str] =
    &["redis", "user", "password", "prefix", "timeout", "ca_file", "client_certificate", "client_key", "keys"];

fn file(reader: &mut Reader<'_, '_>) -> StoreSpec {
    let folder = reader.read("file", |value| text(value).map(PathBuf::from));
    let keys = keys(reader);
    if !reader.has("file") && !reader.has("keys") {
        reader.fail(reader.line, format!("must be {LONG}, if it is a table"));
    }
    StoreSpec::File { folder: folder.map(|folder| folder.value), keys }
}

fn redis(reader: &mut Reader<'_, '_>) -> Option<StoreSpec> {
    let url = reader.value("redis").map(RedisSpec::at);
    let url = url.map(|url| url.map_err(|why| reader.fail_at("redis", &why)));
    let mut redis = url?.ok()?;
    redis.user = reader.value("user");
    redis.password = reader.value("password");
    redis.prefix = reader.text("prefix");
    redis.timeout = reader.read("timeout", duration::read).map(|time| time.value);
    redis.ca_file = reader.read("ca_file", |value| text(value).map(PathBuf::from));
    redis.client_certificate = reader.read("client_certificate", |value| text(value).map(PathBuf::from));
    redis.client_key = reader.value("client_key");
    if redis.client_key.is_some() {
        reader.require("client_certificate");
    }
    redis.keys = keys(reader);
    Some(StoreSpec::Redis(Box::new(redis)))
}

/// An empty list would leave records open that somebody thinks are sealed.
fn keys(reader: &mut Reader<'_, '_>) -> Vec<At<Value>> {
    let before = reader.mistakes.len();
    let keys = reader.values("keys");
    if keys.is_empty() && reader.mistakes.len() == before {
        reader.fail_at("keys", "is empty: give a key (`openssl rand -base64 32` makes one), or leave it out");
    }
    keys
}

impl RedisSpec {
    /// The server at a URL, which is looked at now if it stands there.
    fn at(url: At<Value>) -> Result<Self, String> {
        match &url.value {
            Value::Literal(text) if !is_redis(text.expose()) => {
                return Err("must be a URL that begins with redis://, rediss:// or redis+unix://".into());
            }
            #[cfg(feature = "redis")]
            Value::Literal(text) => drop(super::server(text).map_err(|why| format!("is refused: {why}"))?),
            _ => {}
        }
        let (user, password, prefix, timeout, ca_file) = (None, None, None, None, None);
        let (client_certificate, client_key, keys) = (None, None, Vec::new());
        Ok(Self { url, user, password, prefix, timeout, ca_file, client_certificate, client_key, keys })
    }
}

fn is_redis(text: &str) -> bool {
    ["redis://", "rediss://", "redis+unix://"].iter().any(|scheme| text.starts_with(scheme))
}

fn carries_password(url: &Value) -> bool {
    let Value::Literal(text) = url else { return true };
    let (_, rest) = text.expose().split_once("://").unwrap_or_default();
    let in_front = rest.split('@').next().is_some_and(|user| user.len() < rest.len() && user.contains(':'));
    let (_, query) = rest.split_once('?').unwrap_or_default();
    in_front || query.split('&').any(|part| part.starts_with("pass="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_seen_wherever_it_may_stand() {
        let carries = |url: &str| carries_password(&Value::Literal(Secret::new(url)));
        for url in ["redis://u:p@h", "rediss://:p@h/1", "redis+unix:///run/r?db=1&pass=p", "redis+unix:///r?pass=p"] {
            assert!(carries(url), "{url}");
        }
        for url in ["redis://h", "redis://u@h/1", "redis+unix:///run/r?db=1&user=u"] {
            assert!(!carries(url), "{url}");
        }
    }
}
