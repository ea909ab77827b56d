//! A call that another HTTP client sends: the token for it, and the 401 rule.

use hallpass_client::call::{self, Attempt};
use hallpass_core::{Error, Grant};
use http::{HeaderMap, Method, StatusCode, Uri};

use super::Client;

impl Client {
    /// Admits a call that another HTTP client will send, if its origin may have the token: what middleware is made of.
    ///
    /// ```no_run
    /// # async fn run(client: hallpass_async::Client, url: http::Uri) -> Result<(), hallpass_core::Error> {
    /// # let send = |headers: &http::HeaderMap| http::Response::new(());
    /// let mut call = client.admit(&http::Method::GET, &url).await?;
    /// loop {
    ///     let mut headers = http::HeaderMap::new();
    ///     call.attach(&mut headers);
    ///     let response = send(&headers);
    ///     if call.settle(response.status(), response.headers(), Some(())).await?.is_none() {
    ///         break;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn admit(&self, method: &Method, uri: &Uri) -> Result<Call, Error> {
        call::admit(self.config(), uri)?;
        let attempt = Attempt::first(self.config(), method, self.token().await?);
        Ok(Call { client: self.clone(), attempt })
    }
}

/// A call that another client, such as reqwest or hyper, sends, once or twice.
#[must_use = "a 401 that it is not told of keeps a refused token in use"]
#[derive(Debug)]
pub struct Call {
    client: Client,
    attempt: Attempt,
}

impl Call {
    /// Puts the token into the call's headers, in the place of whatever stood in the header that it goes into.
    pub fn attach(&self, headers: &mut HeaderMap) {
        call::attach(self.attempt.grant(), headers);
    }

    /// Takes note of an answer. Hands `spare` back, a copy of the call that is still unsent, if it is to be sent in place
    /// of the answer: after a 401, once, with another token; an error if that cannot be had. A call that cannot be copied
    /// has no spare: its token is dropped all the same.
    pub async fn settle<R>(
        &mut self,
        status: StatusCode,
        headers: &HeaderMap,
        spare: Option<R>,
    ) -> Result<Option<R>, Error> {
        let want = self.attempt.answered(&self.client.0.pilot, status, headers);
        let (Some(want), Some(spare)) = (want, spare) else { return Ok(None) };
        let another = self.client.token_with(&want).await?;
        Ok(self.attempt.again(another).then_some(spare))
    }

    /// What the call is sent with.
    pub fn grant(&self) -> &Grant {
        self.attempt.grant()
    }
}
