//! How the client of a form dialect proves itself.

use hallpass_client::{Algorithm, Assertion, SigningKey};
use hallpass_core::dialect::ClientAuth;
use hallpass_core::wire::basic::BasicEncoding;
use hallpass_core::{Misuse, Secret, secret};

use super::grant::GrantSpec;
use crate::reader::{At, Reader};
use crate::value::Value;

/// The key that a signing client's private key is given by.
pub(crate) const PRIVATE_KEY: &str = "private_key";

/// What proves a client, and how it is sent.
pub(crate) struct ClientSpec {
    pub(crate) auth: ClientAuth,
    /// By the name that it is asked for by.
    pub(crate) secret: Option<(&'static str, At<Value>)>,
    pub(crate) signing: Option<Signing>,
    /// The private key, whoever signs with it.
    pub(crate) key: Option<At<Value>>,
}

/// What an assertion says beside who the client is.
#[derive(Clone)]
pub(crate) struct Signing {
    key_id: Option<String>,
    key_digest: Option<String>,
    algorithm: Option<Algorithm>,
    audience: Option<String>,
    revocation_audience: Option<String>,
    /// The names of what it signs.
    signs: Vec<&'static str>,
    /// Whom a grant speaks of, and what else it says.
    subject: Option<String>,
    claims: Vec<At<(String, serde_json::Value)>>,
}

/// Whose the private key is, if there is one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A client that proves itself.
    Client,
    /// A client, if anything proves one.
    Optional,
    /// A grant's, and perhaps a client's as well.
    Grant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Basic,
    Body,
    PrivateKeyJwt,
    Tls,
}

const WAYS: &[(&str, Way)] =
    &[("basic", Way::Basic), ("body", Way::Body), ("private_key_jwt", Way::PrivateKeyJwt), ("tls", Way::Tls)];

/// What a Basic header's encoding may be.
pub(crate) fn encodings() -> Vec<(&'static str, BasicEncoding)> {
    BasicEncoding::ALL.iter().map(|encoding| (encoding.name(), *encoding)).collect()
}

const SIGNING_KEYS: [&str; 6] =
    [PRIVATE_KEY, "key_id", "key_digest", "algorithm", "assertion_audience", "revocation_audience"];

impl ClientSpec {
    /// Reads what there is, and notes what does not go together.
    pub(crate) fn read(reader: &mut Reader<'_, '_>, need: Need) -> Option<Self> {
        let needed = need == Need::Client;
        let way = reader.choice("client_auth", WAYS);
        let encoding = reader.choice("basic_encoding", &encodings());
        let client_secret = reader.value(secret::CLIENT_SECRET);
        let private_key = reader.value(PRIVATE_KEY);
        let signing = Signing::read(reader);
        // A key alone says how it is meant.
        let alone = reader.has(PRIVATE_KEY) && !reader.has("client_auth") && need != Need::Grant;
        let usual = if alone { Way::PrivateKeyJwt } else { Way::Basic };
        let chosen = way.as_ref().map_or(usual, |at| at.value);
        if let (Some(at), true) = (&encoding, chosen != Way::Basic) {
            reader.warn(at.line, "`basic_encoding` does nothing: with this `client_auth` there is no Basic header");
        }
        strangers(reader, chosen, need);
        match chosen {
            Way::Basic | Way::Body => {
                let secret = if needed { reader.needed(secret::CLIENT_SECRET, client_secret) } else { client_secret };
                let idle = ["client_auth", "basic_encoding"].into_iter().find(|key| reader.has(key));
                if let (Some(key), false, false) = (idle, needed, reader.has(secret::CLIENT_SECRET)) {
                    let why =
                        "says how the client proves itself, but there is no `client_secret`: give both or neither";
                    reader.fail_at(key, why);
                }
                let auth = match (chosen, &secret) {
                    (_, None) if need == Need::Grant => ClientAuth::None,
                    (_, None) => ClientAuth::Public,
                    (Way::Body, _) => ClientAuth::Body,
                    _ => ClientAuth::Basic(encoding.map(|at| at.value).unwrap_or_default()),
                };
                (!needed || secret.is_some()).then(|| Self {
                    auth,
                    secret: secret.map(|at| (secret::CLIENT_SECRET, at)),
                    signing: Some(signing),
                    key: private_key,
                })
            }
            Way::PrivateKeyJwt => {
                let key = reader.needed(PRIVATE_KEY, private_key)?;
                let secret = Some((secret::CLIENT_ASSERTION, key.clone()));
                Some(Self { auth: ClientAuth::Assertion, secret, signing: Some(signing), key: Some(key) })
            }
            Way::Tls => {
                reader.require("client_certificate");
                Some(Self { auth: ClientAuth::Tls, secret: None, signing: Some(signing), key: private_key })
            }
        }
    }
}

