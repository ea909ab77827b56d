//! yup-oauth2: a service account's authenticator.

use http::{HeaderMap, header};
use yup_oauth2::authenticator::DefaultAuthenticator;
use yup_oauth2::{ServiceAccountAuthenticator, ServiceAccountKey};

use super::{Peer, bearer, service_account};
use crate::Result;

/// yup-oauth2's authenticator.
pub(super) struct Yup(DefaultAuthenticator);

impl Yup {
    /// An authenticator that holds nothing yet.
    pub(super) async fn new(url: &str) -> Result<Self> {
        let key = ServiceAccountKey {
            key_type: None,
            project_id: None,
            private_key_id: None,
            private_key: service_account::key()?,
            client_email: "bench@example.com".into(),
            client_id: None,
            auth_uri: None,
            token_uri: url.into(),
            auth_provider_x509_cert_url: None,
            client_x509_cert_url: None,
        };
        Ok(Self(ServiceAccountAuthenticator::builder(key).build().await?))
    }
}

impl Peer for Yup {
    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = self.0.token(&["read"]).await?;
        headers.insert(header::AUTHORIZATION, bearer(token.token().ok_or("no token")?)?);
        Ok(())
    }
}
