//! google-cloud-auth: a user's refresh token.

use google_cloud_auth::credentials::user_account::Builder;
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use http::{Extensions, HeaderMap, header};

use super::Peer;
use crate::Result;
use crate::cases::{CLIENT_ID, CLIENT_SECRET, refresh_token};

/// Google's credentials.
pub(super) struct Google(Credentials);

impl Google {
    /// Credentials that hold nothing yet. They ask at once, in a task of their own.
    pub(super) fn new(url: &str) -> Result<Self> {
        let user = serde_json::json!({
            "type": "authorized_user", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "refresh_token": refresh_token(),
        });
        Ok(Self(Builder::new(user).with_token_uri(url).build()?))
    }
}

impl Peer for Google {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let CacheableResource::New { data, .. } = self.0.headers(Extensions::new()).await? else {
            return Err("not modified, though nothing was known".into());
        };
        let value = data.get(header::AUTHORIZATION).ok_or("no header")?;
        headers.insert(header::AUTHORIZATION, value.clone());
        Ok(())
    }
}
