//! hallpass-blocking, and bare ureq.

use core::hint::black_box;
use hallpass_blocking::{Client, Config, Want};
use ureq::Agent;

use super::{CONNECT_TIMEOUT, FORM, Grant, Side, TIMEOUT, authorization};
use crate::Result;

pub(super) fn hallpass(name: &'static str, config: Config) -> Result<Side> {
    let client = Client::new(config)?;
    // The server gives one token over and over; not to want it makes every call a login.
    let want = Want { not: Some(client.token()?.id()), ..Want::default() };
    Ok(Side::new(name, move |times| {
        for _ in 0..times {
            black_box(client.token_with(&want)?);
        }
        Ok(())
    }))
}

pub(super) fn bare(name: &'static str, url: &str, timeouts: bool) -> Side {
    let config = Agent::config_builder();
    let config = if timeouts {
        config
            .timeout_global(Some(TIMEOUT))
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
    } else {
        config
    };
    let agent = Agent::new_with_config(config.build());
    let (url, authorization) = (url.to_owned(), authorization());
    Side::new(name, move |times| {
        for _ in 0..times {
            let request = agent.post(&url).header("authorization", &authorization);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let body = request.send(FORM)?.body_mut().read_to_vec()?;
            black_box(Grant::read(&body)?);
        }
        Ok(())
    })
}
