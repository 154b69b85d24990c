//! A lean HTTP/1.1 client for one kept connection.
//!
//! It sends bytes that were made before and reads answers whose length is told, which is all that
//! a load generator needs; a whole client would take the cores from the server.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Room for an answer, so that a usual one is read at once.
const BUFFER: usize = 16 * 1024;

/// A kept connection.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, in the connection's buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer<'c> {
    pub(crate) status: u16,
    pub(crate) body: &'c [u8],
}

/// What the head of an answer tells.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Where the body begins and ends.
    body: std::ops::Range<usize>,
}

impl Connection {
    /// Connects to a server.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { address, stream: connect(address).await?, buffer: Vec::with_capacity(BUFFER) })
    }

    /// Sends a request and reads its answer. After an error the next call connects anew.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        let head = match self.try_exchange(request).await {
            Ok(head) => head,
            Err(error) => {
                self.stream = connect(self.address).await?;
                return Err(error);
            }
        };
        Ok(Answer { status: head.status, body: &self.buffer[head.body] })
    }

    async fn try_exchange(&mut self, request: &[u8]) -> anyhow::Result<Head> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut head = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if head.is_none() {
                head = read_head(&self.buffer)?;
            }
            if let Some(found) = head.take_if(|head| head.body.end <= self.buffer.len()) {
                return Ok(found);
            }
        }
    }
}

async fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(address).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads the head of an answer, or nothing when it is not whole yet.
fn read_head(bytes: &[u8]) -> anyhow::Result<Option<Head>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end]).context("the answer's head is not text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|first| first.split(' ').nth(1)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    match (status, length) {
        (Some(status), Some(length)) => {
            let begin = end + 4;
            Ok(Some(Head { status, body: begin..begin + length }))
        }
        _ => bail!("the answer tells no status or no length: {head:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_when_they_are_whole() {
        let whole = b"HTTP/1.1 201 Created\r\nx: y\r\nContent-Length: 2\r\n\r\n{}";
        let head = read_head(whole).unwrap().unwrap();
        assert_eq!(head, Head { status: 201, body: whole.len() - 2..whole.len() });
        assert_eq!(read_head(&whole[..30]).unwrap(), None);
        assert!(read_head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
