#![doc = include_str!("reference.md")]
#![allow(clippy::doc_markdown, reason = "a page for people, too: the names of products are no code")]
