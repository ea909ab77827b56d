//! Where a profile's secrets come from, each time that one is needed.

use std::path::PathBuf;
use std::sync::Arc;

use hallpass_client::SecretSource;
use hallpass_core::{Misuse, Secret, secret};

use crate::Environment;
use crate::reader::Remark;
use crate::spec::Spec;
use crate::spec::client::PRIVATE_KEY;

/// Asks for a secret each time that it is asked for one.
pub(super) struct Sources {
    pub(super) spec: Arc<Spec>,
    pub(super) folder: PathBuf,
    pub(super) environment: Environment,
    /// Whom an assertion speaks of.
    pub(super) client_id: String,
}

impl SecretSource for Sources {
    fn secret(&self, name: &str) -> Result<Secret, Misuse> {
        let missing = |why| Misuse::Secret { name: name.into(), why };
        // One key signs both.
        let kept_as = if name == secret::REVOCATION_ASSERTION { secret::CLIENT_ASSERTION } else { name };
        let found = self.spec.login.secrets.iter().find(|(known, _)| *known == kept_as);
        let (_, at) = found.ok_or_else(|| missing(self.spec.about(&format!("it has no `{name}`")).to_string()))?;
        let told = |why| missing(self.spec.problem(Remark { line: at.line, value: why }).to_string());
        let secret = at.value.resolve(&self.folder, &self.environment).map_err(told)?;
        match self.spec.login.signing() {
            Some(signing) if signing.signs(kept_as) => {
                let token_url = self.spec.login.url.value.to_url();
                let signed = signing.sign(name, &secret, &self.client_id, &token_url);
                signed.map_err(|why| told(format!("`{PRIVATE_KEY}`: {why}")))
            }
            _ => Ok(secret),
        }
    }
}
