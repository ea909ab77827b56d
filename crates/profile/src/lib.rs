//! Profiles: logins described in a TOML file, made into what a hallpass client is built from.
//!
//! TOML, environment variables, secret files and password commands end here; the rest of hallpass knows none of them.
//!
//! ```
//! use hallpass_profile::Profiles;
//!
//! let text = r#"
//!     [profiles.ducky]
//!     dialect = "auth0-json"
//!     token_url = "https://ducky-prod.eu.auth0.com/oauth/token"
//!     audience = "ducky-api-prod"
//!     client_id = "my-client"
//!     client_secret = { env = "DUCKY_CLIENT_SECRET" }
//!     api_url = "https://api.ducky.eco/v3/"
//! "#;
//! let profiles = Profiles::parse(text, "hallpass.toml")?; // `Profiles::find` looks for the file
//! let config = profiles.get("ducky")?.config()?;
//! assert_eq!(config.origins().len(), 1);
//! # Ok::<(), hallpass_profile::ProfileError>(())
//! ```
//!
//! # Keys
//!
//! Every key, by dialect, and what an id or a secret may be: [`reference`](mod@reference), which is `docs/profiles.md` of
//! the repository.
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | `keyring` | secrets from the system's keyring, and `store = "keyring"` |
//! | `redis` | a Redis or Valkey server as a `store` |
//!
//! # Errors
//!
//! They name file, line and profile, and what to do. A mistake in one profile does not stop the others:
//! [`Profiles::problems`] lists all. Of the values in the file they repeat only those that cannot be
//! secrets: hosts, programs, files that exist, placeholders, and variables whose names are spelt `LIKE_THIS`.
//!
//! # Modules
//!
//! | module | what it holds |
//! |---|---|
//! | [`reference`](mod@reference) | the whole format, with no code |
//! | `find`, `place` | [`Profiles`], and where their file is |
//! | `profile` | [`Profile`]: what may be shown of it, and its warnings |
//! | `environment` | [`Environment`]: variables and folders |
//! | `error` | [`ProfileError`], [`Problem`] |
//! | `file`, `reader` | TOML to values with their lines |
//! | `keys` | the one table of keys: whose each is, and what of it may be shown |
//! | `spec` | what a profile says, typed |
//! | `declared` | a dialect that a profile describes |
//! | `duration` | [`parse_duration`]: durations as profiles and command lines write them |
//! | `url` | [`parse_url`]: URLs as profiles write them |
//! | `value`, `command`, `access`, `wiped` | where ids and secrets come from, who else can read or write them, and that no copy is left |
//! | `store` | [`StoreSetting`], [`OpenStore`]: where what was gained is kept |
//! | `redact` | [`redacted`]: a profile that may be shown |
//! | `build` | all of it to a [`hallpass_client::Config`] |

mod access;
mod build;
mod command;
mod declared;
mod duration;
mod environment;
mod error;
mod file;
mod find;
mod keys;
mod place;
mod profile;
mod reader;
mod redact;
pub mod reference;
mod spec;
mod store;
mod url;
mod value;
mod wiped;

pub use duration::parse_duration;
pub use environment::Environment;
pub use error::{Problem, ProfileError};
pub use find::Profiles;
pub use profile::Profile;
pub use redact::{REDACTED, redacted};
pub use store::{OpenStore, StoreSetting};
pub use url::parse_url;
pub use value::read_secret;
