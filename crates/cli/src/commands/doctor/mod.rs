//! `hallpass doctor`: one step after the other, what was seen at it, and what to do if it fails.
//!
//! | module | what it holds |
//! |---|---|
//! | `report` | steps, causes, and how they are printed |
//! | `holding` | the store: what it holds of the login, and whether it can be locked |
//! | `network` | name, connection, proxy, TLS |
//! | `login` | the secrets, the one login, the other spellings, the clock |
//! | `api` | the call with the token |
//! | `sent` | what a login sent |
//! | `settings` | what a profile of a dialect calls its settings |
//! | `flaws`, `causes`, `refusals`, `proofs`, `variants` | the diagnoses: pure |

mod api;
mod causes;
mod flaws;
mod holding;
mod login;
mod network;
mod proofs;
mod refusals;
mod report;
mod sent;
mod settings;
mod variants;

use hallpass_blocking::Client;
use hallpass_client::Config;
use hallpass_core::Endpoint;
use hallpass_profile::Profile;
use hallpass_store::Memory;

use crate::args::{Doctor, Globals, Report};
use crate::failure::Failure;
use crate::output;
use report::{Cause, Findings, Step};

pub(super) fn run(globals: &Globals, args: &Doctor) -> Result<(), Failure> {
    let mut patient = Patient { globals, args, steps: Vec::new(), logins: 0 };
    patient.examine();
    let findings = Findings::of(&args.profile, patient.logins, patient.steps);
    output::print(&match args.format {
        Report::Text => output::plain(&findings.text()),
        Report::Json => output::json(&findings)?,
    })?;
    findings.failure().map_or(Ok(()), Err)
}

/// A profile under examination, and what was found so far.
struct Patient<'a> {
    globals: &'a Globals,
    args: &'a Doctor,
    steps: Vec<Step>,
    logins: usize,
}

impl Patient<'_> {
    /// As far as it goes; what is not reached is told as not tried.
    fn examine(&mut self) {
        let Some((profile, config)) = self.profile() else { return };
        let holding = self.store(&profile, &config);
        let prepared = self.secret(&profile, &config, &holding);
        let request = prepared.as_ref().map(|prepared| &prepared.request);
        let Some(endpoint) = network::endpoint(&profile, request) else { return };
        let reached = self.network(&config, &endpoint);
        let (Some(prepared), true) = (prepared, reached) else { return };
        let client = match Client::new(config) {
            Ok(client) => client,
            Err(error) => return self.steps.push(Step::failed("token endpoint", error.into(), Vec::new())),
        };
        if let Some((grant, skew)) = self.login(&profile, &client, &prepared) {
            self.open_latch(&profile, &holding, &prepared.secrets);
            self.api(&profile, &client, &grant, skew);
        }
    }

    /// What the profile says, without a secret.
    fn profile(&mut self) -> Option<(Profile, Config)> {
        let found = self.globals.profiles().and_then(|profiles| {
            let profile = profiles.get(&self.args.profile)?;
            let config = profile.config_on(Memory::new())?;
            Ok((profiles.path().display().to_string(), profile, config))
        });
        let (path, profile, config) = match found {
            Ok(found) => found,
            Err(failure) => {
                let cause = Cause::new(
                    "profile",
                    "the profile cannot be used as it stands",
                    "correct what the line above names; `hallpass profiles` lists what there is",
                );
                self.steps.push(Step::failed("profile", failure, vec![cause]));
                return None;
            }
        };
        let warnings = profile.warnings().into_iter();
        let warnings = warnings
            .map(|warning| Cause::new("profile-warning", warning.to_string(), "it works, but is better changed"));
        let seen = format!("{} in {path}: {} at {}", profile.name(), profile.dialect(), profile.token_url());
        self.steps.push(Step::seen("profile", seen, warnings.collect()));
        Some((profile, config))
    }
}

/// Where the profile's login goes, as far as its own text says.
fn own_url(profile: &Profile) -> Option<Endpoint> {
    Endpoint::parse(profile.token_url().split('?').next().unwrap_or_default()).ok()
}
