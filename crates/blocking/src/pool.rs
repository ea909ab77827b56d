//! Clients that share their connections.

use std::sync::Arc;

use hallpass_client::Config;
use hallpass_client::pilot::Pilot;
use hallpass_client::pool::Pooled;
use hallpass_core::Misuse;

use crate::client::Inner;
use crate::{Client, Transport};

/// The clients of a program that serves many tenants; see [`hallpass_client::Pool`].
///
/// ```no_run
/// use hallpass_blocking::{Config, Error, Pool};
/// use hallpass_core::dialect::{BasicForm, Dialect};
/// use hallpass_core::{Endpoint, Misuse, Secret};
///
/// fn call(pool: &Pool, tenant: &str) -> Result<(), Box<dyn core::error::Error>> {
///     let dialect = BasicForm::new(Endpoint::parse("https://auth.example/token")?, tenant);
///     let client = pool.client(&dialect.key(), || {
///         let variable = format!("SECRET_OF_{tenant}");
///         let missing = |_| Misuse::Secret { name: "client_secret".into(), why: "it is not set".into() };
///         let secret = move |_: &str| std::env::var(&variable).map(Secret::from).map_err(missing);
///         Ok(Config::new(dialect.clone(), secret).api_url("https://api.example/")?)
///     })?;
///     let request = http::Request::get("https://api.example/things").body(())?;
///     println!("{}", client.send(request)?.status());
///     Ok(())
/// }
///
/// let pool = Pool::new(1_000_000);
/// # let _ = call(&pool, "one");
/// ```
pub type Pool = hallpass_client::Pool<Client>;

impl Pooled for Client {
    type Transport = Transport;

    fn transport(config: &Config) -> Result<Transport, Misuse> {
        Transport::new(config)
    }

    fn over(config: Config, transport: Arc<Transport>) -> Self {
        Self(Arc::new(Inner { pilot: Arc::new(Pilot::new(config)), transport }))
    }

    /// Whoever waits has the pilot, and so has a flight, wherever it runs.
    fn is_idle(&self) -> bool {
        let Inner { pilot, .. } = &*self.0;
        Arc::strong_count(&self.0) == 1 && Arc::strong_count(pilot) == 1 && pilot.is_idle()
    }
}
