//! The provider, rule by rule.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod api;
mod auth0_json;
mod basic_form;
mod hooks;
mod password_form;
mod rotation;
mod user_key;
mod world;
