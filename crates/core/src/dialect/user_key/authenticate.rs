//! `POST /authenticate` with `{user_key, user_secret}` for an access token and, the first time, a refresh token.

use super::{Held, Misuse, Request, Secrets, USER_SECRET, UserKeyLogin};

pub(super) fn request(dialect: &UserKeyLogin, held: &Held, secrets: &Secrets) -> Result<Request, Misuse> {
    let key = held.user_key.as_ref().ok_or(Misuse::NotRegistered)?.expose();
    let secret = secrets.needs(USER_SECRET)?.expose();
    Ok(dialect.post(&dialect.authenticate, [("user_key", key), ("user_secret", secret)]))
}
