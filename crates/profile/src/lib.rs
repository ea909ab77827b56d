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
//! | dialect | needed | optional |
//! |---|---|---|
//! | `auth0-json` | `token_url`, `audience`, `client_id`, `client_secret` | `scope`, `extra` |
//! | `basic-form` | `token_url`, `client_id`, `client_secret` | `client_auth` (`basic`, `body`, `private_key_jwt`, `tls`), `basic_encoding` (`minimal`, `form`, `raw`), `scope`, `audience`, `resource`, `extra` |
//! | `user-key` | `base_url`, `user_id`, `user_secret` | `user_key` |
//! | `password-form` | `token_url`, `username`, `password` | `grant_type`, `scope`, `client_id`, `client_secret`, `client_auth`, `basic_encoding` |
//!
//! With `client_auth = "private_key_jwt"`, `private_key` (and `key_id`, `key_digest`, `algorithm`, `assertion_audience`, `revocation_audience`) stands
//! in the place of `client_secret`; with `"tls"`, `client_certificate` does. `basic-form` has more grants: `grant =
//! "jwt-bearer"` (`subject`, `assertion` or `private_key`, `claims`) and `"token-exchange"` (`subject`, `subject_token`,
//! `subject_token_type`, `actor_token`, `actor_token_type`, `requested_token_type`).
//!
//! Every dialect: `api_url` and `check_path` below it; `origins`, to which the token may go too; `headers` of every token
//! request; `allow_http`, hosts that may be reached without TLS; `ca_file`; `client_certificate` and `client_key`; `roots` (`bundled`, `platform`); `proxy`;
//! `timeout`, `connect_timeout`, `default_life` (a number of seconds, or a string such as `"30s"`, `"10m"`, `"1h"`);
//! `refresh_rotates` (`false`: a refresh whose answer was lost is sent again).
//!
//! `store` says where what a login gains is kept: `"memory"` (default), `"file"` (in the user's own folder), `"keyring"` (the
//! same, sealed with a key from the system's keyring; needs the feature `keyring`), `"file:PATH"`, `"redis://…"`,
//! `"rediss://…"`; or a table `{ file, keys }` or `{ redis, user, password, prefix, timeout, ca_file, keys }`,
//! where `keys` are secrets that records are sealed with. Redis needs the feature `redis`.
//!
//! # Ids and secrets
//!
//! `client_id`, `client_secret`, `user_id`, `user_secret`, `user_key`, `username` and `password` are a string or
//!
//! - `{ env = "NAME" }`: an environment variable;
//! - `{ file = "path" }`: a regular file, from the folder of the profile file on, or from the home folder on if it begins
//!   with `~/`; one line end at its end is cut;
//! - `{ keyring = "service/account" }`: an entry of the system's keyring, with the feature `keyring`;
//! - `{ command = ["pass", "show", "x"] }`: what a program prints, run without a shell; one line end is cut. It may ask
//!   for a passphrase at the terminal, and has a minute; what it leaves running is not waited for. A program with a
//!   relative path is looked for as a file is.
//!
//! # Errors
//!
//! They name file, line and profile, and what to do. A mistake in one profile does not stop the others:
//! [`Profiles::problems`] lists all. Of the values in the file they repeat only those that cannot be
//! secrets: hosts, programs, files that exist, and variables whose names are spelt `LIKE_THIS`.
//!
//! # Modules
//!
//! | module | what it holds |
//! |---|---|
//! | `find`, `place` | [`Profiles`], and where their file is |
//! | `profile` | [`Profile`]: what may be shown of it, and its warnings |
//! | `environment` | [`Environment`]: variables and folders |
//! | `error` | [`ProfileError`], [`Problem`] |
//! | `file`, `reader` | TOML to values with their lines |
//! | `keys` | the one table of keys |
//! | `spec`, `login` | what a profile says, typed |
//! | `duration` | [`parse_duration`]: durations as profiles and command lines write them |
//! | `value`, `command`, `access` | where ids and secrets come from, and who else can read or write them |
//! | `store` | [`StoreSetting`], [`OpenStore`]: where what was gained is kept |
//! | `redact` | [`redacted`]: a profile that may be shown |
//! | `build` | all of it to a [`hallpass_client::Config`] |

mod access;
mod build;
mod client;
mod command;
mod declared;
mod duration;
mod environment;
mod error;
mod file;
mod find;
mod grant;
mod keys;
mod login;
mod place;
mod profile;
mod reader;
mod redact;
mod spec;
mod store;
mod value;

pub use duration::parse_duration;
pub use environment::Environment;
pub use error::{Problem, ProfileError};
pub use find::Profiles;
pub use profile::Profile;
pub use redact::{REDACTED, redacted};
pub use store::{OpenStore, StoreSetting};
pub use value::read_secret;
