//! HTTP/1.1 as bytes: requests rendered beforehand, answers read only as far as a load generator must.
//!
//! An exchange is one write and, for most answers, one read: no parser of headers beyond length and status, no
//! allocation, no runtime.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest head of an answer, and what is read at once of its body.
const BUFFER_BYTES: usize = 16 << 10;

/// Appends a request. `path` is the path with its query; names and values of `headers` go out as they are.
///
/// Host and content length are added; without a body there is no content type.
pub fn render(out: &mut Vec<u8>, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
    let mut put = |parts: &[&str]| parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
    put(&[method, " ", path, " HTTP/1.1\r\nhost: nova\r\n"]);
    headers.iter().for_each(|(name, value)| put(&[name, ": ", value, "\r\n"]));
    if !body.is_empty() {
        put(&["content-type: application/json\r\n"]);
    }
    if !body.is_empty() || method != "GET" {
        put(&["content-length: ", &body.len().to_string(), "\r\n"]);
    }
    put(&["\r\n"]);
    out.extend_from_slice(body);
}

/// What is known of an answer once it has been read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Length of the body, which was read and thrown away.
    pub body_bytes: u64,
    /// Whether the connection serves another request.
    pub keeps: bool,
}

/// A blocking connection for one request at a time.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    buffer: Box<[u8]>,
}

impl Wire {
    /// Connects; `deadline` bounds connecting and every single read and write.
    ///
    /// # Errors
    /// Those of connecting.
    pub fn connect(target: SocketAddr, deadline: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&target, deadline)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(deadline))?;
        stream.set_write_timeout(Some(deadline))?;
        Ok(Self { stream, buffer: vec![0; BUFFER_BYTES].into_boxed_slice() })
    }

    /// Sends a rendered request and reads its answer to the end.
    ///
    /// # Errors
    /// Those of the socket, and `InvalidData` for what is no answer this module reads: one without length, or one
    /// followed by bytes that nobody asked for. The connection is of no use afterwards.
    pub fn exchange(&mut self, request: &[u8]) -> io::Result<Reply> {
        self.stream.write_all(request)?;
        let mut filled = 0;
        let head = loop {
            filled += self.read(filled)?;
            if let Some(head) = Head::read(&self.buffer[..filled]).map_err(broken)? {
                break head;
            }
            if filled == self.buffer.len() {
                return Err(broken("the head is longer than 16 KiB"));
            }
        };
        let mut left = (head.bytes as u64 + head.body_bytes).checked_sub(filled as u64);
        // ends with the body: each round reads at least one byte of it
        while let Some(rest @ 1..) = left {
            left = rest.checked_sub(self.read(0)? as u64);
        }
        left.ok_or_else(|| broken("more came than was announced"))?;
        Ok(Reply { status: head.status, body_bytes: head.body_bytes, keeps: head.keeps })
    }

    fn read(&mut self, from: usize) -> io::Result<usize> {
        match self.stream.read(&mut self.buffer[from..])? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }
}

fn broken(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// The head of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Length of the head itself, blank line included.
    bytes: usize,
    body_bytes: u64,
    keeps: bool,
}

impl Head {
    /// `None` while the blank line has not come.
    fn read(bytes: &[u8]) -> Result<Option<Self>, &'static str> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        let mut lines = bytes[..end].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        let status = status(lines.next().unwrap_or_default())?;
        let (mut length, mut keeps) = (None, true);
        for line in lines {
            let colon = line.iter().position(|byte| *byte == b':').ok_or("a header line has no colon")?;
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            if name.eq_ignore_ascii_case(b"content-length") {
                length = Some(number(value).ok_or("the content length is no number")?);
            } else if name.eq_ignore_ascii_case(b"connection") {
                keeps = !value.eq_ignore_ascii_case(b"close");
            }
        }
        // RFC 9110, 15.3.5 and 15.4.5: these two have no body, whatever a length says
        let bodiless = matches!(status, 204 | 304);
        let body_bytes = if bodiless { 0 } else { length.ok_or("the answer has no content length")? };
        Ok(Some(Self { status, bytes: end + 4, body_bytes, keeps }))
    }
}

