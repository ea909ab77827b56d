//! `POST /revoke`: a client's own token is good for nothing any more (RFC 7009). One that is not known is no error.

use http::{Method, Request, StatusCode};
use serde_json::json;
use time::UtcDateTime;

use super::body::Form;
use super::reply::{Answer, Reply};
use super::{Provider, assertion, client, grant, reply};

pub(super) fn token(provider: &mut Provider, now: UtcDateTime, request: &Request<Vec<u8>>) -> Answer {
    if request.method() != Method::POST {
        return Err(reply::method_not_allowed("POST"));
    }
    let form = Form::parse(request)?;
    let client = assertion::client(provider, now, request, &form)?.ok_or_else(client::invalid_client)?;
    provider.tokens.revoke_of(&client.id, form.required("token")?).map_err(grant::refused)?;
    Ok(Reply::json(StatusCode::OK, &json!({})))
}
