//! What a page costs inside the process: the whole router on a connection in memory, beside a bare route that returns
//! the same bytes. No kernel, one thread: the figure holds where a load over sockets wavers, and can be counted.
//!
//! ```text
//! cargo run --release -p nova --example page_cost
//! valgrind --tool=callgrind --toggle-collect='page_cost::rounds*' target/release/examples/page_cost --rounds 20
//! ```
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement prints and reads the time"
)]

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::Listener;
use bytes::Bytes;
use clap::{Parser, ValueEnum};
use nova::api::{self, Bounds};
use nova::app::App;
use nova::config::{Config, Overrides};
use nova::ingest::import::{self, Options, Source};
use nova_core::model::Timestamp;
use nova_core::testkit::ManualClock;
use nova_lab::load::wire::render;
use nova_lab::world::{World, WorldConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long loading the community may stand still.
const PATIENCE: Duration = Duration::from_secs(600);
/// What the connection holds of an answer that is not read yet.
const PIPE_BYTES: usize = 1 << 16;

/// Beside other work on the machine the best of many short series is what the page costs.
const SERIES: usize = 41;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Bare,
    Further,
    First,
}

#[derive(Debug, Parser)]
struct Size {
    /// People of the community
    #[arg(long, default_value_t = 500)]
    users: u32,
    /// Pages of one series; the best and the median of 41 series are printed
    #[arg(long, default_value_t = 500)]
    rounds: u32,
    /// Only these
    #[arg(long, value_delimiter = ',', default_value = "bare,further,first")]
    what: Vec<What>,
}

/// Connections in memory.
struct Memory(mpsc::UnboundedReceiver<DuplexStream>);

impl Listener for Memory {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.recv().await {
            Some(stream) => (stream, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A client's end of one.
struct Wire {
    stream: DuplexStream,
    answer: Vec<u8>,
}

impl Wire {
    fn open() -> Result<(Self, Memory)> {
        let (stream, served) = tokio::io::duplex(PIPE_BYTES);
        let (connect, connecting) = mpsc::unbounded_channel();
        connect.send(served)?;
        Ok((Self { stream, answer: Vec::with_capacity(PIPE_BYTES) }, Memory(connecting)))
    }

    /// The body of the answer.
    async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            anyhow::ensure!(self.stream.read_buf(&mut self.answer).await? > 0, "the server closed");
            let Some(head) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let text = std::str::from_utf8(&self.answer[..head])?;
            anyhow::ensure!(text.starts_with("HTTP/1.1 200"), "{text}");
            let length = text.split_once("content-length: ").context("no length")?.1;
            let length: usize = length.lines().next().unwrap_or_default().parse()?;
            while self.answer.len() < head + 4 + length {
                anyhow::ensure!(self.stream.read_buf(&mut self.answer).await? > 0, "the server closed");
            }
            return Ok(&self.answer[head + 4..]);
        }
    }
}

#[inline(never)]
fn rounds(runtime: &Runtime, wire: &mut Wire, request: &[u8], count: u32) -> Result<Duration> {
    let started = Instant::now();
    runtime.block_on(async {
        for _ in 0..count {
            wire.ask(request).await?;
        }
        anyhow::Ok(())
    })?;
    Ok(started.elapsed())
}

fn main() -> Result<()> {
    let size = Size::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let dir = tempfile::tempdir()?;
    let flags = Overrides { listen: None, data_dir: Some(dir.path().to_owned()) };
    let config = Config::load(None, &flags)?;
    // always the same moment, so that the page is always the same
    let now: Timestamp = "2026-01-05T12:00:00Z".parse().context("a time")?;
    let world = World::new(WorldConfig { visits_per_day: 0.05, ..WorldConfig::new(size.users, 7, now) });
    let viewer = world.people()[0].id.to_string();
    let app = runtime.block_on(async {
        let app = App::open(config, Arc::new(ManualClock::new(now))).await?;
        let lines = move || -> Box<dyn Iterator<Item = String> + Send> { Box::new(world.history()) };
        let (source, ports) = (Source::Made(Arc::new(lines)), app.ports());
        let options = Options::new(&app.services().config.events, now);
        import::run(&source, options, &*ports.social, &*ports.log, &|_| {}).await?;
        app.caught_up(PATIENCE).await?;
        anyhow::Ok(app)
    })?;
    // the recorder first: what is counted keeps its handles from then on
    let metrics = nova::metrics::install();
    let (mut wire, listener) = Wire::open()?;
    let bounds = Bounds::from(&app.services().config.server);
    let router = api::router(app.ports().clone(), app.services().clone(), metrics);
    runtime.spawn(api::serve(listener, router, bounds, CancellationToken::new()));
    let ask = |path: &str| {
        let mut request = Vec::new();
        render(&mut request, "GET", path, &[("x-nova-user", &viewer)], b"");
        request
    };
    let first = ask("/api/v1/feed?limit=20");
    let page: serde_json::Value = serde_json::from_slice(runtime.block_on(wire.ask(&first))?)?;
    let cursor = page["next_cursor"].as_str().context("the feed has one page")?;
    let further = ask(&format!("/api/v1/feed?limit=20&cursor={cursor}"));
    let body = Bytes::copy_from_slice(runtime.block_on(wire.ask(&further))?);
    println!("a page has {} bytes", body.len());
    let same = move || std::future::ready(([(CONTENT_TYPE, "application/json")], body.clone()));
    let (mut bare, listener) = Wire::open()?;
    let router: Router = Router::new().route("/", get(same));
    runtime.spawn(async { axum::serve(listener, router).await });
    for what in &size.what {
        let (wire, request) = match what {
            What::Bare => (&mut bare, ask("/")),
            What::Further => (&mut wire, further.clone()),
            What::First => (&mut wire, first.clone()),
        };
        let mut micros = (0..SERIES)
            .map(|_| Ok(rounds(&runtime, wire, &request, size.rounds)?.as_secs_f64() * 1e6))
            .collect::<Result<Vec<f64>>>()?;
        micros.sort_by(f64::total_cmp);
        let [best, median] = [micros[0], micros[SERIES / 2]].map(|micros| micros / f64::from(size.rounds));
        println!("{what:?}: best {best:.2} us a page, median {median:.2} us");
    }
    runtime.block_on(app.stop());
    Ok(())
}
