//! What lies between a client and the server, and can keep the server's answers back.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Passes on what both sides say; ends with the value.
pub(super) struct Relay {
    pub(super) url: String,
    holds: watch::Sender<bool>,
    _serving: JoinSet<()>,
}

impl Relay {
    pub(super) async fn start(server: &str) -> Self {
        let server = server.trim_start_matches("nats://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("nats://{}", listener.local_addr().unwrap());
        let holds = watch::Sender::new(false);
        let mut serving = JoinSet::new();
        let held = holds.subscribe();
        serving.spawn(async move {
            let mut passing = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (from_client, to_client) = client.into_split();
                let server = TcpStream::connect(&server).await.unwrap();
                let (from_server, to_server) = server.into_split();
                passing.spawn(pass_on(from_client, to_server, None));
                passing.spawn(pass_on(from_server, to_client, Some(held.clone())));
            }
        });
        Self {
            url,
            holds,
            _serving: serving,
        }
    }

    /// Drops what the server says from now on, or passes it on again.
    pub(super) fn hold_answers(&self, holds: bool) {
        self.holds.send_replace(holds);
    }
}

/// Passes bytes on. Those that are held are lost: the connection is cut when they would go on.
async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut holds: Option<watch::Receiver<bool>>,
) {
    let mut bytes = vec![0; 64 << 10];
    loop {
        let count = from.read(&mut bytes).await.unwrap_or(0);
        if count == 0 {
            return;
        }
        if let Some(holds) = &mut holds
            && *holds.borrow()
        {
            // An error means that the test is over.
            let _over = holds.wait_for(|holds| !holds).await;
            return;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
