//! `bench reports`: what it takes to make the documents of a campaign.
//!
//! Documents are drawn in this process, one after the other, after a warm-up; figures are medians.

mod samples;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use beta_documents::pdf::Paper;
use beta_documents::pdf::report::{Facts, report};
use clap::Args;

/// What the report of ninety days and fifty channels may take.
const TARGET: Duration = Duration::from_millis(300);
const WARM_UP_ROUNDS: usize = 3;

#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// How often each document is drawn.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Also write the documents into this folder, to look at them.
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

/// Draws, measures and prints.
pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(options.rounds > 0, "--rounds must be at least 1");
    println!("reports as PDF, medians of {} rounds", options.rounds);
    println!("{:<34} {:>8} {:>8} {:>8}", "", "median", "slowest", "size");
    for (name, facts) in samples::all() {
        measure(name, &facts, options)?;
    }
    println!("90 days and 50 channels may take {} ms", TARGET.as_millis());
    Ok(())
}

fn measure(name: &str, facts: &Facts, options: &Options) -> Result<()> {
    let mut times = Vec::with_capacity(options.rounds);
    let mut document = Vec::new();
    for round in 0..WARM_UP_ROUNDS + options.rounds {
        let start = Instant::now();
        document = report(facts, Paper::A4)?;
        if round >= WARM_UP_ROUNDS {
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{name:<34} {:>5.1} ms {:>5.1} ms {:>5} kB",
        millis(median),
        millis(slowest),
        document.len().div_ceil(1_000)
    );
    if let Some(folder) = &options.write {
        write(folder, name, &document)?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, document: &[u8]) -> Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.pdf", name.replace([' ', ','], "-")));
    fs::write(&path, document).with_context(|| format!("write {}", path.display()))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
