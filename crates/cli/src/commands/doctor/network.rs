//! The way to the token endpoint, stage by stage; nothing is said on it yet.

use hallpass_blocking::probe::{self, Failed, Flaw};
use hallpass_client::Config;
use hallpass_core::{Endpoint, Origin, Request, SendError};
use hallpass_profile::Profile;

use super::report::{Cause, Step};
use super::{Patient, causes, own_url, proofs};
use crate::failure::{Failure, Kind};

/// Names of proxies that other programs take from the environment.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];

/// Where the login goes: the request's own URL, or what the profile says.
pub(super) fn endpoint(profile: &Profile, request: Option<&Request>) -> Option<Endpoint> {
    request.map(|request| request.endpoint.clone()).or_else(|| own_url(profile))
}

/// A stage that failed.
struct Stuck<'a> {
    step: &'static str,
    at: &'a Origin,
    failed: Failed,
}

impl Patient<'_> {
    /// Whether a request can be sent.
    pub(super) fn network(&mut self, config: &Config, endpoint: &Endpoint) -> bool {
        let Err(stuck) = self.reach(config, endpoint.origin()) else { return true };
        self.steps.push(stuck.told(config));
        false
    }

    /// Goes from stage to stage, up to the one that fails.
    fn reach<'a>(&mut self, config: &'a Config, origin: &'a Origin) -> Result<(), Stuck<'a>> {
        let stuck = |step, at| move |failed| Stuck { step, at, failed };
        let proxy = config.get_proxy().filter(|_| origin.is_https());
        let first = proxy.map_or(origin, |proxy| proxy.origin());
        let what = if proxy.is_some() { "the proxy " } else { "" };
        let within = config.egress_rules().connect_timeout.min(config.egress_rules().timeout);

        let addresses = probe::resolve(&first.host(), first.port(), within).map_err(stuck("dns", first))?;
        let listed: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
        self.works("dns", format!("{what}{}: {}", first.host(), listed.join(", ")));

        let mut stream = probe::connect(&addresses, within).map_err(stuck("connect", first))?;
        self.works("connect", format!("{what}{first}"));

        if !origin.is_https() {
            self.works("tls", "none: the URL begins with http");
            return Ok(());
        }
        if let Some(proxy) = proxy {
            stream = probe::tunnel(stream, proxy, origin).map_err(stuck("proxy", first))?;
            self.works("proxy", format!("a tunnel to {origin}"));
        }
        let version = probe::handshake(config, origin, stream).map_err(stuck("tls", origin))?;
        self.works("tls", format!("{version}, and the certificate is good for {}", origin.host()));
        Ok(())
    }

    fn works(&mut self, step: &'static str, seen: impl Into<String>) {
        self.steps.push(Step::seen(step, seen, Vec::new()));
    }
}

impl Stuck<'_> {
    fn told(self, config: &Config) -> Step {
        let Self { step, at, failed } = self;
        let (SendError::NotSent(why) | SendError::Untrusted(why) | SendError::MaybeSent(why)) = &failed.error;
        let failure = Failure::new(Kind::Unreachable, format!("{at}: {why}"));
        let failure = if matches!(failed.error, SendError::Untrusted(_)) { failure } else { failure.may_pass(None) };
        let mut causes = vec![match failed.flaw {
            Flaw::Client => proofs::certificate(config.get_client_certificate().is_some()),
            flaw => cause(flaw, step, at),
        }];
        let through = config.get_proxy().is_some();
        let named = PROXIES.iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        if let Some(name) = named.filter(|_| !through && step != "tls") {
            causes.push(Cause::new(
                "proxy-needed",
                format!("{name} names a proxy, which other programs use and hallpass does not take by itself"),
                "set `proxy = \"http://host:port\"` in the profile",
            ));
        }
        Step::failed(step, failure, causes)
    }
}

fn cause(flaw: Flaw, step: &str, at: &Origin) -> Cause {
    let (host, port) = (at.host(), at.port());
    match flaw {
        Flaw::Name => Cause::new(
            "dns",
            format!("nobody knows a host by the name {host}"),
            "check its spelling, this machine's name service, and whether a VPN is needed",
        ),
        Flaw::Refused => Cause::new(
            "refused",
            format!("nothing listens at port {port} of {host}"),
            "check the port, and whether the server runs",
        ),
        Flaw::Timeout if step == "tls" => Cause::new(
            "tls-timeout",
            "something took the connection and said nothing",
            "check the port; a firewall may hold the connection",
        ),
        Flaw::Timeout => Cause::new(
            "timeout",
            "no answer came in time: a firewall drops it, or a proxy or VPN is needed",
            "try from another network, set `proxy`, or raise connect_timeout",
        ),
        Flaw::NotTls => Cause::new(
            "not-tls",
            format!("port {port} does not speak TLS: it is a plain http port, or another service"),
            "check the port in the URL",
        ),
        Flaw::Expired => Cause::new(
            "certificate-expired",
            "the server's certificate has expired, or this machine's clock is ahead",
            "compare the clock with a watch; if it is right, whoever runs the server has to renew it",
        ),
        Flaw::NotYetValid => Cause::new(
            "certificate-not-yet-valid",
            "the certificate is not valid yet: this machine's clock is behind, or the certificate is too new",
            "set the clock",
        ),
        Flaw::WrongName => Cause::new(
            "certificate-name",
            format!("the certificate is for another name than {host}"),
            "write the host as the certificate has it; behind a proxy or a tunnel, check where it leads",
        ),
        Flaw::Untrusted => Cause::new(
            "certificate-untrusted",
            "no trusted authority vouches for the certificate: a private one, or a proxy that reads along",
            "put its authority into a PEM file and set `ca_file`, or among the system's and set roots = \"platform\"",
        ),
        Flaw::ProxyCredentials => causes::proxy_credentials(),
        Flaw::ProxyRefuses(_) => Cause::new(
            "proxy-refuses",
            "the proxy does not let this through, or cannot reach the server",
            "ask whoever runs it to allow the host and port",
        ),
        Flaw::NoProxy => Cause::new("no-proxy", "what listens there is no HTTP proxy", "check `proxy`"),
        _ => Cause::new("connection", "the connection failed", "try again; check what is between here and the server"),
    }
}
