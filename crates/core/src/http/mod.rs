//! HTTP as values: what to send, where it may go, what came back. Drivers turn these into bytes.

mod egress;
mod message;
mod origin;

pub use egress::{Egress, EgressRules};
pub use message::{Body, Reply, Request, SendError};
pub use origin::{BadUrl, Endpoint, Origin};
