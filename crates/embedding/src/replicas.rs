//! The threads that run the engine, and the one bounded queue that feeds them.
//!
//! A request is cut into small batches that all replicas share, so one large request does not
//! keep the others waiting. This knows nothing of models.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use async_channel::{Receiver, Sender};

use crate::{EmbeddingError, Vector, engine::Engine};

/// The most texts in a batch, enough to fill a matrix product with the shortest ones. Twice as
/// many gained under 4 % on lines of 12 tokens, half as many lost 10 %.
const MAX_BATCH_TEXTS: usize = 16;

/// The bytes of text that make a batch, about 500 tokens: larger products gained nothing, and
/// would make others wait longer and the working memory leave the cache.
const BATCH_BYTES: usize = 2048;

/// What a text counts at most in [`BATCH_BYTES`]: behind that it is cut off anyway.
const TEXT_BYTES: usize = 1024;

/// Running replicas. Dropping them ends their threads; whoever still waits gets an error.
pub(crate) struct Replicas {
    queue: Sender<Batch>,
    is_stopping: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// A part of a request.
pub(crate) struct Batch {
    texts: Vec<String>,
    /// Where in the request each text was.
    places: Vec<usize>,
    answers: Sender<Answer>,
}

type Answer = Result<Vec<(usize, Vector)>, EmbeddingError>;

/// A request on its way: what is still to be queued, and where the answers arrive.
pub(crate) struct Request {
    /// Batches that are not queued yet.
    pub(crate) batches: std::vec::IntoIter<Batch>,
    answers: Receiver<Answer>,
    vectors: Vec<Option<Vector>>,
}

impl Replicas {
    /// Starts `count` threads that share `engine`; the queue holds `queue_batches` batches.
    pub(crate) fn start(
        engine: Engine,
        count: usize,
        queue_batches: usize,
    ) -> Result<(Self, Arc<Engine>), EmbeddingError> {
        let engine = Arc::new(engine);
        let (queue, batches) = async_channel::bounded(queue_batches);
        let mut replicas =
            Self { queue, is_stopping: Arc::default(), threads: Vec::with_capacity(count) };
        for index in 0..count {
            let (engine, batches) = (Arc::clone(&engine), batches.clone());
            let is_stopping = Arc::clone(&replicas.is_stopping);
            let thread = thread::Builder::new()
                .name(format!("embed-{index}"))
                .spawn(move || run(&engine, &batches, &is_stopping))
                .map_err(EmbeddingError::ThreadNotStarted)?;
            replicas.threads.push(thread);
        }
        Ok((replicas, engine))
    }

    /// The queue's entrance.
    pub(crate) const fn queue(&self) -> &Sender<Batch> {
        &self.queue
    }

