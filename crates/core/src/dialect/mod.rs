//! Dialects: which exchange comes next for what is held, how it looks, and what its reply means.
//!
//! States are data. The state of a login is what it holds ([`Held`]); every exchange is one request, its gain is merged
//! into what is held, and the dialect is asked again. So a dialect of three steps needs no machine of its own, and a
//! fifth dialect is five functions.
//!
//! | module | what it holds |
//! |---|---|
//! | `auth0_json`, `basic_form`, `user_key`, `password_form` | the four that are built in, a folder each |
//! | [`declared`] | a dialect that its user describes, interpreted |
//! | `exchange` | [`Exchange`]: what it spends, and what to do when its answer is lost |
//! | `held` | [`Held`]: what a login has gained so far, and what one exchange adds |
//! | `key` | [`Key`]: what makes a token another token |
//! | `client_auth` | [`ClientAuth`]: how a client proves itself to a form endpoint |
//! | `extras` | parameters and headers that a profile adds to every request |
//! | [`reading`] | how a reply is judged, the same for every dialect |
//! | `refusal` | [`Refusal`]: a reply that gained nothing, before anybody may print it, and what it blames |

mod auth0_json;
mod basic_form;
mod client_auth;
pub mod declared;
mod exchange;
mod extras;
mod held;
mod key;
mod password_form;
pub mod reading;
mod refusal;
mod user_key;

pub use auth0_json::Auth0Json;
pub use basic_form::{BasicForm, GrantType, TokenExchange};
pub use client_auth::ClientAuth;
pub use declared::Declared;
pub use exchange::{Ambiguity, Exchange, ExchangeKind, Goal, Spends};
pub(crate) use extras::ExtraHeaders;
pub use held::{Gain, Granted, Held};
pub use key::Key;
pub use password_form::PasswordForm;
pub(crate) use refusal::Blame;
pub use refusal::Refusal;
pub use user_key::UserKeyLogin;

use core::fmt;

use http::StatusCode;

use crate::access_token::SendAs;
use crate::error::Misuse;
use crate::http::{Reply, Request};
use crate::secret::Secrets;
use crate::time::Now;

/// One way to log in. Pure: it reads no clock and keeps nothing between calls.
///
/// `examples/fifth_dialect.rs` writes one from outside.
pub trait Dialect: Send + Sync {
    /// Everything that makes a token of this login another token. Needs no secret.
    fn key(&self) -> Key;

    /// The key of the record in which a registration's user key is kept, for dialects that register. A record of its
    /// own, so that a changed scope does not lose it.
    fn identity(&self) -> Option<Key> {
        None
    }

    /// Which exchange brings a login that holds `held` nearer to `goal`.
    fn next(&self, held: &Held, goal: Goal) -> Result<Exchange, Misuse>;

    /// The names of the secrets that [`request`](Self::request) needs for this exchange.
    fn needs(&self, exchange: Exchange) -> &[&'static str];

    /// The request of an exchange.
    fn request(&self, exchange: Exchange, held: &Held, secrets: &Secrets, now: Now) -> Result<Request, Misuse>;

    /// What a reply means. Total: any status, headers and bytes lead to a value.
    fn read(&self, exchange: Exchange, reply: &Reply) -> Result<Gain, Refusal>;

    /// How the API wants the token, as far as that is known before there is one.
    fn send_as(&self) -> SendAs {
        SendAs::default()
    }

    /// What to try after a refusal with this status, where the dialect knows more than the general advice.
    fn advice(&self, exchange: Exchange, status: StatusCode, secrets: &Secrets) -> Option<String> {
        let _ = (exchange, status, secrets);
        None
    }
}

/// Names, as a key has them: any value, of a header or a parameter, may be a secret.
macro_rules! shown_by_key {
    ($($dialect:ident),*) => {$(
        impl fmt::Debug for $dialect {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($dialect)).field(&self.key()).finish()
            }
        }
    )*};
}

shown_by_key!(Auth0Json, BasicForm, Declared, PasswordForm, UserKeyLogin);
