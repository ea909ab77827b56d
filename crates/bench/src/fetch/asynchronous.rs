//! hallpass-async, and bare reqwest, in a runtime of one thread and in one of two workers.

use core::hint::black_box;
use std::sync::Arc;

use hallpass_async::{Client, Config, Want};
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::{Builder, Runtime};

use super::{CONNECT_TIMEOUT, FORM, Grant, Side, TIMEOUT, authorization};
use crate::Result;

/// The runtimes that the sides share.
pub struct Runtimes {
    one_thread: Arc<Runtime>,
    two_workers: Arc<Runtime>,
}

impl Runtimes {
    /// Starts both.
    pub fn start() -> Result<Self> {
        let one_thread = Builder::new_current_thread().enable_all().build()?;
        let two_workers = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { one_thread: one_thread.into(), two_workers: two_workers.into() })
    }

    pub(super) fn hallpass(&self, name: &'static str, config: Config, workers: bool) -> Result<Side> {
        let client = Client::new(config)?;
        let runtime = if workers { &self.two_workers } else { &self.one_thread };
        // The server gives one token over and over; not to want it makes every call a login.
        let want = Want { not: Some(runtime.block_on(client.token())?.id()), ..Want::default() };
        Ok(self.side(name, workers, move || {
            let client = client.clone();
            async move {
                black_box(client.token_with(&want).await?);
                Ok(())
            }
        }))
    }

    pub(super) fn bare(&self, name: &'static str, url: &str, workers: bool, timeouts: bool) -> Result<Side> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let tls = tls.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
        let client = if timeouts { client.timeout(TIMEOUT).connect_timeout(CONNECT_TIMEOUT) } else { client };
        let client = client.build()?;
        let (url, authorization): (Arc<str>, Arc<str>) = (url.into(), authorization().into());
        Ok(self.side(name, workers, move || {
            let request = client
                .post(&*url)
                .header("authorization", &*authorization)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(FORM);
            async move {
                let body = request.send().await?.bytes().await?;
                black_box(Grant::read(&body)?);
                Ok(())
            }
        }))
    }

    /// Awaits one fetch after the other: on the thread that blocks, or in a task, as a service does.
    fn side<F>(&self, name: &'static str, workers: bool, once: impl Fn() -> F + Clone + Send + 'static) -> Side
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let runtime = if workers { &self.two_workers } else { &self.one_thread };
        let runtime = Arc::clone(runtime);
        Side::new(name, move |times| {
            let once = once.clone();
            let batch = async move {
                for _ in 0..times {
                    once().await?;
                }
                Result::Ok(())
            };
            if workers { runtime.block_on(runtime.spawn(batch))? } else { runtime.block_on(batch) }
        })
    }
}