    /// Cuts a request into batches.
    pub(crate) fn plan(&self, texts: Vec<String>) -> Request {
        Request::new(texts, self.threads.len())
    }
}

impl Drop for Replicas {
    fn drop(&mut self) {
        // The flag comes first: a thread that is woken by the closing must see it, or it would
        // work off a queue that nobody waits for.
        self.is_stopping.store(true, Ordering::SeqCst);
        self.queue.close();
        for thread in self.threads.drain(..) {
            // Panics of the engine are caught, so only a defect of this file could end up here,
            // and there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

impl Request {
    fn new(texts: Vec<String>, replicas: usize) -> Self {
        let count = texts.len();
        let batch_count = count_batches(&texts, replicas);
        let mut sorted: Vec<(usize, String)> = texts.into_iter().enumerate().collect();
        sorted.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
        // One place for every batch, so that a replica never waits to answer.
        let (answers, receiver) = async_channel::bounded(batch_count.max(1));
        let new_batch =
            || Batch { texts: Vec::new(), places: Vec::new(), answers: answers.clone() };
        let mut batches: Vec<Batch> = std::iter::repeat_with(new_batch).take(batch_count).collect();
        // Dealt out like cards, there and back, so that all batches take about as long. They need
        // no texts of one length, because nothing is padded.
        for (index, (place, text)) in sorted.into_iter().enumerate() {
            let (round, seat) = (index / batch_count, index % batch_count);
            let seat = if round % 2 == 0 { seat } else { batch_count - 1 - seat };
            batches[seat].texts.push(text);
            batches[seat].places.push(place);
        }
        Self { batches: batches.into_iter(), answers: receiver, vectors: vec![None; count] }
    }

    /// Waits for all answers, blocking the thread.
    pub(crate) fn wait(mut self) -> Result<Vec<Vector>, EmbeddingError> {
        // The channel closes when the last batch is answered or thrown away.
        while let Ok(answer) = self.answers.recv_blocking() {
            self.take(answer?);
        }
        self.finish()
    }

    /// Waits for all answers in an async function.
    pub(crate) async fn wait_async(mut self) -> Result<Vec<Vector>, EmbeddingError> {
        while let Ok(answer) = self.answers.recv().await {
            self.take(answer?);
        }
        self.finish()
    }

    fn take(&mut self, vectors: Vec<(usize, Vector)>) {
        for (place, vector) in vectors {
            self.vectors[place] = Some(vector);
        }
    }

    /// A missing vector means that its batch was thrown away.
    fn finish(self) -> Result<Vec<Vector>, EmbeddingError> {
        self.vectors.into_iter().collect::<Option<_>>().ok_or(EmbeddingError::Stopped)
    }
}

/// As few batches as the limits allow, but for every replica the same number.
fn count_batches(texts: &[String], replicas: usize) -> usize {
    let bytes: usize = texts.iter().map(|text| text.len().min(TEXT_BYTES)).sum();
    let needed = bytes.div_ceil(BATCH_BYTES).max(texts.len().div_ceil(MAX_BATCH_TEXTS));
    needed.next_multiple_of(replicas).min(texts.len())
}

fn run(engine: &Engine, batches: &Receiver<Batch>, is_stopping: &AtomicBool) {
    while let Ok(batch) = batches.recv_blocking() {
        let is_abandoned = batch.answers.is_closed();
        if is_abandoned || is_stopping.load(Ordering::SeqCst) {
            continue;
        }
        // The engine has no state that a panic could leave half changed.
        let result = catch_unwind(AssertUnwindSafe(|| engine.embed(&batch.texts)))
            .unwrap_or_else(|panic| Err(EmbeddingError::EnginePanicked { message: say(&*panic) }));
        let answer = result.map(|vectors| batch.places.into_iter().zip(vectors).collect());
        // Fails only when the caller has gone, which is its right.
        let _ = batch.answers.try_send(answer);
    }
}

fn say(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = || panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(owned).unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(count: usize) -> Vec<String> {
        (0..count).map(|index| "x".repeat(index * 37 % 101)).collect()
    }

    #[track_caller]
    fn check(texts: Vec<String>, replicas: usize, batch_count: usize, most_texts: usize) {
        let count = texts.len();
        let total: usize = texts.iter().map(String::len).sum();
        let longest = texts.iter().map(String::len).max().unwrap_or(0);
        let batches: Vec<Batch> = Request::new(texts, replicas).batches.collect();
        assert_eq!(batches.len(), batch_count);
        let mut places: Vec<usize> =
            batches.iter().flat_map(|batch| batch.places.clone()).collect();
        places.sort_unstable();
        assert_eq!(places, (0..count).collect::<Vec<_>>());
        for batch in &batches {
            let size: usize = batch.texts.iter().map(String::len).sum();
            assert!((1..=most_texts).contains(&batch.texts.len()), "{}", batch.texts.len());
            assert!(size <= total / batch_count + longest, "{size} of {total}");
        }
    }

    #[test]
    fn a_request_is_dealt_out_evenly_within_the_limits() {
        check(texts(0), 2, 0, 0);
        check(texts(1), 2, 1, 1);
        check(texts(8), 2, 2, 4);
        check(texts(9), 1, 1, 9);
        check(texts(64), 2, 4, 16);
        check(texts(200), 2, 14, 15);
        check(vec!["x".repeat(1_000_000); 4], 1, 2, 2);
        check(vec!["x".repeat(BATCH_BYTES / 2); 4], 2, 2, 2);
    }
}
