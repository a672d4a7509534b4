//! A way to the broker that a test can cut. Kafka's clients follow the addresses that brokers advertise, so a proxy
//! before the first address is soon passed by: this one writes its own address into the brokers' answers.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Proxy, Way};

/// Bytes of one answer, at most.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// The broker of the tests, behind a [`Proxy`]. Ends when it is dropped.
pub(crate) struct Broker {
    url: String,
    proxy: Proxy,
    _end: DropGuard,
}

impl Broker {
    #[expect(clippy::disallowed_methods, reason = "ends with the broker, which ends with its test")]
    pub(crate) async fn new() -> Self {
        let target = super::kafka().strip_prefix("kafka://").expect("a URL").to_owned();
        let (host, port) = target.rsplit_once(':').expect("a port");
        let proxy = Proxy::before(&target).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        // host and port stand beside each other in metadata and in where a coordinator is
        let advertised = |port: u16| [host.as_bytes(), &u32::from(port).to_be_bytes()].concat();
        let (from, to) = (advertised(port.parse().expect("a port")), advertised(address.port()));
        let (behind, end) = (proxy.address(), CancellationToken::new());
        let ended = end.clone();
        tokio::spawn(ended.clone().run_until_cancelled_owned(async move {
            while let Ok((near, _)) = listener.accept().await {
                let carried = carry(near, behind, from.clone(), to.clone());
                tokio::spawn(ended.clone().run_until_cancelled_owned(carried));
            }
        }));
        Self { url: format!("kafka://{host}:{}", address.port()), proxy, _end: end.drop_guard() }
    }

    /// Where a client is led and kept.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn set(&self, way: Way) {
        self.proxy.set(way);
    }
}

/// One connection, until either side ends.
async fn carry(near: TcpStream, target: std::net::SocketAddr, from: Vec<u8>, to: Vec<u8>) {
    let Ok(far) = TcpStream::connect(target).await else { return };
    let ((mut near_in, mut near_out), (mut far_in, mut far_out)) = (near.into_split(), far.into_split());
    let answers = async {
        while let Ok(length) = far_in.read_u32().await {
            let mut answer = vec![0; (length as usize).min(ANSWER_BYTES_MAX)];
            if far_in.read_exact(&mut answer).await.is_err() {
                return;
            }
            let mut at = 0;
            while let Some(found) = answer[at..].windows(from.len()).position(|window| window == from) {
                at += found + from.len();
                answer[at - from.len()..at].copy_from_slice(&to);
            }
            if near_out.write_u32(length).await.is_err() || near_out.write_all(&answer).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = tokio::io::copy(&mut near_in, &mut far_out) => {}
        () = answers => {}
    }
}
