//! `noctule send`: a log file in, a summary of what is abnormal out.

mod batch;
mod sender;
mod summary;
mod tally;
mod wait;

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Instant,
};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use noctule_bootstrap::Config;
use noctule_domain::{Clock, SystemClock, Timestamp};

use crate::{
    client::{Client, ClientArguments},
    log_reader::{Format, LogReader, ReadOptions},
};
use batch::Batch;
use sender::Sender;
use tally::Tally;

/// Requests under way at the same time: while the server stores one, the next is prepared.
const SENDERS: usize = 3;

/// What `noctule send` takes.
#[derive(Debug, Args)]
pub(crate) struct SendArguments {
    /// The log file, plain or packed with gzip or zstd; - for standard input.
    file: PathBuf,
    /// The format, if it is not told right from the first lines.
    #[arg(long)]
    format: Option<Format>,
    /// Lines in one request, up to 10,000.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batch: u32,
    /// Do not wait for the verdicts.
    #[arg(long)]
    no_wait: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    client: ClientArguments,
}

impl SendArguments {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<()> {
        let client = self.client.resolve(config)?;
        let started = Instant::now();
        let bar = progress_bar(self.json);
        let (mut tally, format) = self.send_all(&client, &bar)?;
        tally.sent_in = started.elapsed();
        if !self.no_wait {
            bar.set_message("judging");
            bar.set_position(0);
            bar.set_length(tally.accepted);
            wait::wait_for_verdicts(&client, &mut tally, &bar)?;
        }
        tally.done_in = started.elapsed();
        bar.finish_and_clear();
        if self.json {
            println!("{}", serde_json::to_string_pretty(&summary::as_json(&tally, format))?);
        } else {
            print!("{}", summary::as_text(&tally, format, &client));
        }
        Ok(())
    }

    /// Reads the file and sends it, both at the same time.
    fn send_all(&self, client: &Client, bar: &ProgressBar) -> anyhow::Result<(Tally, Format)> {
        let now = SystemClock.now();
        let (input, options) = open(&self.file, self.format, now)?;
        let reader = LogReader::new(input, options)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let format = reader.format();
        bar.set_message(format!("sending {format}"));
        let (batches, to_send) = mpsc::sync_channel::<Batch>(SENDERS);
        let to_send = Arc::new(Mutex::new(to_send));
        let mut tally = Tally::default();
        thread::scope(|scope| {
            // The last sender to give up takes the channel with it, so that the reader does not
            // wait for ever for somebody to take its next batch.
            let start = |to_send: Arc<Mutex<_>>| {
                scope.spawn(move || Sender::new(client, bar).send_until_done(&to_send))
            };
            let senders: Vec<_> = (0..SENDERS).map(|_| start(Arc::clone(&to_send))).collect();
            drop(to_send);
            let read = batch::read_batches(reader, self.batch as usize, &mut tally, &batches);
            drop(batches);
            for sender in senders {
                tally.add(sender.join().expect("a sender does not panic")?);
            }
            read
        })?;
        tally.tasks.sort_unstable_by_key(|task| task.first_line);
        Ok((tally, format))
    }
}

/// Opens the input. A file's time of change tells the year of lines that name none.
fn open(
    file: &Path,
    format: Option<Format>,
    now: Timestamp,
) -> anyhow::Result<(Box<dyn Read + Send>, ReadOptions)> {
    let mut options = ReadOptions { format, now, utc_offset_seconds: 0 };
    if file.as_os_str() == "-" {
        return Ok((Box::new(std::io::stdin()), options));
    }
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let changed = opened.metadata().and_then(|metadata| metadata.modified());
    if let Ok(changed) = changed {
        options.now = chrono::DateTime::<chrono::Utc>::from(changed).into();
    }
    Ok((Box::new(opened), options))
}

fn progress_bar(is_json: bool) -> ProgressBar {
    if is_json {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let style = "{msg} {bar:30} {human_pos} lines {per_sec}";
    bar.set_style(ProgressStyle::with_template(style).expect("the template above is valid"));
    bar
}
