//! `POST /register` with `{user_id, user_secret}` for a `user_key`.

use super::{Misuse, Request, Secrets, USER_SECRET, UserKeyLogin};

pub(super) fn request(dialect: &UserKeyLogin, secrets: &Secrets) -> Result<Request, Misuse> {
    let secret = secrets.needs(USER_SECRET)?.expose();
    Ok(dialect.post(&dialect.register, [("user_id", &dialect.user_id), ("user_secret", secret)]))
}
