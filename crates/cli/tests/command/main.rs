//! The real binary, against real sockets, from a folder of its own.

mod demo;
mod failures;
mod globals;
mod held;
mod kept;
#[cfg(all(target_os = "linux", feature = "keyring"))]
mod keyring;
#[cfg(unix)]
mod redis;
mod register;
mod request;
mod secrets;
mod serve;
mod status;
mod tls;
mod token;
mod trouble;
mod world;
