//! What a lifecycle is made of.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use super::Policy;
use crate::dialect::Dialect;
use crate::http::EgressRules;
use crate::secret::UserKey;

/// What a lifecycle is made of.
///
/// ```
/// use core::time::Duration;
/// use std::sync::Arc;
/// use hallpass_core::dialect::BasicForm;
/// use hallpass_core::lifecycle::{Lifecycle, Setup};
/// use hallpass_core::Endpoint;
///
/// let dialect = BasicForm::new(Endpoint::parse("https://auth.example/token")?, "my-client");
/// let mut setup = Setup::new(Arc::new(dialect), 7, "this host");
/// setup.policy.sends = 2;
/// setup.default_life = Some(Duration::from_hours(1));
/// assert!(Lifecycle::new(setup).current().is_none());
/// # Ok::<(), hallpass_core::BadUrl>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Setup {
    /// The dialect.
    pub dialect: Arc<dyn Dialect>,
    /// Where its requests may go.
    pub rules: EgressRules,
    /// What it does with time and failure.
    pub policy: Policy,
    /// The life of a token for which neither the server nor the dialect states one. Default none: until it is rejected.
    pub default_life: Option<Duration>,
    /// What a registration returned, if the user brought it along. (A refresh token is imported into the store instead: one
    /// that came from here would come back after it was spent.)
    pub user_key: Option<UserKey>,
    /// The source of jitter and revisions. Two instances must not have the same.
    pub seed: u64,
    /// The name that this instance leaves on its marks, such as a host's.
    pub name: String,
}

impl Setup {
    /// A login in `dialect`, with everything else as it is by default.
    pub fn new(dialect: Arc<dyn Dialect>, seed: u64, name: impl Into<String>) -> Self {
        Self {
            dialect,
            rules: EgressRules::default(),
            policy: Policy::default(),
            default_life: None,
            user_key: None,
            seed,
            name: name.into(),
        }
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Setup");
        out.field("key", &self.dialect.key()).field("rules", &self.rules).field("policy", &self.policy);
        out.field("default_life", &self.default_life).field("user_key", &self.user_key);
        out.field("seed", &self.seed).field("name", &self.name).finish()
    }
}
