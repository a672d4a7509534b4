//! Questions that show that a server does its work.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use nova_lab::client::Client;

/// For one question and its answer.
const DEADLINE: Duration = Duration::from_secs(2);

/// An address on this machine.
pub(crate) fn local(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

/// Asks over HTTP; anything but 200 is an error that shows what came instead.
pub(crate) fn http(port: u16, path: &str, headers: &[(&str, &str)]) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut client = Client::new(local(port), DEADLINE);
    let answer = runtime.block_on(client.request("GET".parse()?, path, headers, Vec::new().into()))?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    ensure!(answer.status == 200, "GET {path}: {} {text}", answer.status);
    Ok(text)
}

/// Sends bytes and gives the first `length` of what comes back.
pub(crate) fn bytes(port: u16, question: &[u8], length: usize) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&local(port), DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    stream.write_all(question)?;
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).context("the answer broke off")?;
    Ok(answer)
}