/// Of `HTTP/1.1 200 OK`.
fn status(line: &[u8]) -> Result<u16, &'static str> {
    let code = line.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(number);
    match code {
        Some(code @ 200..=599) => Ok(code as u16),
        _ => Err("the status line is not one of HTTP/1.1, or of an interim answer"),
    }
}

/// At most 15 digits: no sum with a head's length overflows.
fn number(digits: &[u8]) -> Option<u64> {
    let sound = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    sound.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testserver::{self, TestServer};
    use proptest::prelude::*;

    fn exchange(server: &TestServer, method: &str, path: &str, body: &[u8]) -> io::Result<Reply> {
        let mut request = Vec::new();
        render(&mut request, method, path, &[("x-nova-user", "42")], body);
        Wire::connect(server.address(), Duration::from_secs(5))?.exchange(&request)
    }

    #[test]
    fn what_is_rendered_is_understood() {
        let server = TestServer::start(|request| {
            let seen = format!("{} {} {}", request.line, request.header("x-nova-user"), request.body.len());
            let expected = match request.line.as_str() {
                "POST /e?x=1" => "POST /e?x=1 42 5",
                _ => "GET / 42 0",
            };
            testserver::Reply::new(if seen == expected { 200 } else { 400 }, seen)
        });
        assert_eq!(exchange(&server, "POST", "/e?x=1", b"12345").expect("reply").status, 200);
        let reply = exchange(&server, "GET", "/", b"").expect("reply");
        assert_eq!(reply, Reply { status: 200, body_bytes: 10, keeps: true });
    }

    #[test]
    fn one_connection_serves_many_and_bodies_of_any_length() {
        let server = TestServer::start(|request| {
            let length = request.line["GET /".len()..].parse().expect("a number");
            testserver::Reply::new(200, vec![b'x'; length])
        });
        let mut wire = Wire::connect(server.address(), Duration::from_secs(5)).expect("connected");
        for length in [0, 1, 16_000, 16_384, 100_000, 7] {
            let mut request = Vec::new();
            render(&mut request, "GET", &format!("/{length}"), &[], b"");
            assert_eq!(wire.exchange(&request).expect("reply").body_bytes, length);
        }
        assert_eq!(server.connections(), 1);
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let server = TestServer::start(|request| {
            let head = "HTTP/1.1 200 OK\r\n";
            testserver::Reply::raw(&match request.line.as_str() {
                "GET /garbage" => "hello?\r\n\r\n".to_owned(),
                "GET /long" => format!("{head}x: {}\r\n", "y".repeat(20_000)),
                "GET /chunked" => format!("{head}transfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
                "GET /more" => format!("{head}content-length: 1\r\n\r\nab"),
                _ => format!("{head}content-length: 9\r\n\r\nab"),
            })
        });
        for (path, kind) in [
            ("/garbage", io::ErrorKind::InvalidData),
            ("/long", io::ErrorKind::InvalidData),
            ("/chunked", io::ErrorKind::InvalidData),
            ("/more", io::ErrorKind::InvalidData),
            ("/cut", io::ErrorKind::UnexpectedEof),
        ] {
            assert_eq!(exchange(&server, "GET", path, b"").expect_err(path).kind(), kind, "{path}");
        }
    }

    #[test]
    fn heads_say_how_the_connection_goes_on() {
        let read = |text: &str| Head::read(text.as_bytes()).expect("a head").expect("whole");
        let closing = read("HTTP/1.1 503 No\r\nCONTENT-LENGTH:  12 \r\nConnection: Close\r\n\r\n");
        assert_eq!((closing.status, closing.body_bytes, closing.keeps), (503, 12, false));
        let empty = read("HTTP/1.1 204 No Content\r\n\r\nrest");
        assert_eq!((empty.status, empty.body_bytes, empty.bytes, empty.keeps), (204, 0, 27, true));
        assert_eq!(Head::read(b"HTTP/1.1 200 OK\r\n"), Ok(None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200), whole: bool) {
            let mut answer = if whole { b"HTTP/1.1 200 OK\r\n".to_vec() } else { Vec::new() };
            answer.extend(bytes);
            answer.extend(b"\r\n\r\n");
            if let Ok(Some(head)) = Head::read(&answer) {
                prop_assert!(head.bytes <= answer.len());
            }
        }
    }
}
