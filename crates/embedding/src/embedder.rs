//! The one type that everybody uses: an engine, its replicas and how to ask them.

use std::{future::Future, sync::Arc, thread};

use crate::{EmbeddingError, ModelDir, Vector, engine::Engine, replicas::Replicas};

/// Replicas beyond this number are not started: they would wait for memory, not compute.
const MAX_REPLICAS: usize = 64;

/// How an embedder runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedderConfig {
    /// How many threads embed side by side, 1 to 64 (other values are brought into that range).
    /// They share the weights; each needs 5 to 30 MB of its own.
    pub replicas: usize,
    /// How many batches of up to 16 texts may wait, at least 1; who comes later is held back.
    pub queue_batches: usize,
}

impl Default for EmbedderConfig {
    /// One replica a core, and room for 64 batches: a few seconds of work.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self { replicas: cores, queue_batches: 64 }
    }
}

/// Turns texts into [`Vector`]s. Cheap to share behind an `Arc`; dropping it ends its threads.
pub struct Embedder {
    engine: Arc<Engine>,
    replicas: Replicas,
}

impl Embedder {
    /// Checks the model's files, loads them and tries them on one text. Takes well below a second.
    ///
    /// The process should be started with `RAYON_NUM_THREADS=1`. Without it everything works, on
    /// one thread a replica as well, but candle counts the cores in `/proc/cpuinfo` for each of
    /// 24 matrix products: 19 microseconds on 2 cores, a tenth of the time of one short text and
    /// a hundredth of that of a full batch, and more the more cores there are. A library cannot
    /// set the variable without unsafe code.
    ///
    /// # Errors
    /// [`EmbeddingError`] when a file is missing, is not the one that the manifest names, or when
    /// the model does not run.
    pub fn load(model: &ModelDir, config: &EmbedderConfig) -> Result<Self, EmbeddingError> {
        Self::start(Engine::load(model)?, config)
    }

    /// An embedder without a model: texts that share words and letters get near vectors, texts
    /// that share a meaning do not. Chosen by the user, never silently in a model's place.
    ///
    /// # Errors
    /// [`EmbeddingError::ThreadNotStarted`] when the system has no thread left.
    pub fn hashing() -> Result<Self, EmbeddingError> {
        Self::start(Engine::Hashing, &EmbedderConfig { replicas: 1, ..EmbedderConfig::default() })
    }

    fn start(engine: Engine, config: &EmbedderConfig) -> Result<Self, EmbeddingError> {
        let count = config.replicas.clamp(1, MAX_REPLICAS);
        let (replicas, engine) = Replicas::start(engine, count, config.queue_batches.max(1))?;
        Ok(Self { engine, replicas })
    }

    /// Embeds texts and blocks until all are done; the result has their order. Equal texts give
    /// equal vectors up to rounding, whatever they are embedded with.
    ///
    /// A text counts up to its 256th token; the rest is left out without an error. In async code
    /// use [`Embedder::submit`].
    ///
    /// # Errors
    /// [`EmbeddingError`] when the engine fails for any of the texts.
    pub fn embed(&self, texts: &[impl AsRef<str>]) -> Result<Vec<Vector>, EmbeddingError> {
        let texts = texts.iter().map(|text| text.as_ref().to_owned()).collect();
        let mut request = self.replicas.plan(texts);
        for batch in request.batches.by_ref() {
            self.replicas.queue().send_blocking(batch).map_err(|_| EmbeddingError::Stopped)?;
        }
        request.wait()
    }

