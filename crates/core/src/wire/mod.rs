//! Bytes to values and back. Every function here is total: whatever bytes come, it returns.

pub mod basic;
pub mod challenge;
pub mod date;
pub(crate) mod escapes;
pub mod form;
pub mod json;
pub mod jwt;
pub mod life;
pub mod pointer;
