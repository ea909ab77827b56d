//! The AWS SDK's identity cache, over a resolver that fetches as the bare sides do.

use core::fmt;
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::identity::http::Token;
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityFuture, ResolveCachedIdentity, ResolveIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use http::{HeaderMap, Request, header};

use super::{Peer, Transport, bearer};
use crate::Result;

/// The cache and what it needs.
pub(super) struct Aws {
    cache: SharedIdentityCache,
    resolver: SharedIdentityResolver,
    components: RuntimeComponents,
    bag: ConfigBag,
}

impl Aws {
    /// A cache that holds nothing yet.
    pub(super) fn new(transport: Transport) -> Result<Self> {
        let cache = IdentityCache::lazy().build();
        let components = components()?;
        let resolver = SharedIdentityResolver::new(Resolver(transport));
        Ok(Self { cache, resolver, components, bag: ConfigBag::base() })
    }
}

impl Peer for Aws {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let identity = self.cache.resolve_cached_identity(self.resolver.clone(), &self.components, &self.bag).await?;
        let token = identity.data::<Token>().ok_or("no token")?;
        headers.insert(header::AUTHORIZATION, bearer(token.token())?);
        Ok(())
    }
}

struct Resolver(Transport);

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

#[derive(serde::Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl ResolveIdentity for Resolver {
    fn resolve_identity<'a>(&'a self, _: &'a RuntimeComponents, _: &'a ConfigBag) -> IdentityFuture<'a> {
        IdentityFuture::new(async move {
            let reply = self.0.send(Request::post("/").body("grant_type=client_credentials")?).await?;
            if !reply.status().is_success() {
                return Err(reply.status().to_string().into());
            }
            let granted: Granted = serde_json::from_slice(reply.body())?;
            let end = SystemTime::now() + Duration::from_secs(granted.expires_in);
            Ok(Identity::new(Token::new(granted.access_token, Some(end)), Some(end)))
        })
    }
}

/// The cache asks for the time and for sleep; all else that a request would need is not there.
fn components() -> Result<RuntimeComponents> {
    let builder = RuntimeComponentsBuilder::for_tests()
        .with_sleep_impl(Some(TokioSleep::new()))
        .with_time_source(Some(SystemTimeSource::new()));
    Ok(builder.build()?)
}
