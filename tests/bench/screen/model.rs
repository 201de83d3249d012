//! A model that writes a word every few milliseconds into each stream: `s12t003456 ` is a word of
//! stream 12 that was sent 3,456 ms after the beginning, `s12end ` the last one.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// The server, on a thread of its own until the program ends.
#[derive(Debug)]
pub(crate) struct Model {
    /// Where it listens on this machine.
    pub(crate) port: u16,
    last_end_ms: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Script {
    begun: Instant,
    words: usize,
    interval: Duration,
    n_streams: AtomicUsize,
    last_end_ms: Arc<AtomicU64>,
}

impl Model {
    /// Starts to serve.
    ///
    /// # Errors
    /// When there is no port, thread or runtime to be had.
    pub(crate) fn start(
        begun: Instant,
        words: usize,
        every: Duration,
    ) -> Result<Self, Box<dyn Error>> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let last_end_ms = Arc::new(AtomicU64::new(0));
        let script = Arc::new(Script {
            begun,
            words,
            interval: every,
            n_streams: AtomicUsize::new(0),
            last_end_ms: Arc::clone(&last_end_ms),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::Builder::new()
            .name("model".to_owned())
            .spawn(move || runtime.block_on(serve(listener, script)))?;
        Ok(Self { port, last_end_ms })
    }

    /// How long after the beginning the last stream ended.
    pub(crate) fn done_after(&self) -> Duration {
        Duration::from_millis(self.last_end_ms.load(Ordering::Relaxed))
    }
}

async fn serve(listener: std::net::TcpListener, script: Arc<Script>) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let mut streams = JoinSet::new();
    while let Ok((connection, _)) = listener.accept().await {
        let script = Arc::clone(&script);
        streams.spawn(async move { answer(connection, &script).await });
        while streams.try_join_next().is_some() {}
    }
}

/// Reads one request and streams the answer to it; the connection ends with the answer.
async fn answer(mut connection: TcpStream, script: &Script) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    read_request(&mut connection).await?;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    connection.write_all(head.as_bytes()).await?;
    let stream = script.n_streams.fetch_add(1, Ordering::Relaxed);
    let mut due = interval(script.interval);
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for _ in 0..script.words {
        due.tick().await;
        let word = format!("s{stream}t{:06} ", script.begun.elapsed().as_millis());
        connection.write_all(piece(&word, None).as_bytes()).await?;
    }
    let last =
        piece(&format!("s{stream}end"), None) + &piece("", Some("stop")) + "data: [DONE]\n\n";
    connection.write_all(last.as_bytes()).await?;
    let now = u64::try_from(script.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    script.last_end_ms.fetch_max(now, Ordering::Relaxed);
    connection.shutdown().await
}

fn piece(text: &str, finish_reason: Option<&str>) -> String {
    let finish = finish_reason.map_or_else(|| "null".to_owned(), |reason| format!("\"{reason}\""));
    format!(
        "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"words\",\"choices\":\
         [{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":{finish}}}]}}\n\n"
    )
}

async fn read_request(connection: &mut TcpStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = connection.read(&mut buffer).await?;
        request.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            return Ok(());
        }
    }
}
