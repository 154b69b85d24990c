//! Many connections that post prepared requests.

use std::{net::SocketAddr, sync::Arc};

use anyhow::bail;

use crate::{
    http::Connection,
    load::{Load, LoadClient, closed_loop},
};

/// A connection that posts prepared requests.
struct Sender {
    connection: Connection,
    requests: Arc<Vec<Vec<u8>>>,
    /// The status that means that a request was accepted.
    accepted: u16,
}

/// Posts all requests from so many connections. The first `warm_up` of them are not measured.
pub(super) async fn post_all(
    server: SocketAddr,
    connections: usize,
    requests: Vec<Vec<u8>>,
    (warm_up, accepted): (usize, u16),
) -> anyhow::Result<Load> {
    let requests = Arc::new(requests);
    let (mut early, mut late) = (Vec::new(), Vec::new());
    for clients in [&mut early, &mut late] {
        for _ in 0..connections {
            let connection = Connection::open(server).await?;
            clients.push(Sender { connection, requests: Arc::clone(&requests), accepted });
        }
    }
    closed_loop(early, 0..warm_up).await?;
    closed_loop(late, warm_up..requests.len()).await
}

impl LoadClient for Sender {
    async fn run(&mut self, number: usize) -> anyhow::Result<()> {
        let answer = self.connection.exchange(&self.requests[number]).await?;
        if answer.status != self.accepted {
            bail!("HTTP {}: {}", answer.status, String::from_utf8_lossy(answer.body));
        }
        Ok(())
    }
}
