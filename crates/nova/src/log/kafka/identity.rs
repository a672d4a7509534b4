//! Which topic it is: the id that Kafka gives a topic when it is made, so that one made anew under the old name is
//! known as another.
//!
//! librdkafka 2.12 knows the ids, but the crate on it does not give them out. This asks for them in Kafka's own
//! protocol: one `Metadata` request, version 12, which brokers have understood since Kafka 3.1.

use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

const OP: &str = "log.topics";
const METADATA: u16 = 3;
const VERSION: u16 = 12;
/// Names the request; the answer must name it too.
const CORRELATION: u32 = 1;
/// An answer of ten topics is some kilobytes.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// A topic as a broker describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Given when it was made.
    pub id: Uuid,
    /// How many it has.
    pub partitions: usize,
    /// Kafka's error code; 0 where there is none.
    pub error: i16,
}

/// Asks the brokers one after the other until one answers.
pub(super) async fn describe(brokers: &str, names: &[String], deadline: Duration) -> Result<Vec<Described>> {
    let mut last = None;
    for broker in brokers.split(',') {
        let answer = match timeout(deadline, ask(broker, names)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                last = Some(Error::new(Kind::Unavailable, OP, unasked(&error)).with_source(error));
                continue;
            }
            Err(_) => {
                let late = format!("Kafka did not answer within {} ms", deadline.as_millis());
                last = Some(Error::new(Kind::Timeout, OP, late));
                continue;
            }
        };
        return described(&answer).ok_or_else(|| {
            Error::new(Kind::Corrupt, OP, "the broker did not answer as Kafka 3.1 or later does: upgrade it")
        });
    }
    Err(last.unwrap_or_else(|| Error::new(Kind::Unavailable, OP, "log.url names no broker")))
}

/// Why a broker did not answer. One that does not know the version of a request ends the connection.
fn unasked(error: &std::io::Error) -> &'static str {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        "the broker ended the connection and did not answer: it is stopping, or it is older than Kafka 3.1; then upgrade it"
    } else {
        "no broker of log.url can be reached"
    }
}

async fn ask(broker: &str, names: &[String]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(broker).await?;
    let request = encode(names);
    let length = u32::try_from(request.len()).map_err(std::io::Error::other)?;
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(&request).await?;
    let length = stream.read_u32().await? as usize;
    if length > ANSWER_BYTES_MAX {
        return Err(std::io::Error::other(format!("an answer of {length} bytes")));
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// Header version 2, then the request. Lengths of compact strings and arrays are one more than they are.
fn encode(names: &[String]) -> Vec<u8> {
    let mut request = Vec::with_capacity(64 + names.iter().map(|name| name.len() + 24).sum::<usize>());
    request.extend(METADATA.to_be_bytes());
    request.extend(VERSION.to_be_bytes());
    request.extend(CORRELATION.to_be_bytes());
    // no client's name, no tags
    request.extend((-1_i16).to_be_bytes());
    request.push(0);
    varint(&mut request, names.len() + 1);
    for name in names {
        // no id: it is asked for by name
        request.extend([0; 16]);
        varint(&mut request, name.len() + 1);
        request.extend(name.as_bytes());
        request.push(0);
    }
    // make none, tell no rights, no tags
    request.extend([0, 0, 0]);
    request
}

fn varint(to: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

/// The topics of an answer to `Metadata`, version 12, without its length; `None` where it is none.
#[must_use]
pub fn described(answer: &[u8]) -> Option<Vec<Described>> {
    let mut rest = Rest(answer);
    if rest.number::<4>()? != u64::from(CORRELATION) {
        return None;
    }
    rest.tags()?;
    // how long the broker wants to be left alone
    rest.take(4)?;
    for _ in 0..rest.count()? {
        rest.take(4)?;
        rest.text()?;
        rest.take(4)?;
        rest.text()?;
        rest.tags()?;
    }
    // the cluster's id and its controller
    rest.text()?;
    rest.take(4)?;
    (0..rest.count()?).map(|_| topic(&mut rest)).collect()
}

fn topic(rest: &mut Rest<'_>) -> Option<Described> {
    let error = i16::from_be_bytes(rest.take(2)?.try_into().ok()?);
    let name = rest.text()?.to_owned();
    let id = Uuid::from_slice(rest.take(16)?).ok()?;
    rest.take(1)?;
    let partitions = rest.count()?;
    for _ in 0..partitions {
        // error, partition, leader, leader's epoch
        rest.take(14)?;
        // copies, those in sync, those away
        for _ in 0..3 {
            let copies = rest.count()?;
            rest.take(copies.checked_mul(4)?)?;
        }
        rest.tags()?;
    }
    rest.take(4)?;
    rest.tags()?;
    Some(Described { name, id, partitions, error })
}

/// What is left of an answer.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn number<const BYTES: usize>(&mut self) -> Option<u64> {
        Some(self.take(BYTES)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    fn varint(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for at in 0..5 {
            let byte = self.take(1)?[0];
            number |= usize::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Members of an array; never more than there are bytes left.
    fn count(&mut self) -> Option<usize> {
        let count = self.varint()?.saturating_sub(1);
        (count <= self.0.len()).then_some(count)
    }

    /// Empty where there is none.
    fn text(&mut self) -> Option<&'a str> {
        let bytes = self.varint()?.saturating_sub(1);
        std::str::from_utf8(self.take(bytes)?).ok()
    }

    fn tags(&mut self) -> Option<()> {
        for _ in 0..self.varint()? {
            self.varint()?;
            let bytes = self.varint()?;
            self.take(bytes)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut answer = CORRELATION.to_be_bytes().to_vec();
            answer.extend(&bytes);
            let topics = described(&answer).unwrap_or_default();
            prop_assert!(topics.len() <= bytes.len());
        }
    }

    #[tokio::test]
    async fn a_broker_that_does_not_know_the_question_is_told_with_its_cure() {
        let older = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let broker = older.local_addr().expect("an address").to_string();
        let asked = describe(&broker, &[], Duration::from_secs(20));
        let ends = async {
            let (mut stream, _) = older.accept().await.expect("asked");
            let length = stream.read_u32().await.expect("a length") as usize;
            stream.read_exact(&mut vec![0; length]).await.expect("the request");
        };
        let (answer, ()) = tokio::join!(asked, ends);
        let error = answer.expect_err("no answer");
        assert!(
            error.kind().retry() && error.detail().contains("older than Kafka 3.1; then upgrade"),
            "{error}"
        );
    }

    #[test]
    fn lengths_are_written_as_they_are_read() {
        for number in [0, 1, 127, 128, 300, 16_383, 16_384] {
            let mut bytes = Vec::new();
            varint(&mut bytes, number);
            assert_eq!(Rest(&bytes).varint(), Some(number));
        }
    }
}
