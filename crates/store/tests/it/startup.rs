//! Opening a store: migrations, durability, addresses.

use noctule_store::{Store, StoreConfig, StoreError};

use crate::databases::{on_both, open, postgres};

#[tokio::test]
async fn the_database_tells_the_time() {
    on_both(async |test| {
        let now = test.store.ping().await.unwrap();
        assert!(now.as_micros() > 1_700_000_000_000_000, "{now}");
    })
    .await;
}

#[tokio::test]
async fn opening_twice_migrates_once() {
    on_both(async |test| {
        let (first, second) = tokio::join!(open(&test.url), open(&test.url));
        assert!(first.ping().await.is_ok() && second.ping().await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_forgets_is_refused() {
    let Some(test) = postgres().await else {
        println!("skipped: NOCTULE_TEST_DATABASE_URL is not set");
        return;
    };
    let url = format!("{}?options=-c%20synchronous_commit%3Doff", test.url);
    let error = Store::open(&StoreConfig { url, max_connections: 1 }).await.unwrap_err();
    let StoreError::NotDurable { setting, .. } = &error else { panic!("{error}") };
    assert_eq!(*setting, "synchronous_commit");
}

#[tokio::test]
async fn an_unknown_address_is_refused_without_its_password() {
    let url = "mysql://root:secret@localhost/noctule".to_owned();
    let error = Store::open(&StoreConfig { url, max_connections: 1 }).await.unwrap_err();
    assert!(matches!(error, StoreError::Address { .. }), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn an_absent_server_is_an_outage() {
    let url = "postgres://noctule@127.0.0.1:1/noctule".to_owned();
    let error = Store::open(&StoreConfig { url, max_connections: 1 }).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
}
