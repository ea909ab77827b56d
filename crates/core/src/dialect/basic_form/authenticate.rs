//! `grant_type=client_credentials` (RFC 6749 section 4.4.2), or another grant.

use super::{BasicForm, Misuse, Request, Secrets};

pub(super) fn request(dialect: &BasicForm, secrets: &Secrets) -> Result<Request, Misuse> {
    let mut form = dialect.form();
    dialect.grant_type.fill(&mut form, secrets)?;
    form.extend(dialect.scope.as_deref().map(|scope| ("scope", scope)));
    dialect.post(form, secrets)
}
