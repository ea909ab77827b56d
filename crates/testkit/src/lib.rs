//! The world hallpass is tested in, without a socket, a clock or a random number in it.
//!
//! [`provider`] is an authorization server with the API behind it. It speaks all four dialects, is handed the time
//! with every request, and answers the same requests with the same bytes each time. A test drives it directly, a
//! simulator drives it under a virtual clock, and `hallpass-testserver` puts real sockets around it.
//!
//! ```
//! use hallpass_testkit::provider::{Provider, ProviderConfig};
//! use time::UtcDateTime;
//!
//! let mut provider = Provider::new(ProviderConfig::default());
//! let request = http::Request::post("/oauth/v2/token")
//!     .header("content-type", "application/x-www-form-urlencoded")
//!     .header("authorization", "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=") // demo-client:demo-secret
//!     .body(b"grant_type=client_credentials".to_vec())?;
//!
//! let reply = provider.handle(UtcDateTime::UNIX_EPOCH, &request);
//!
//! assert_eq!(reply.status(), 200);
//! let grant: serde_json::Value = serde_json::from_slice(reply.body())?;
//! assert_eq!(grant["expires_in"], 3600);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod canary;
pub mod dialects;
pub mod picture;
pub mod play;
pub mod provider;
pub mod scenario;
pub mod world;
