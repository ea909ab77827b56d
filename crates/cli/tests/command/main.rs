//! The real binary, against real sockets, from a folder of its own.

mod demo;
mod failures;
mod globals;
mod register;
mod request;
mod secrets;
mod serve;
mod tls;
mod token;
mod world;
