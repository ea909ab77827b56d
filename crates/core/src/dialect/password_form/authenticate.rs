//! `username` and `password` (RFC 6749 section 4.3.2, with or without its `grant_type`).

use super::{Misuse, PASSWORD, PasswordForm, Request, Secrets};

pub(super) fn request(dialect: &PasswordForm, secrets: &Secrets) -> Result<Request, Misuse> {
    let mut form = vec![("username", dialect.username.as_str()), ("password", secrets.needs(PASSWORD)?.expose())];
    form.extend(dialect.grant_type.as_deref().map(|grant_type| ("grant_type", grant_type)));
    form.extend(dialect.scope.as_deref().map(|scope| ("scope", scope)));
    dialect.post(form, secrets)
}
