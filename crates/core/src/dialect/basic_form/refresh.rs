//! `grant_type=refresh_token` (RFC 6749 section 6), for the same scope as before.

use super::{BasicForm, Misuse, Request, Secrets};
use crate::secret::RefreshToken;

pub(super) fn request(dialect: &BasicForm, token: &RefreshToken, secrets: &Secrets) -> Result<Request, Misuse> {
    dialect.post(vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())], secrets)
}
