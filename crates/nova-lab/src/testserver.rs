//! A server for tests: threads, one closure for every answer, and no HTTP library that could forgive.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// A request as it came.
pub(crate) struct Received {
    /// Method and path with query.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// The value of a header by its lower-case name; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    fn read(from: &mut impl io::BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
        let mut received = Self { line, headers: Vec::new(), body: Vec::new() };
        loop {
            let mut header = String::new();
            from.read_line(&mut header)?;
            let Some((name, value)) = header.trim_end().split_once(": ") else { break };
            received.headers.push((name.to_lowercase(), value.to_owned()));
        }
        received.body = vec![0; received.header("content-length").parse().unwrap_or(0)];
        from.read_exact(&mut received.body)?;
        Ok(Some(received))
    }
}

/// What to answer, and how to end.
#[derive(Default)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    headers: String,
    status: Option<u16>,
    close: bool,
    silent: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { bytes: body.into(), status: Some(status), ..Self::default() }
    }

    /// These bytes and nothing else, then the connection closes.
    pub(crate) fn raw(bytes: &str) -> Self {
        Self { bytes: bytes.into(), close: true, ..Self::default() }
    }

    /// No answer until the other side leaves.
    pub(crate) fn silence() -> Self {
        Self { silent: true, ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    /// Closes after the answer, without having said so.
    pub(crate) fn then_close(mut self) -> Self {
        self.close = true;
        self
    }
}

type Answers = dyn Fn(&Received) -> Reply + Send + Sync;

/// Listens on a free port of 127.0.0.1 until it is dropped.
pub(crate) struct TestServer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
}

impl TestServer {
    pub(crate) fn start(answers: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (connections, closed) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (count, end, answers): (_, _, Arc<Answers>) =
            (connections.clone(), closed.clone(), Arc::new(answers));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if end.load(SeqCst) {
                    return;
                }
                count.fetch_add(1, SeqCst);
                let answers = Arc::clone(&answers);
                std::thread::spawn(move || serve(stream, &*answers));
            }
        });
        Self { address, connections, closed }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.closed.store(true, SeqCst);
        // wakes the listener, which then sees that it is over
        drop(TcpStream::connect(self.address));
    }
}

fn serve(stream: TcpStream, answers: &Answers) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some(request) = Received::read(&mut reader)? {
        let reply = answers(&request);
        if reply.silent {
            return reader.read_to_end(&mut Vec::new()).map(drop);
        }
        let mut bytes = Vec::with_capacity(reply.bytes.len() + 128);
        if let Some(status) = reply.status {
            let length = reply.bytes.len();
            write!(bytes, "HTTP/1.1 {status} Some\r\n{}Content-Length: {length}\r\n\r\n", reply.headers)?;
        }
        bytes.extend_from_slice(&reply.bytes);
        writer.write_all(&bytes)?;
        if reply.close {
            return Ok(());
        }
    }
    Ok(())
}