/// Settings of another way than the chosen one: one client proves itself in one way.
fn strangers(reader: &mut Reader<'_, '_>, chosen: Way, need: Need) {
    let by_secret = matches!(chosen, Way::Basic | Way::Body);
    if !by_secret {
        reader.fail_at(secret::CLIENT_SECRET, "has no use with this `client_auth`: leave one of them out");
    }
    let why = match need {
        _ if chosen == Way::PrivateKeyJwt => return,
        Need::Grant if reader.has(secret::ASSERTION) => {
            "signs nothing beside a ready `assertion`: leave one of them out, or write client_auth = \"private_key_jwt\""
        }
        Need::Grant => return,
        Need::Client | Need::Optional => {
            "belongs to client_auth = \"private_key_jwt\": leave it out, or change `client_auth`"
        }
    };
    for key in SIGNING_KEYS {
        reader.fail_at(key, why);
    }
}

impl Signing {
    pub(crate) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let mut text = |key: &str| reader.text(key).map(|at| at.value);
        let (key_id, key_digest, audience) = (text("key_id"), text("key_digest"), text("assertion_audience"));
        let names: Vec<_> = Algorithm::ALL.iter().map(|algorithm| (algorithm.name(), *algorithm)).collect();
        let revocation_audience = text("revocation_audience");
        if revocation_audience.is_some() {
            reader.require("revocation_url");
        }
        let algorithm = reader.choice("algorithm", &names).map(|at| at.value);
        let signs = vec![secret::CLIENT_ASSERTION];
        let (subject, claims) = (None, Vec::new());
        Self { key_id, key_digest, algorithm, audience, revocation_audience, signs, subject, claims }
    }

    /// Signs the grant as well.
    pub(crate) fn and_grant(mut self, grant: &GrantSpec) -> Self {
        self.signs.push(secret::ASSERTION);
        (self.subject, self.claims) = (grant.subject.clone(), grant.claims.clone());
        self
    }

    /// Whether the secret of that name is signed with the private key.
    pub(crate) fn signs(&self, name: &str) -> bool {
        self.signs.contains(&name)
    }

    /// Whether a revocation has an assertion of its own.
    pub(crate) fn signs_revocations(&self) -> bool {
        self.revocation_audience.is_some()
    }

    /// An assertion of `client_id`, signed now: about itself, or a grant.
    pub(crate) fn sign(&self, name: &str, key: &Secret, client_id: &str, token_url: &str) -> Result<Secret, Misuse> {
        let key = SigningKey::parse(key)?;
        let key = self.key_id.iter().fold(key, SigningKey::key_id);
        let key = self.key_digest.iter().fold(key, SigningKey::certificate_digest);
        let key = self.algorithm.into_iter().try_fold(key, SigningKey::algorithm)?;
        let assertion = Assertion::new(key, client_id, self.audience.as_deref().unwrap_or(token_url));
        if name == secret::REVOCATION_ASSERTION {
            return self.revocation_audience.iter().fold(assertion, Assertion::revocation_audience).sign_revocation();
        }
        if name != secret::ASSERTION {
            return assertion.sign();
        }
        let assertion = self.subject.iter().fold(assertion, Assertion::subject);
        let say = |assertion: Assertion, at: &At<(String, serde_json::Value)>| {
            assertion.claim(at.value.0.as_str(), at.value.1.clone())
        };
        self.claims.iter().fold(assertion, say).sign()
    }
}
