//! The program is killed while events stream in: what it has acknowledged is there afterwards.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use beta_kit::entropy::{Entropy as _, SeededEntropy};
use beta_kit::time::{Clock as _, SystemClock};
use beta_testkit::http;
use beta_testkit::wait::{PATIENCE, until};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::program::Program;

const KILLS: u64 = 20;
const SENDERS: u64 = 16;
const SEED: u64 = 20_261_122;

#[tokio::test]
async fn an_acknowledged_event_survives_kill_9() {
    let mut program = Program::start().await;
    let key = program.stand().await.key;
    let mut kept = Vec::new();

    for round in 0..KILLS {
        let acknowledged = send_until_killed(&mut program, &key, round).await;
        kept.extend(acknowledged);
        program.restart().await;
    }

    // The same event again is answered 200 when it is there, and 201 when it was lost.
    let everything = Sender::new(&program, &key);
    for events in kept.chunks(100) {
        let again = everything
            .post("/events/batch", &json!({"events": events}))
            .await
            .unwrap();
        let results = again["results"].as_array().unwrap();
        assert_eq!(results.len(), events.len());
        for (event, result) in events.iter().zip(results) {
            assert_eq!(result["status"], 200, "lost: {event} was answered {result}");
        }
    }
}

/// Many senders post one event after the other until the program is killed under them; gives what
/// was acknowledged.
async fn send_until_killed(program: &mut Program, key: &str, round: u64) -> Vec<Value> {
    let mut chance = [0];
    SeededEntropy::new(SEED + round).fill(&mut chance);
    let span = Duration::from_millis(chance[0].into());
    let count = Arc::<AtomicUsize>::default();
    let mut senders = JoinSet::new();
    for number in 0..SENDERS {
        let sender = Sender::new(program, key);
        senders.spawn(sender.stream(round * SENDERS + number, Arc::clone(&count)));
    }
    let flows = until(PATIENCE, async || (count.load(Relaxed) > 0).then_some(())).await;
    assert!(flows.is_some(), "nothing was acknowledged in round {round}");
    // When it dies is left to chance, so that it dies in every state.
    tokio::time::sleep(span).await;
    program.kill().await;
    senders.join_all().await.concat()
}

struct Sender {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Sender {
    fn new(program: &Program, key: &str) -> Self {
        Self {
            http: http::client(),
            url: program.url.clone(),
            key: key.to_owned(),
        }
    }

    /// Posts until the connection breaks.
    async fn stream(self, number: u64, count_of_all: Arc<AtomicUsize>) -> Vec<Value> {
        let mut acknowledged = Vec::new();
        for count in 0_u64.. {
            let id = format!("00000000-0000-4000-8000-{number:06x}{count:06x}");
            let event = json!({
                "id": id, "request_id": id, "ts": SystemClock.now(),
                "type": if count % 2 == 0 { "overlay_heartbeat" } else { "ad_click" },
                "payload": {"count": count},
            });
            match self.post("/events/ingest", &event).await {
                Some(_) => {
                    count_of_all.fetch_add(1, Relaxed);
                    acknowledged.push(event);
                }
                None => break,
            }
        }
        acknowledged
    }

    /// The answer when there is a whole one with a good status.
    async fn post(&self, path: &str, body: &Value) -> Option<Value> {
        let request = self.http.post(format!("{}{path}", self.url));
        let response = request
            .header("x-overlay-key", &self.key)
            .json(body)
            .send()
            .await
            .ok()?;
        if !response.status().is_success() {
            return None;
        }
        response.json().await.ok()
    }
}
