//! `grant_type=refresh_token` (RFC 6749 section 6), for the same scope as before.

use super::{BasicForm, Misuse, Request, Secrets};
use crate::secret::RefreshToken;

pub(super) fn request(dialect: &BasicForm, token: &RefreshToken, secrets: &Secrets) -> Result<Request, Misuse> {
    let mut form = dialect.form();
    form.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose())]);
    dialect.post(form, secrets)
}
