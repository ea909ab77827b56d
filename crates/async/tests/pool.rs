//! Many callers, many keys, one pool: one flight a key, shared connections.

use std::sync::Arc;

use hallpass_async::{Client, Config, Pool};
use hallpass_core::dialect::{BasicForm, Dialect};
use hallpass_core::{Endpoint, Error, Secrets, secret};
use hallpass_testserver::script::{Reply, ScriptServer, answers};
use tokio::task::JoinSet;

const CALLERS: usize = 1_000;
const KEYS: usize = 100;

fn server() -> ScriptServer {
    let token = || Reply::json(200, r#"{"access_token":"tok","expires_in":60}"#);
    ScriptServer::start(answers((0..2 * CALLERS).map(|_| token()))).expect("a server")
}

fn client(pool: &Pool, url: &str, tenant: usize) -> Result<Client, Error> {
    let dialect = BasicForm::new(Endpoint::parse(url).expect("a URL"), format!("tenant-{tenant}"));
    pool.client(&dialect.key(), || Ok(Config::new(dialect.clone(), Secrets::one(secret::CLIENT_SECRET, "s"))))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_of_a_hundred_keys_make_a_hundred_requests() {
    let (server, pool) = (server(), Arc::new(Pool::new(KEYS)));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (pool, url) = (pool.clone(), server.url("/token"));
        callers.spawn(async move { client(&pool, &url, caller % KEYS)?.token().await.map(drop) });
    }
    assert!(callers.join_all().await.iter().all(Result::is_ok));
    assert_eq!((server.requests().len(), pool.len()), (KEYS, KEYS));
    for client in pool.clients() {
        client.close().await;
    }
}

#[tokio::test]
async fn tenants_that_come_one_after_the_other_share_a_connection_and_make_room() {
    let (server, pool) = (server(), Pool::new(KEYS / 2));
    for tenant in 0..KEYS {
        let client = client(&pool, &server.url("/token"), tenant).expect("a client");
        client.token().await.expect("a token");
    }
    assert_eq!((server.requests().len(), server.connections(), pool.len()), (KEYS, 1, KEYS / 2));
}
