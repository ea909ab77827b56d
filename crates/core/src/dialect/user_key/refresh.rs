//! `POST /refresh` with `{refresh_token}` for an access token. The user's secret stays at home.

use super::{Held, Misuse, Request, UserKeyLogin};

pub(super) fn request(dialect: &UserKeyLogin, held: &Held) -> Result<Request, Misuse> {
    let token = held.refresh_token.as_ref().ok_or(Misuse::NotRegistered)?.expose();
    Ok(dialect.post(&dialect.refresh, [("refresh_token", token)]))
}
