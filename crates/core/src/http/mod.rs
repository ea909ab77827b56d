//! HTTP as values: what to send, where it may go, what came back. Drivers turn these into bytes.

mod bad_url;
mod egress;
mod message;
mod origin;

use http::{HeaderName, header};

pub use bad_url::BadUrl;
pub use egress::{Egress, EgressRules};
pub use message::{Body, Reply, Request, SendError};
pub use origin::{Endpoint, Origin};

/// Headers that the HTTP library writes or reads itself: nobody else may set one, and no token can travel in one.
pub(crate) const OF_THE_LIBRARY: [HeaderName; 9] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::HOST,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
