//! `POST /refresh` with `{refresh_token}` for an access token. The user's secret stays at home.

use super::{Request, UserKeyLogin};
use crate::secret::RefreshToken;

pub(super) fn request(dialect: &UserKeyLogin, token: &RefreshToken) -> Request {
    dialect.post(&dialect.refresh, [("refresh_token", token.expose())])
}
