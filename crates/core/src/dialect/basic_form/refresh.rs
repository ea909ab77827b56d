//! `grant_type=refresh_token` (RFC 6749 section 6), for the same scope as before; one that was had elsewhere, for the scope
//! that is asked for here.

use super::{BasicForm, GrantType, Misuse, Request, Secrets};
use crate::secret::RefreshToken;

pub(super) fn request(dialect: &BasicForm, token: &RefreshToken, secrets: &Secrets) -> Result<Request, Misuse> {
    let mut form = dialect.form();
    form.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose())]);
    if matches!(dialect.grant_type, GrantType::RefreshToken { .. }) {
        form.extend(dialect.scope.as_deref().map(|scope| ("scope", scope)));
    }
    dialect.post(form, secrets)
}
