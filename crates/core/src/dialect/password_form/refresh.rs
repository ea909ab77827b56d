//! `grant_type=refresh_token` at the same URL (RFC 6749 section 6). The password stays at home.

use super::{Misuse, PasswordForm, Request, Secrets};
use crate::secret::RefreshToken;

pub(super) fn request(dialect: &PasswordForm, token: &RefreshToken, secrets: &Secrets) -> Result<Request, Misuse> {
    dialect.post(vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())], secrets)
}