    /// Like [`Embedder::embed`] for async code of any runtime: waits without blocking, both for
    /// room in the queue and for the vectors. Dropping the future takes back what has not begun.
    ///
    /// # Errors
    /// [`EmbeddingError`] when the engine fails for any of the texts, or when the embedder is
    /// dropped before they are done.
    pub fn submit(
        &self,
        texts: Vec<String>,
    ) -> impl Future<Output = Result<Vec<Vector>, EmbeddingError>> + Send + 'static {
        let queue = self.replicas.queue().clone();
        let mut request = self.replicas.plan(texts);
        async move {
            for batch in request.batches.by_ref() {
                queue.send(batch).await.map_err(|_| EmbeddingError::Stopped)?;
            }
            request.wait_async().await
        }
    }

    /// The model's name: `minilm-l6-v2` or `hashing`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.engine.name()
    }

    /// Eight characters that name the model's exact bytes; vectors of different digests must not
    /// be compared.
    #[must_use]
    pub fn model_digest(&self) -> &'static str {
        self.engine.digest()
    }

    /// Whether nearness of vectors is nearness in meaning.
    #[must_use]
    pub fn is_semantic(&self) -> bool {
        self.engine.is_semantic()
    }
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder")
            .field("name", &self.name())
            .field("model_digest", &self.model_digest())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        pin::pin,
        sync::mpsc,
        task::{Context, Wake, Waker},
        time::Duration,
    };

    use super::*;
    use crate::hashing;

    /// Longer than any of these tests takes, so that a hang is a failure.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn scripted(replicas: usize, queue_batches: usize) -> Embedder {
        Embedder::start(Engine::Scripted, &EmbedderConfig { replicas, queue_batches }).unwrap()
    }

    /// Runs a future on this thread, without a runtime.
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        struct Unpark(thread::Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                std::task::Poll::Ready(value) => return value,
                std::task::Poll::Pending => thread::park_timeout(PATIENCE),
            }
        }
    }

    #[track_caller]
    fn ends_in_time<T: Send>(work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            scope.spawn(move || sender.send(work()));
            receiver.recv_timeout(PATIENCE).expect("it must not hang")
        })
    }

    #[test]
    fn many_callers_each_get_their_own_order() {
        let embedder = scripted(3, 2);
        ends_in_time(|| {
            thread::scope(|scope| {
                for caller in 0..16 {
                    let embedder = &embedder;
                    scope.spawn(move || {
                        for round in 0..20 {
                            let texts: Vec<String> = (0..40)
                                .map(|index| format!("{caller} {round} {}", "x ".repeat(index % 7)))
                                .collect();
                            let expected: Vec<Vector> =
                                texts.iter().map(|text| hashing::embed(text)).collect();
                            let found = if caller % 2 == 0 {
                                embedder.embed(&texts)
                            } else {
                                block_on(embedder.submit(texts))
                            };
                            assert_eq!(found.unwrap(), expected);
                        }
                    });
                }
            });
        });
    }

    #[test]
    fn failures_and_panics_reach_the_caller_and_the_replica_lives_on() {
        let embedder = scripted(1, 4);
        ends_in_time(|| {
            for _ in 0..3 {
                let error = embedder.embed(&["fine", "fail"]).unwrap_err();
                assert!(matches!(error, EmbeddingError::EngineFailed(_)), "{error}");
                let error = block_on(embedder.submit(vec!["panic".to_owned()])).unwrap_err();
                assert!(error.to_string().contains("told to panic"), "{error}");
                assert_eq!(embedder.embed(&["fine"]).unwrap().len(), 1);
            }
            assert!(embedder.embed(&[""; 0]).unwrap().is_empty());
        });
    }

    #[test]
    fn dropping_the_embedder_ends_its_threads_and_those_who_wait() {
        let embedder = scripted(2, 1);
        let engine = Arc::clone(&embedder.engine);
        let waiting = embedder.submit(vec!["x".repeat(3000); 64]);
        let unstarted = embedder.submit(vec!["late".to_owned()]);
        ends_in_time(|| {
            thread::scope(|scope| {
                let waiter = scope.spawn(|| block_on(waiting));
                drop(embedder);
                // Done or stopped, depending on who was faster.
                let _ = waiter.join().unwrap();
            });
            assert!(matches!(block_on(unstarted), Err(EmbeddingError::Stopped)));
        });
        assert_eq!(Arc::strong_count(&engine), 1, "a replica outlived its embedder");
    }

    #[test]
    fn an_abandoned_request_does_not_hold_up_the_next() {
        let embedder = scripted(1, 1);
        ends_in_time(|| {
            for _ in 0..50 {
                let mut abandoned = Box::pin(embedder.submit(vec!["x".repeat(3000); 8]));
                let _ = abandoned.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            }
            assert_eq!(embedder.embed(&["next"]).unwrap().len(), 1);
        });
    }

    #[test]
    fn the_stand_in_says_what_it_is() {
        let embedder = Embedder::hashing().unwrap();
        assert_eq!((embedder.name(), embedder.is_semantic()), ("hashing", false));
        assert_eq!(embedder.model_digest().len(), 8);
    }
}
