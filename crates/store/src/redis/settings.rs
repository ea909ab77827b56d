//! What a store was told.

use core::time::Duration;
use std::sync::Arc;

use ::redis::{ConnectionAddr, IntoConnectionInfo};
use hallpass_core::Secret;
use rustls_pki_types::CertificateDer;

use super::address::{Address, Place};
use super::tls::Identity;
use crate::record::Seal;
use crate::{Notice, StoreError};

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) address: Address,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) prefix: String,
    pub(super) timeout: Duration,
    pub(super) extra_ca: Vec<CertificateDer<'static>>,
    pub(super) identity: Option<Arc<Identity>>,
    pub(super) seal: Option<Seal>,
    pub(super) tell: Option<Arc<Tell>>,
}

pub(super) type Tell = dyn Fn(&Notice) + Send + Sync;

const TIMEOUT: Duration = Duration::from_secs(2);

/// Zero, and more than an `Instant` can be moved on by, are mistakes, and are clamped.
pub(super) fn bounded(timeout: Duration) -> Duration {
    timeout.clamp(Duration::from_millis(1), Duration::from_hours(1))
}

impl Settings {
    pub(super) fn new(url: &str) -> Result<Self, StoreError> {
        let mut url = ::redis::parse_redis_url(url).ok_or_else(|| {
            let schemes = ["redis", "rediss", "valkey", "valkeys", "redis+unix", "valkey+unix", "unix"];
            let known = url.split_once("://").is_some_and(|(scheme, _)| schemes.contains(&scheme));
            bad(if known {
                "its host or port cannot be read: a port is a number up to 65535, and an IPv6 address stands in brackets"
            } else {
                "it is no redis://, rediss:// or redis+unix:// URL"
            })
        })?;
        let tls = matches!(url.scheme(), "rediss" | "valkeys");
        if tls {
            // TLS is our own, so the parser need not know of it.
            url.set_scheme("redis").map_err(|()| bad("its scheme cannot be read"))?;
        }
        if url.fragment().is_some() {
            return Err(bad("it has a fragment (`#…`): leave it out; a certificate is always verified"));
        }
        if url.query().is_some_and(|query| url.has_host() && query.contains('@')) {
            return Err(bad("it has an `@` behind a `?`: write a `?` in a password as `%3F`"));
        }
        // The library's error may quote the URL.
        let info = url.into_connection_info().map_err(|_| bad("host, port, path or database cannot be read"))?;
        let place = match info.addr() {
            ConnectionAddr::Tcp(host, port) => Place::Tcp { host: host.clone(), port: *port, tls },
            ConnectionAddr::Unix(path) => Place::Unix(path.clone()),
            _ => return Err(bad("this kind of address is not supported")),
        };
        let login = info.redis_settings();
        Ok(Self {
            address: Address { place, database: login.db() },
            user: login.username().map(Into::into),
            password: login.password().map(Secret::from),
            prefix: "hallpass".into(),
            timeout: TIMEOUT,
            extra_ca: Vec::new(),
            identity: None,
            seal: None,
            tell: None,
        })
    }

    pub(super) fn tell(&self, notice: &Notice) {
        if let Some(tell) = &self.tell {
            tell(notice);
        }
    }
}

/// The URL is not shown, since it may hold a password.
fn bad(why: &str) -> StoreError {
    StoreError::new(format!("the Redis URL cannot be used: {why}"))
}
