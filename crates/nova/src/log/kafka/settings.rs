//! What can be set, and the client's own settings made of it.

use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use rdkafka::ClientConfig;

use crate::ingest::change::Mapping;
use crate::log::Topic;

/// What a topic's name may be long in Kafka.
const NAME_BYTES_MAX: usize = 249;
/// The longest name that goes behind a prefix; the prefix has the rest.
const OWN_NAME_BYTES_MAX: usize = "cdc.hidden_posts".len();
/// The topic of dead letters, behind the prefix.
const DEAD_LETTERS: &str = "dead_letters";
/// Bytes of a record beside its key and value, at most: lengths, times, and the header of one that was put back.
const FRAME_BYTES: usize = 1_024;
/// What a dead letter may be large, if not more. Whoever else writes to a topic may be allowed more than Nova takes, and
/// what Nova cannot apply must have a place all the same.
const LETTER_BYTES: usize = 32 << 20;
/// Between two looks of a group's member at its topics: one small request.
const LOOK_AT_TOPICS: Duration = Duration::from_secs(5);

/// How a Kafka is reached and what is kept there. [`Self::new`] has the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaLogConfig {
    /// `host:port`, one or several with commas between: where a client asks for the others first.
    pub brokers: String,
    /// Goes before every topic's and group's name, so that several installations share a cluster. May be empty.
    pub prefix: String,
    /// The topics of tables that go by other names.
    pub mapping: Mapping,
    /// Partitions of `events`. A key's partition hangs on it: never changed where there are records.
    pub events_partitions: u16,
    /// Partitions of each `cdc.<table>` and of `dead_letters`. As above.
    pub change_partitions: u16,
    /// Copies of each partition. `None` takes the brokers' default and checks nothing.
    pub replication: Option<u16>,
    /// Copies that must have a record before it is answered. `None` takes the brokers' default and checks nothing.
    pub min_insync: Option<u16>,
    /// How long a topic keeps its records, at least; a new one is made so.
    pub retention: Duration,
    /// How long the topic of dead letters keeps them, at least.
    pub dead_letter_retention: Duration,
    /// Key and value of one record, at most.
    pub record_bytes_max: usize,
    /// Bytes of appends that may wait for the brokers; beyond them callers are told to come back.
    pub waiting_bytes_max: usize,
    /// Bytes that one reader holds ahead of its caller, over all partitions.
    pub ahead_bytes_max: usize,
    /// How long a record waits for others to be sent along.
    pub linger: Duration,
    /// From the call until every copy is reported; then the append has failed.
    pub delivery_deadline: Duration,
    /// A question (ends, positions of a group, health) that takes longer has failed.
    pub deadline: Duration,
}

impl KafkaLogConfig {
    /// The defaults, for `kafka://host:port[,host:port]`.
    ///
    /// # Errors
    /// `Rejected` when the URL is none.
    pub fn new(url: &str) -> Result<Self> {
        let brokers = url.strip_prefix("kafka://").filter(|brokers| brokers.split(',').all(is_address));
        let brokers = brokers.ok_or_else(|| {
            refused("log.url", "log.url is not a Kafka URL: kafka://host:port, more with commas between")
        })?;
        Ok(Self {
            brokers: brokers.to_owned(),
            prefix: String::new(),
            mapping: Mapping::default(),
            events_partitions: 12,
            change_partitions: 6,
            replication: None,
            min_insync: None,
            retention: Duration::from_secs(7 * 86_400),
            dead_letter_retention: Duration::from_secs(30 * 86_400),
            // with everything around it below what brokers take as they are delivered
            record_bytes_max: 1_000_000,
            waiting_bytes_max: 64 << 20,
            ahead_bytes_max: 64 << 20,
            linger: Duration::from_millis(5),
            delivery_deadline: Duration::from_secs(10),
            deadline: Duration::from_secs(5),
        })
    }

