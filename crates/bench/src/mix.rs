//! What the overlays post, and in which order.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

use beta_kit::entropy::{Entropy, SystemEntropy};
use beta_kit::id::Id;
use beta_kit::time::{Clock, SystemClock, Timestamp};

use crate::server::PATH;
use crate::world::{Channel, Play};

/// What a connection posts, over and over.
pub(crate) const CYCLE: [Post; 8] = [
    Post::Rendered,
    Post::Heartbeat,
    Post::Completed,
    Post::Heartbeat,
    Post::Click,
    Post::Heartbeat,
    Post::CompletedAgain,
    Post::Heartbeat,
];
/// The same in words.
pub(crate) const WORDS: &str = "of 8 posts: 4 overlay_heartbeat, 1 ad_rendered, 1 ad_completed \
     (settles the play), 1 ad_click, 1 ad_completed again (stored as duplicate)";

/// One thing that an overlay says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Post {
    Rendered,
    Completed,
    CompletedAgain,
    Click,
    Heartbeat,
}

/// The plays of all channels, handed out once each.
#[derive(Debug)]
pub(crate) struct Stock {
    channels: Vec<Channel>,
    next: RefCell<Vec<usize>>,
    /// How often there was no new play left.
    pub(crate) ran_out: Cell<u64>,
}

impl Stock {
    pub(crate) fn new(channels: Vec<Channel>) -> Self {
        Self {
            next: RefCell::new(vec![0; channels.len()]),
            channels,
            ran_out: Cell::new(0),
        }
    }

    /// A play of the channel: a new one that will be used up, or any.
    fn take(&self, channel: usize, use_up: bool) -> &Play {
        let plays = &self.channels[channel].plays;
        let next = &mut self.next.borrow_mut()[channel];
        if use_up {
            *next += 1;
            if *next >= plays.len() {
                self.ran_out.set(self.ran_out.get() + 1);
            }
        }
        &plays[*next % plays.len()]
    }
}

/// What one connection posts.
#[derive(Debug)]
pub(crate) struct Script<'a> {
    stock: &'a Stock,
    channel: usize,
    use_up: bool,
    place: usize,
    play: Option<&'a Play>,
    ids: Ids,
    body: String,
    head: String,
}

impl<'a> Script<'a> {
    /// The posts of connection `number`; `use_up` for a server that really settles plays.
    pub(crate) fn new(stock: &'a Stock, number: usize, use_up: bool) -> Self {
        let channel = number % stock.channels.len();
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-overlay-key: {}\r\n\
             user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 OBS/30.1.2\r\n\
             content-type: application/json\r\naccept: */*\r\ncontent-length: ",
            stock.channels[channel].key
        );
        Self {
            stock,
            channel,
            use_up,
            // Connections are at different places, so that every batch is mixed.
            place: number % CYCLE.len(),
            play: None,
            ids: Ids::new(),
            body: String::new(),
            head,
        }
    }

    /// Writes the next request into `out`.
    pub(crate) fn next(&mut self, out: &mut Vec<u8>) {
        let post = CYCLE[self.place % CYCLE.len()];
        self.place += 1;
        if post == Post::Rendered {
            self.play = Some(self.stock.take(self.channel, self.use_up));
        }
        self.body.clear();
        // Until its first play a connection has nothing but heartbeats to say.
        let written = match self.play {
            Some(play) if post != Post::Heartbeat => self.write_ad(post, play),
            _ => self.write_heartbeat(),
        };
        written.expect("text grows");
        out.clear();
        out.extend_from_slice(self.head.as_bytes());
        out.extend_from_slice(self.body.len().to_string().as_bytes());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(self.body.as_bytes());
    }

    fn write_ad(&mut self, post: Post, play: &Play) -> std::fmt::Result {
        let (event_type, ts) = match post {
            Post::Rendered => ("ad_rendered", play.rendered_at),
            Post::Click => ("ad_click", play.completed_at()),
            _ => ("ad_completed", play.completed_at()),
        };
        self.write_start(event_type, ts)?;
        let instance = self.stock.channels[self.channel].instance;
        write!(
            self.body,
            r#""campaign_id":"{}","creative_id":"{}","payload":{{"commandId":"{}","#,
            play.campaign, play.creative, play.command
        )?;
        write!(
            self.body,
            r#""instanceId":"{instance}","durationSec":1,"obs":{{"pluginVersion":"2.24.4","#
        )?;
        self.body
            .write_str(r#""streaming":true,"sourceActive":true,"sourceVisible":true}}}"#)
    }

    fn write_heartbeat(&mut self) -> std::fmt::Result {
        self.write_start("overlay_heartbeat", SystemClock.now())?;
        let instance = self.stock.channels[self.channel].instance;
        write!(
            self.body,
            r#""payload":{{"instanceId":"{instance}","visible":true,"active":true}}}}"#
        )
    }

    fn write_start(&mut self, event_type: &str, ts: Timestamp) -> std::fmt::Result {
        let (id, request_id) = (self.ids.next(), self.ids.next());
        write!(
            self.body,
            r#"{{"id":"{id}","request_id":"{request_id}","type":"{event_type}","ts":"{ts}","#
        )
    }
}

/// Random ids, as a browser makes them, for next to no time: splitmix64.
#[derive(Debug)]
struct Ids(u64);

impl Ids {
    fn new() -> Self {
        let mut seed = [0; 8];
        SystemEntropy.fill(&mut seed);
        Self(u64::from_le_bytes(seed))
    }

    fn next(&mut self) -> Id {
        const VERSION: u64 = 0xf000;
        const VARIANT: u64 = 0b11 << 62;
        let high = (self.random() & !VERSION) | 0x4000;
        let low = (self.random() & !VARIANT) | (0b10 << 62);
        Id::from_u64_pair(high, low)
    }

    fn random(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
