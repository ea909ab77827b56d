//! What a refused client proved itself with, if it was no secret: a certificate, or an assertion it signed. Pure.

use super::login::{self, Skew};
use super::report::Cause;
use super::sent::Asks;

/// Servers look at an assertion's dates more closely than that.
const LEEWAY: u64 = 30;

/// A connection that the server broke off for want of a certificate, or because of the one that was `shown`.
pub(super) fn certificate(shown: bool) -> Cause {
    if shown {
        return Cause::new(
            "client-certificate-refused",
            "the server does not take the client certificate: another authority issued it than the server trusts, or it has \
             ended or was revoked",
            "look at it (openssl x509 -noout -issuer -enddate -in FILE), and ask the server's owner for the right one",
        );
    }
    Cause::new(
        "client-certificate-missing",
        "the server lets nobody in without a client certificate, and none is shown",
        "set client_certificate, and client_key where the key is in another file",
    )
}

/// The connection is fine, and the certificate is not this client's.
pub(super) fn other_client() -> Cause {
    Cause::new(
        "client-certificate-wrong",
        "the server took the client certificate, and does not know it as that of this client_id",
        "have the certificate registered for the client, or show the one that is; compare client_id too",
    )
}

/// A web page of nginx and of those who learnt from it: they complain of a certificate in HTML.
pub(super) fn is_complaint(page: &[u8]) -> bool {
    [&b"SSL certificate"[..], b"client certificate"]
        .iter()
        .any(|words| page.windows(words.len()).any(|it| it == *words))
}

/// Why a signed assertion may be refused, by what the server said (in lower case), by how far its clock is ahead, and by
/// what it asks for: it speaks for the client, or is the grant itself.
pub(super) fn assertion(text: &str, ahead: Skew, asks: Asks) -> Vec<Cause> {
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let mut causes = Vec::new();
    causes.extend(ahead.filter(|ahead| ahead.unsigned_abs() > LEEWAY).map(login::clock_off));
    let audience = Cause::new(
        "assertion-audience",
        "the assertion is for another audience than the server calls itself",
        "set assertion_audience to what its documentation says: the issuer's URL, or the token URL to the letter",
    );
    let key = Cause::new(
        "assertion-key",
        "the server does not know the key that signs for this client, or expects another algorithm",
        "have the public half registered for this client_id, and set key_id and algorithm as the server has them",
    );
    let client = match asks {
        Asks::Assertion => Cause::new(
            "assertion-subject",
            "the server does not know whom the assertion speaks of, or does not let this issuer speak for them",
            "compare `subject`, and client_id, which is the issuer, with what is registered there",
        ),
        _ => Cause::new(
            "assertion-client",
            "the server knows no such client, or not as one that signs",
            "compare client_id, and have private_key_jwt allowed for it",
        ),
    };
    let claims = |name: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == name);
    causes.extend(if claims("audience") || claims("aud") {
        [audience, key, client]
    } else if says(&["issuer", "does not sign", "unknown client", "subject"]) || claims("iss") || claims("sub") {
        [client, key, audience]
    } else {
        [key, audience, client]
    });
    causes
}
