//! The steps of ../../steps.ts, done with rskafka, which is Rust alone: it writes and reads partitions, and knows no groups.

mod steps;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use rskafka::client::partition::{Compression, OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::{Record, RecordAndOffset};
use steps::{Outcome, expect, not_offered, step, until};

const PARTITIONS: i32 = 4;
/// Of each wave, in each partition.
const RECORDS: usize = 6;
const TIMEOUT_MS: i32 = 10_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let servers: Vec<String> = std::env::args()
        .last()
        .unwrap_or_default()
        .split(',')
        .map(String::from)
        .collect();
    let replicas = servers.len() as i16;
    let client = ClientBuilder::new(servers).build().await?;
    let start = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64;
    let topic = format!("orders-{start}-{}", std::process::id());
    let mut story = Story {
        topic,
        client,
        partitions: Vec::new(),
        sent: Vec::new(),
        start,
    };
    step("topic", story.create(replicas).await);
    step(
        "produce",
        story
            .wave("produce", Compression::NoCompression, false)
            .await,
    );
    step(
        "headers",
        story
            .wave("headers", Compression::NoCompression, true)
            .await,
    );
    step("gzip", story.wave("gzip", Compression::Gzip, false).await);
    step(
        "snappy",
        story.wave("snappy", Compression::Snappy, false).await,
    );
    step("lz4", story.wave("lz4", Compression::Lz4, false).await);
    step("zstd", story.wave("zstd", Compression::Zstd, false).await);
    not_offered("idempotent", "its producer is not idempotent");
    step("partition", story.partition().await);
    for name in ["group", "rebalance", "commit"] {
        not_offered(name, "it knows no groups");
    }
    step("time", story.time().await);
    not_offered("configs", "it has no such calls");
    not_offered("groups", "it has no such calls");
    step("delete", story.delete().await);
    for name in ["transaction", "abort", "transform", "fenced", "timeout"] {
        not_offered(name, "it has no transactions");
    }
    if std::env::var_os("KILLS").is_some() {
        not_offered("failover", "its producer is not idempotent");
    }
    Ok(())
}

struct Story {
    topic: String,
    client: Client,
    partitions: Vec<PartitionClient>,
    /// What was sent to each partition, where it was said to lie.
    sent: Vec<Vec<(i64, Record)>>,
    /// In milliseconds.
    start: i64,
}

impl Story {
    async fn create(&mut self, replicas: i16) -> Outcome<String> {
        self.client
            .controller_client()?
            .create_topic(&self.topic, PARTITIONS, replicas, TIMEOUT_MS)
            .await?;
        let topic = self.topic.clone();
        until("the topic to have its partitions", async || {
            let topics = self.client.list_topics().await?;
            Ok(topics
                .iter()
                .any(|it| it.name == topic && it.partitions.len() == PARTITIONS as usize))
        })
        .await?;
        for partition in 0..PARTITIONS {
            let client = self
                .client
                .partition_client(&self.topic, partition, UnknownTopicHandling::Retry)
                .await?;
            self.partitions.push(client);
            self.sent.push(Vec::new());
        }
        Ok(format!("{PARTITIONS} partitions"))
    }

    /// Writes to each partition, and reads all of it.
    async fn wave(
        &mut self,
        name: &str,
        compression: Compression,
        headers: bool,
    ) -> Outcome<String> {
        for (partition, client) in self.partitions.iter().enumerate() {
            let records: Vec<Record> = (0..RECORDS)
                .map(|index| {
                    record(
                        &format!("{name}-{partition}-{index}"),
                        index,
                        headers,
                        self.start + (self.sent[partition].len() + index) as i64,
                    )
                })
                .collect();
            let offsets = client.produce(records.clone(), compression).await?;
            self.sent[partition].extend(offsets.into_iter().zip(records));
            expect(
                "the partition",
                read(client, 0, self.sent[partition].len()).await?,
                self.sent[partition].clone(),
            )?;
        }
        Ok(format!(
            "{} records read from where they were said to lie",
            RECORDS * self.partitions.len()
        ))
    }

    async fn partition(&mut self) -> Outcome<String> {
        let (client, sent) = (&self.partitions[0], &self.sent[0]);
        let beginning = client.get_offset(OffsetAt::Earliest).await?;
        expect(
            "the partition from its beginning",
            read(client, beginning, sent.len()).await?,
            sent.clone(),
        )?;
        expect(
            "the partition from an offset",
            read(client, 3, sent.len() - 3).await?,
            sent[3..].to_vec(),
        )?;
        let end = client.get_offset(OffsetAt::Latest).await?;
        expect("the end of the partition", end, sent.len() as i64)?;
        let late = record("late", 2, false, self.start + sent.len() as i64);
        client
            .produce(vec![late.clone()], Compression::NoCompression)
            .await?;
        expect(
            "what is read from the end",
            read(client, end, 1).await?,
            vec![(end, late)],
        )?;
        Ok("from the beginning, from an offset, from the end".into())
    }

    async fn time(&mut self) -> Outcome<String> {
        let sent = &self.sent[1];
        let (offset, record) = &sent[sent.len() / 2];
        let found = self.partitions[1]
            .get_offset(OffsetAt::Timestamp(record.timestamp))
            .await?;
        expect("the offset at the time of a record", found, *offset)?;
        Ok(format!("offset {found}"))
    }

    async fn delete(&mut self) -> Outcome<String> {
        let client = &self.partitions[0];
        client.delete_records(3, TIMEOUT_MS).await?;
        until("the records to be gone", async || {
            Ok(client.get_offset(OffsetAt::Earliest).await? == 3)
        })
        .await?;
        self.client
            .controller_client()?
            .delete_topic(&self.topic, TIMEOUT_MS)
            .await?;
        until("the topic to be gone", async || {
            Ok(self
                .client
                .list_topics()
                .await?
                .iter()
                .all(|it| it.name != self.topic))
        })
        .await?;
        Ok("records before an offset, the topic".into())
    }
}

/// As many records as that, from an offset on.
async fn read(client: &PartitionClient, from: i64, count: usize) -> Outcome<Vec<(i64, Record)>> {
    let mut read: Vec<(i64, Record)> = Vec::new();
    until(&format!("{count} records to be read"), async || {
        let next = read.last().map_or(from, |(offset, _)| offset + 1);
        let (records, _) = client.fetch_records(next, 1..1_000_000, 50).await?;
        read.extend(
            records
                .into_iter()
                .map(|RecordAndOffset { record, offset }| (offset, record)),
        );
        Ok(read.len() >= count)
    })
    .await?;
    Ok(read)
}

/// With values from none at all to some hundred bytes, the further the longer.
fn record(key: &str, index: usize, headers: bool, timestamp: i64) -> Record {
    let value = format!("{key} was ordered, packed and sent. ").repeat(index.saturating_sub(1));
    // Its headers are in a map, in the order of their names.
    let pairs = [("a", ""), ("origin", "shop"), ("trace", key)]
        .map(|(name, text)| (name.to_string(), text.into()));
    Record {
        value: (index > 0).then(|| value.into_bytes()),
        headers: if headers {
            BTreeMap::from(pairs)
        } else {
            BTreeMap::new()
        },
        timestamp: DateTime::from_timestamp_millis(timestamp).unwrap_or_default(),
        key: Some(key.into()),
    }
}
