//! Token values: no randomness, only a seed and a counter.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use time::UtcDateTime;

use super::config::{DialectConfig, TokenShape};
use super::tokens::Subject;
use crate::SplitMix64;

#[derive(Debug, Clone)]
pub(super) struct Mint {
    seed: u64,
    minted: u64,
}

impl Mint {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, minted: 0 }
    }

    /// A value never given before by this provider, such as `rt-` and 32 hexadecimal digits.
    pub(super) fn opaque(&mut self, prefix: &str) -> String {
        self.minted += 1;
        let high = scramble(self.seed ^ scramble(self.minted));
        format!("{prefix}-{high:016x}{:016x}", scramble(high ^ self.minted))
    }

    pub(super) fn access_token(&mut self, now: UtcDateTime, settings: &DialectConfig, subject: &Subject) -> String {
        let opaque = self.opaque("at");
        match settings.shape {
            TokenShape::Opaque => opaque,
            TokenShape::Jwt => jwt(now, settings.life.as_secs(), subject, &opaque),
        }
    }
}

fn jwt(now: UtcDateTime, life: u64, subject: &Subject, id: &str) -> String {
    let issued = now.unix_timestamp();
    let header = json!({ "alg": "RS256", "typ": "JWT" });
    let payload = json!({
        "iss": "hallpass",
        "sub": subject.owner,
        "aud": subject.audience,
        "scope": subject.scopes.join(" "),
        "iat": issued,
        "exp": issued.saturating_add_unsigned(life),
        "jti": id,
    });
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let signature = encode(b"it verifies against nothing");
    format!("{}.{}.{signature}", encode(header.to_string().as_bytes()), encode(payload.to_string().as_bytes()))
}

/// Different counts give different values, and zero is no zero.
fn scramble(value: u64) -> u64 {
    SplitMix64::new(value).draw()
}
