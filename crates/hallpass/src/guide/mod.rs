//! The guide: short pages, each for one question.
//!
//! # Five tasks for a beginning
//!
//! | you want to | page |
//! |---|---|
//! | call an API behind Auth0 from a shell | [`shell`] |
//! | call an API from a program that blocks | [`blocking`] |
//! | call an API from a service that awaits | [`service`] |
//! | let several machines share one login | [`sharing`] |
//! | run the lifecycle in a loop of your own | [`own_loop`] |
//!
//! # What you may ask next
//!
//! | question | page |
//! |---|---|
//! | which dialect does my API speak? | [`dialects`] |
//! | and if it speaks none of them? | [`your_own_dialect`] |
//! | how are secrets and refresh tokens rotated without losing a login? | [`rotation`] |
//! | what about functions that live for a second, and scripts? | [`functions`] |
//! | what happens when the server is down, the clock wrong, the disk full? | [`what_happens_when`] |
//! | what does an error mean? | [`hallpass_core::error`] |
//! | how do I see what it does in production? | [`watching`] |
//! | what is protected, from whom, and what is not? | [`security`] |
//! | how do I come here from another library, from my own code, from curl? | [`moving`] |
//! | how do I test my program without a real provider? | [`testing`] |
//! | why is it built this way? | [`questions`] |
//!
//! Every program on these pages is compiled and run by the project's tests, and every command in a block marked to be run
//! is run as it stands, against a server on loopback.

macro_rules! pages {
    ($($page:ident)*) => {
        $(pub mod $page { #![doc = include_str!(concat!(stringify!($page), ".md"))] })*
    };
}

pages! {
    shell blocking service sharing own_loop
    dialects your_own_dialect rotation functions what_happens_when watching security moving testing questions
}
