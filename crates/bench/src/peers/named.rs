//! Every peer, by name.

use tokio::runtime::Runtime;

use super::{Peer, Transport};
use crate::Result;

/// Those that were built in.
pub const NAMES: &[&str] = &[
    "hallpass",
    #[cfg(feature = "huskarl")]
    "huskarl",
    #[cfg(feature = "google")]
    "google-cloud-auth",
    #[cfg(feature = "azure")]
    "azure_identity",
    #[cfg(feature = "aws-identity")]
    "aws-smithy-runtime",
    #[cfg(feature = "yup-oauth2")]
    "yup-oauth2",
    #[cfg(feature = "tame-oauth")]
    "tame-oauth",
    #[cfg(feature = "reqsign")]
    "reqsign",
    #[cfg(feature = "oauth2")]
    "oauth2",
];

/// What is done with a peer of any type. The program that times it implements this, so that it is compiled there: from
/// here, less of it would be inlined.
pub trait Visit {
    /// What comes of it.
    type Done;

    /// Does it, with a peer that holds nothing yet.
    fn visit<P: Peer>(self, peer: P) -> Result<Self::Done>;
}

/// Makes the peer of this name, that asks at this URL.
pub fn visit<V: Visit>(runtime: &Runtime, name: &str, url: &str, visitor: V) -> Result<V::Done> {
    let transport = || Transport::network(url);
    match name {
        "hallpass" => visitor.visit(super::hallpass::Hallpass::new(url)?),
        #[cfg(feature = "huskarl")]
        "huskarl" => visitor.visit(super::huskarl::Huskarl::new(transport()?)?),
        #[cfg(feature = "google")]
        "google-cloud-auth" => visitor.visit(super::google::Google::new(url)?),
        #[cfg(feature = "azure")]
        "azure_identity" => visitor.visit(super::azure::Azure::new(transport()?)?),
        #[cfg(feature = "aws-identity")]
        "aws-smithy-runtime" => visitor.visit(super::aws::Aws::new(transport()?)?),
        #[cfg(feature = "yup-oauth2")]
        "yup-oauth2" => visitor.visit(runtime.block_on(super::yup::Yup::new(url))?),
        #[cfg(feature = "tame-oauth")]
        "tame-oauth" => visitor.visit(super::tame::Tame::new(transport()?)?),
        #[cfg(feature = "reqsign")]
        "reqsign" => visitor.visit(super::reqsign::Reqsign::new(transport()?)),
        #[cfg(feature = "oauth2")]
        "oauth2" => visitor.visit(super::oauth2::OAuth2::new(transport()?)?),
        other => Err(format!("no such peer: {other}").into()),
    }
}
