//! The wire rules, one test or more for each; a test's name begins with the number of its rule.

mod advice;
mod basic;
mod bodies;
mod debug;
mod described;
mod grants;
mod jwt;
mod printing;
mod refusals;
mod requests;
mod sending;
mod token_exchange;
mod waiting;
#[path = "../world/mod.rs"]
mod world;
