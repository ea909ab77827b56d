//! Real processes that share one login, killed and stopped in the middle of it.
//!
//! In one program, since most of their time is waiting.

mod files;
mod redis;

const FLEET: &str = env!("CARGO_BIN_EXE_fleet");
