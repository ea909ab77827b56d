//! The long-lived side of a login: what outlives one run of it.

mod record;

pub use record::{Record, Revision};
