//! The real binary, against real sockets, from a folder of its own.

mod demo;
mod doctor;
#[cfg(unix)]
mod exec;
mod failures;
mod globals;
mod held;
#[cfg(unix)]
mod helper;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod init;
#[cfg(unix)]
mod init_meanwhile;
#[cfg(unix)]
mod interrupted;
mod kept;
#[cfg(all(target_os = "linux", feature = "keyring"))]
mod keyring;
#[cfg(unix)]
mod limits;
mod lost;
mod manual;
#[cfg(unix)]
mod redis;
mod register;
mod request;
mod secrets;
mod serve;
mod status;
#[cfg(unix)]
mod terminal;
mod tls;
mod token;
mod trace;
mod trouble;
mod verbose;
#[cfg(unix)]
mod watch;
mod world;
