//! Every path of a login, as the list of effects that it asked for.

mod losing;
mod refreshing;
mod registering;
mod saving;
#[path = "../world/mod.rs"]
mod world;
