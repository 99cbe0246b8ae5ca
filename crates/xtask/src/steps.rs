//! Named steps with their time, and a last line that says whether everything passed.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The steps done so far.
pub(crate) struct Steps {
    started: Instant,
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Runs `work`, then prints the time of each step, also when one of them failed.
    pub(crate) fn run(work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let mut steps = Self {
            started: Instant::now(),
            done: Vec::new(),
        };
        let result = work(&mut steps);
        steps.print();
        result?;
        let seconds = steps.started.elapsed().as_secs_f64();
        println!(
            "ALL GREEN: {} steps passed in {seconds:.1} s.",
            steps.done.len()
        );
        Ok(())
    }

    /// Runs one step.
    pub(crate) fn step<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        println!("\n== {name}");
        let started = Instant::now();
        let result = work().with_context(|| format!("step `{name}` failed"));
        self.done.push((name, started.elapsed()));
        result
    }

    fn print(&self) {
        println!("\nTime of each step:");
        for (name, time) in &self.done {
            println!("{:>8.1} s  {name}", time.as_secs_f64());
        }
    }
}
