//! What a client tells whoever watches it.

use hallpass_core::error::StoreFailure;
use hallpass_core::wire::date::rfc_3339;
use hallpass_core::{Error, UtcDateTime};

/// A change of a client's state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A new token is in hand.
    Granted {
        /// When it expires, if anybody said.
        expires_at: Option<UtcDateTime>,
        /// True if it could not be kept.
        unsaved: bool,
    },
    /// A user was registered.
    Registered {
        /// Why the `user_key` could not be kept, if it could not: the server gives it only once.
        unsaved: Option<StoreFailure>,
    },
    /// A flight failed.
    Failed(Error),
    /// An API refused a token.
    Rejected,
}

/// Emits the change as an event.
pub(crate) fn trace(change: &Change) {
    match change {
        Change::Granted { expires_at, unsaved } => {
            tracing::info!(target: "hallpass", expires_at = expires_at.map(rfc_3339), unsaved, "a token is in hand");
        }
        Change::Registered { unsaved: None } => tracing::info!(target: "hallpass", "a user was registered"),
        Change::Registered { unsaved: Some(why) } => {
            tracing::warn!(target: "hallpass", %why, "a user was registered, and its user_key is not kept");
        }
        Change::Failed(error) => {
            tracing::warn!(target: "hallpass", { "error.type" = error.kind(), %error }, "no token");
        }
        Change::Rejected => tracing::info!(target: "hallpass", "an API refused a token"),
    }
}
