//! Tokens are revoked, then forgotten.

use hallpass_client::guarded;
use hallpass_client::record::Revoked;
use hallpass_client::trace::Resends;
use hallpass_core::Error;
use hallpass_core::revocation::Answer;

use super::{Client, Inner, shut_down};
use crate::off::off;

impl Client {
    /// Makes the login's tokens worthless at the server (RFC 7009), the refresh token first, and then forgets them as
    /// [`forget`](Self::forget) does. After an error nothing is forgotten, so that it can be tried again: the same token may
    /// be revoked twice; so too if this future is dropped before its end. Needs [`Config::revocation`](hallpass_client::Config::revocation).
    pub async fn revoke(&self) -> Result<Revoked, Error> {
        let Inner { pilot, transport, .. } = &*self.0;
        let revocation = self.config().get_revocation()?;
        let kept = self.lock(self.config().dialect().key()).await?;
        let (mut tokens, mut stay) = (0, Vec::new());
        for token in kept.tokens(pilot.in_hand().as_ref(), pilot.unsaved()) {
            let (source, needs) = (pilot.clone(), revocation.needs());
            let secrets =
                off(move || guarded::secrets(source.config(), needs.as_slice())).await.ok_or_else(shut_down)??;
            let kind = token.kind();
            let revoking = revocation.revoke(token, secrets, self.config().egress_rules())?;
            let reply =
                transport.exchange(revoking.request(), revoking.egress(), pilot.clock(), Resends::default()).await;
            match revoking.replied(reply)? {
                Answer::Revoked => tokens += 1,
                Answer::Unsupported => stay.push(kind),
            }
        }
        Ok(Revoked { record: self.forget_kept(kept).await?, tokens, stay })
    }
}
