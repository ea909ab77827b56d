//! Bytes to values and back. Every function here is total: whatever bytes come, it returns.

pub mod basic;
pub mod challenge;
pub mod date;
pub mod form;
pub mod json;
pub mod jwt;
pub mod life;
