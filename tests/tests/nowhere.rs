//! A middleware that gives no call a token says so: when it is made, if its login lists no origin; at the first call that has
//! none.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use hallpass_client::Config;
use hallpass_core::dialect::BasicForm;
use hallpass_core::{Endpoint, Secrets, secret};
use tower::{ServiceBuilder, ServiceExt as _};
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
fn a_middleware_that_gives_no_call_a_token_says_so() {
    let warnings = Warnings::default();
    let subscriber = Registry::default().with(warnings.clone());
    tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
    let told = || std::mem::take(&mut *warnings.0.lock().expect("nobody panics under it"));
    whose_login_lists_no_origin(&told);
    whose_calls_have_no_origin(&told);
}

fn whose_login_lists_no_origin(told: &dyn Fn() -> Vec<String>) {
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

/// As those of a client that tonic generates, whose bodies are no `Clone` either.
fn whose_calls_have_no_origin(told: &dyn Fn() -> Vec<String>) {
    struct Message;

    let url = Endpoint::parse("https://auth.example/token").expect("a URL");
    let config = Config::new(BasicForm::new(url, "demo-client"), Secrets::one(secret::CLIENT_SECRET, "demo-secret"));
    let config = config.api_url("https://api.example/").expect("a URL");
    let layer = hallpass_tower::BearerLayer::new(hallpass_async::Client::new(config).expect("a client"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let call = |strict: bool| {
        let layer = if strict { layer.clone().strict() } else { layer.clone() };
        let api = tower::service_fn(async |_: http::Request<Message>| Ok::<_, Infallible>(http::Response::new(())));
        let service = ServiceBuilder::new().layer(layer.copied_by(|_: &Message| None)).service(api);
        let request = http::Request::post("/pkg.Greeter/SayHello").body(Message).expect("a request");
        runtime.block_on(service.oneshot(request)).is_ok()
    };
    assert!(!call(true) && told().is_empty(), "an error says so already");
    assert!(call(false));
    let warnings = told();
    assert!(matches!(&*warnings, [one] if one.contains("with_origin")), "{warnings:?}");
    assert!(call(false) && told().is_empty(), "once");
}