    /// Is every value one that Kafka takes?
    ///
    /// # Errors
    /// `Rejected`, naming the key.
    pub fn validate(&self) -> Result<()> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !self.prefix.bytes().all(allowed) || self.prefix.len() > NAME_BYTES_MAX - OWN_NAME_BYTES_MAX {
            return Err(refused(
                "log.prefix",
                "log.prefix may hold letters, digits, '.', '_' and '-', at most 233",
            ));
        }
        if self.events_partitions == 0 || self.change_partitions == 0 {
            return Err(refused("log.partitions", "a topic has at least one partition"));
        }
        if !(1_000..=256 << 20).contains(&self.record_bytes_max) {
            return Err(refused("log.record_bytes_max", "log.record_bytes_max must be 1000 to 268435456"));
        }
        Ok(())
    }

    /// A topic's name in this cluster.
    #[must_use]
    pub fn topic(&self, topic: Topic) -> String {
        match topic {
            Topic::Events => [self.prefix.as_str(), topic.name()].concat(),
            Topic::Change(table) => [self.prefix.as_str(), &self.mapping.of(table).topic()].concat(),
        }
    }

    /// The topic of a name in this cluster.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Topic> {
        // asked for each record: nothing is put together for it
        let name = name.strip_prefix(&self.prefix)?;
        if name == Topic::Events.name() {
            return Some(Topic::Events);
        }
        self.mapping.table_of_topic(name).map(Topic::Change)
    }

    /// The name of the topic of dead letters in this cluster.
    #[must_use]
    pub fn dead_letters(&self) -> String {
        [self.prefix.as_str(), DEAD_LETTERS].concat()
    }

    /// A group's name in this cluster.
    #[must_use]
    pub fn group(&self, group: &str) -> String {
        [self.prefix.as_str(), "nova-", group].concat()
    }

    /// How many partitions a topic has.
    #[must_use]
    pub const fn partitions(&self, topic: Topic) -> u16 {
        match topic {
            Topic::Events => self.events_partitions,
            Topic::Change(_) => self.change_partitions,
        }
    }

    /// What a record may be large with everything around it: `max.message.bytes` of a topic.
    #[must_use]
    pub const fn message_bytes_max(&self) -> usize {
        self.record_bytes_max + FRAME_BYTES
    }

    /// What a dead letter may be large with everything around it.
    #[must_use]
    pub const fn letter_bytes_max(&self) -> usize {
        let message = self.message_bytes_max() + FRAME_BYTES;
        if message > LETTER_BYTES { message } else { LETTER_BYTES }
    }

    /// What every client has: it finds out within the deadline that a broker hangs, and is back within a second.
    #[must_use]
    pub fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "nova")
            .set("allow.auto.create.topics", "false")
            .set("socket.keepalive.enable", "true")
            .set("socket.nagle.disable", "true")
            .set("socket.timeout.ms", millis(self.deadline))
            .set("socket.connection.setup.timeout.ms", millis(self.deadline.max(Duration::from_secs(1))))
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            .set("log.connection.close", "false");
        client
    }

    /// For the one producer of a process.
    #[must_use]
    pub fn producer(&self) -> ClientConfig {
        let mut client = self.client();
        client
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("linger.ms", millis(self.linger))
            .set("delivery.timeout.ms", millis(self.delivery_deadline))
            .set("message.max.bytes", self.letter_bytes_max().to_string())
            // as Kafka's own clients and Debezium's: whoever writes a key, it comes to the same partition
            .set("partitioner", "murmur2_random")
            // the room of the port is the bound that callers meet; this one only stands behind it
            .set("queue.buffering.max.messages", "0")
            .set(
                "queue.buffering.max.kbytes",
                (self.waiting_bytes_max.max(self.letter_bytes_max()) / 512).to_string(),
            );
        client
    }

    /// For one who reads `partitions` partitions, each through a queue of its own, and belongs to no group. Kafka's
    /// client wants a group's name nonetheless; it is never joined.
    #[must_use]
    pub fn reader(&self, partitions: usize) -> ClientConfig {
        let share = self.ahead_bytes_max / partitions.max(1) / 1_024;
        let mut client = self.consumer("reader");
        client
            // or a partition whose last records are marks of transactions would be waited for
            .set("enable.partition.eof", "true")
            // one request is under way at a time: a partition that was full waits until it is answered
            .set("fetch.wait.max.ms", "50")
            // for each partition: what is there, and what one more answer brings, is half of its share each
            .set("queued.max.messages.kbytes", (share / 2).max(1).to_string())
            .set("fetch.message.max.bytes", (share * 512).clamp(16 << 10, 1 << 20).to_string());
        client
    }

    /// For a member of `group` (see [`Self::group`]): who shares the partitions with the others that have its name.
    /// All partitions are given back before they are given anew, and nothing is committed unless it is told to.
    ///
    /// With an `instance` (a name that this replica keeps over restarts) one that comes back within `session` finds
    /// its partitions as it left them.
    #[must_use]
    pub fn member(
        &self,
        group: &str,
        instance: Option<&str>,
        session: Duration,
        ahead_bytes_max: usize,
    ) -> ClientConfig {
        let mut client = self.consumer(group);
        client
            .set("partition.assignment.strategy", "range")
            .set("session.timeout.ms", millis(session))
            .set("heartbeat.interval.ms", millis((session / 4).max(Duration::from_millis(100))))
            // who joins asks for the topics first; where a broker goes away under that question, librdkafka 2.12 joins
            // with its next look at all topics and not before, which it takes after five minutes otherwise
            .set("topic.metadata.refresh.interval.ms", millis(LOOK_AT_TOPICS))
            .set("queued.max.messages.kbytes", (ahead_bytes_max / 1_024).max(1).to_string());
        if let Some(instance) = instance {
            client.set("group.instance.id", instance);
        }
        client
    }

    /// For one who only asks for the positions of a group and sets them.
    #[must_use]
    pub fn committer(&self, group: &str) -> ClientConfig {
        self.consumer(group)
    }

    /// What all that read have.
    fn consumer(&self, group: &str) -> ClientConfig {
        let mut client = self.client();
        client
            .set("group.id", self.group(group))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // a position that is not there is told, never replaced by another
            .set("auto.offset.reset", "error")
            // with the default of a second, whoever empties the queue quickly waits most of the time
            .set("fetch.queue.backoff.ms", "2")
            .set("fetch.wait.max.ms", "500")
            .set("receive.message.max.bytes", (self.letter_bytes_max().max(50 << 20) * 2).to_string());
        client
    }
}

/// `host:port`, or `[address]:port`.
fn is_address(address: &str) -> bool {
    address.rsplit_once(':').is_some_and(|(host, port)| {
        let named = !host.is_empty() && !host.contains(['/', '@', ' ']);
        named && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

/// As Kafka's client takes it; at least 1.
fn millis(duration: Duration) -> String {
    duration.as_millis().clamp(1, 86_400_000).to_string()
}

fn refused(field: &'static str, why: &'static str) -> Error {
    Error::new(Kind::Rejected, "log.open", why).at(field, "invalid")
}
