//! Hints between processes: one Redis list for each queue.
//!
//! Nothing here is needed for correctness, so every error means the same: the connection is
//! dropped, the caller goes on without hints, and the next call connects anew.

use std::time::Duration;

use noctule_domain::JobId;
use noctule_jobs::Queue;
use redis::{
    AsyncCommands, AsyncConnectionConfig, Client, IntoConnectionInfo, RedisError, RedisResult,
    Script, aio::MultiplexedConnection, io::tcp::TcpSettings,
};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Heard, MAX_HINTS};

/// How long a command may take that does not wait for hints.
const COMMAND_TIMEOUT: Duration = Duration::from_millis(500);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Ids in one push; Redis' Lua can unpack about 8,000.
const PUSH_SIZE: usize = 1_000;

/// Appends as many ids as there is room for; the bound holds whoever else pushes.
const PUSH: &str = r"
local room = tonumber(ARGV[1]) - redis.call('LLEN', KEYS[1])
local count = math.min(room, #ARGV - 1)
if count > 0 then redis.call('RPUSH', KEYS[1], unpack(ARGV, 2, count + 1)) end
return math.max(count, 0)
";

/// An address that is not one of a Redis server.
#[derive(Debug, thiserror::Error)]
#[error("not a Redis address; use redis://host:port or rediss://host:port")]
pub struct RedisAddressError(#[source] RedisError);

/// The lists of all queues, on one Redis.
#[derive(Debug)]
pub struct RedisHints {
    client: Client,
    connection: Mutex<Option<MultiplexedConnection>>,
}

/// A worker's own connection, because waiting for a list holds a connection up.
#[derive(Debug)]
pub(crate) struct RedisReader {
    client: Client,
    connection: Option<MultiplexedConnection>,
    key: String,
}

impl RedisHints {
    pub(super) fn new(url: &str) -> Result<Self, RedisAddressError> {
        let client = open(url).map_err(RedisAddressError)?;
        Ok(Self { client, connection: Mutex::default() })
    }

    pub(super) fn reader(&self, queue: Queue) -> RedisReader {
        RedisReader { client: self.client.clone(), connection: None, key: key_of(queue) }
    }

    pub(super) async fn ping(&self) -> bool {
        match self.connection().await {
            Ok(mut connection) => self.keep(connection.ping::<String>().await).await,
            Err(_) => false,
        }
    }

    pub(super) async fn push(&self, queue: Queue, ids: &[JobId]) -> bool {
        for chunk in ids.chunks(PUSH_SIZE) {
            let script = Script::new(PUSH);
            let mut call = script.key(key_of(queue));
            call.arg(MAX_HINTS);
            for id in chunk {
                call.arg(id.0.as_bytes());
            }
            let pushed = match self.connection().await {
                Ok(mut connection) => call.invoke_async::<i64>(&mut connection).await,
                Err(error) => Err(error),
            };
            if !self.keep(pushed).await {
                return false;
            }
        }
        true
    }

    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = &*slot {
            return Ok(connection.clone());
        }
        let connection = connect(&self.client, COMMAND_TIMEOUT).await?;
        Ok(slot.insert(connection).clone())
    }

    /// Tells whether a command succeeded; a connection that failed is not used again.
    async fn keep<T>(&self, outcome: RedisResult<T>) -> bool {
        if let Err(error) = outcome {
            tracing::debug!(%error, "redis does not answer");
            *self.connection.lock().await = None;
            return false;
        }
        true
    }
}

impl RedisReader {
    pub(super) async fn listen(&mut self, max: usize, patience: Duration) -> Heard {
        match self.try_listen(max, patience).await {
            Ok(heard) => heard,
            Err(error) => {
                tracing::debug!(%error, "redis does not answer");
                self.connection = None;
                Heard::Deaf
            }
        }
    }

    async fn try_listen(&mut self, max: usize, patience: Duration) -> RedisResult<Heard> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            slot => slot.insert(connect(&self.client, patience + COMMAND_TIMEOUT).await?),
        };
        let first: Option<(String, Vec<u8>)> =
            connection.blpop(&self.key, patience.as_secs_f64()).await?;
        let Some((_, first)) = first else { return Ok(Heard::Silence) };
        let mut hints = vec![first];
        if let Some(more) = std::num::NonZeroUsize::new(max.saturating_sub(1)) {
            let rest: Vec<Vec<u8>> = connection.lpop(&self.key, Some(more)).await?;
            hints.extend(rest);
        }
        // Whatever is not an id was not written by us, and is dropped.
        let ids = hints.iter().filter_map(|bytes| Uuid::from_slice(bytes).ok()).map(JobId);
        Ok(Heard::Hints(ids.collect()))
    }
}

/// Without Nagle's algorithm, which redis-rs leaves on: each command that follows an answer too
/// soon would wait for Redis' delayed acknowledgement, 40 ms on Linux.
fn open(url: &str) -> RedisResult<Client> {
    let address = url.into_connection_info()?;
    Client::open(address.set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

async fn connect(client: &Client, response: Duration) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(response));
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// The list's key; the braces keep it on one node of a Redis cluster.
fn key_of(queue: Queue) -> String {
    format!("noctule:{{{queue}}}:hints")
}
