//! Accepting connections, and letting go of them in good order.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::body::Body;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt};

use crate::{AppState, app};

/// How long a client may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long running requests may take to end when the process ends.
const GRACE: Duration = Duration::from_secs(10);
/// The pause after a connection could not be accepted, such as when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Begins to listen; clients that connect now are answered once [`serve`] runs.
///
/// # Errors
/// When nobody can listen on the address, such as when somebody else does.
pub async fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))
}

/// Serves the API until `shutdown` fires and running requests have ended.
pub async fn serve(listener: TcpListener, state: AppState, shutdown: CancellationToken) {
    let app = app(state);
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Answers are small and wait for nothing.
        let _ = stream.set_nodelay(true);
        let app = app.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut app = app.clone();
            async move { app.ready().await?.call(request.map(Body::new)).await }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A client that breaks off is nobody's concern.
            let _ = connection.await;
        });
    }
    if tokio::time::timeout(GRACE, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests still ran after {GRACE:?}");
    }
}
