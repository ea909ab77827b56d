//! A middleware whose login lists no origin says so when it is made.

use std::sync::{Arc, Mutex};

use hallpass_client::Config;
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

/// The warnings of this process.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "hallpass" && *event.metadata().level() == Level::WARN {
            event.record(&mut Message(&mut self.0.lock().expect("nobody panics under it")));
        }
    }
}

struct Message<'a>(&'a mut Vec<String>);

impl Visit for Message<'_> {
    fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
        self.0.push(format!("{value:?}"));
    }
}

/// One test, since a process has one subscriber.
#[test]
fn a_middleware_whose_login_lists_no_origin_says_so() {
    let warnings = Warnings::default();
    let subscriber = Registry::default().with(warnings.clone());
    tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
    let told = || std::mem::take(&mut *warnings.0.lock().expect("nobody panics under it"));

    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let nowhere = Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let somewhere = nowhere.clone().api_url("https://api.example/").expect("a URL");
    for (config, warned) in [(nowhere, true), (somewhere, false)] {
        let asynchronous = || hallpass_async::Client::new(config.clone()).expect("a client");
        let makers: [(&str, &dyn Fn()); 3] = [
            ("tower", &|| drop(hallpass_tower::BearerLayer::new(asynchronous()))),
            ("reqwest", &|| drop(hallpass_reqwest_middleware::Bearer::new(asynchronous()))),
            ("ureq", &|| {
                let login = hallpass_blocking::Client::new(config.clone()).expect("a client");
                drop(hallpass_ureq::Bearer::new(login));
            }),
        ];
        for (name, make) in makers {
            make();
            let warning = "the token goes to no origin: set api_url".to_owned();
            assert_eq!(told(), Vec::from_iter(warned.then_some(warning)), "{name}");
        }
    }
}
