//! Records as bytes, for stores that leave memory.
//!
//! ```text
//! hallpass 1 plain 5f2b…           kind and SHA-256 of key, kind and content, in one line
//! {"revision":"00c0ffee…",…}       JSON, or sealed bytes
//! ```
//!
//! The version is in the file name or the Redis key as well, so another version's record is left alone.

mod body;
mod frame;
#[cfg(feature = "seal")]
mod seal;
#[cfg(test)]
mod tests;
#[cfg(not(feature = "seal"))]
mod unsealed;

#[cfg(feature = "redis")]
pub(crate) use body::spelt;
pub use frame::{Unreadable, decode, encode};
#[cfg(feature = "seal")]
pub use seal::{BadKey, Seal};
#[cfg(not(feature = "seal"))]
pub use unsealed::Seal;

/// The format's version. It is part of every record's name.
pub const VERSION: u32 = 1;
