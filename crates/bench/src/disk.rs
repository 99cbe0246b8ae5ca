//! The floor of one durable answer: one `fdatasync` of 4 KB.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

const BLOCK: [u8; 4_096] = [b'x'; 4_096];
const SYNCS: usize = 200;

/// The median time of a `write` of 4 KB and its `fdatasync` on the disk of `folder`.
pub(crate) fn sync_time(folder: &Path) -> Result<Duration> {
    let mut file = File::create(folder.join("sync.tmp"))?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let started = Instant::now();
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times[SYNCS / 2])
}
