//! One plot: bars over an axis with round numbers.

use super::scale::ticks;
use super::svg::{Anchor, Svg};
use super::{INK, LABEL, LINE, MUTED, TITLE, WIDTH, double};
use crate::figures::grouped;

/// Room for the numbers of the axis.
const AXIS: f64 = 46.0;
/// Half of the widest label, `Mar 2026`.
const LABEL_HALF: f64 = 18.0;
/// Bars are no wider than this, however few there are.
const BAR_MAX: f64 = 26.0;
/// Where bars are closer than this, they touch.
const STEP_WITH_GAPS: f64 = 3.0;
const BAR_SHARE: f64 = 0.72;

/// A bar from the foot up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bar {
    pub(super) value: i64,
    pub(super) fill: &'static str,
}

/// Where the plot stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    top: f64,
    height: f64,
    /// From the middle of one bar to that of the next.
    step: f64,
}

impl Panel {
    pub(super) fn new(top: f64, height: f64, bars: usize) -> Self {
        let bars = i64::try_from(bars.max(1)).unwrap_or(i64::MAX);
        Self {
            top,
            height,
            step: (WIDTH - AXIS) / double(bars),
        }
    }

    pub(super) fn draw(&self, svg: &mut Svg, name: &str, bars: &[Bar]) {
        svg.text(
            "chart-name",
            [0.0, self.top - 10.0],
            Anchor::Start,
            TITLE,
            name,
        );
        let highest = bars.iter().map(|bar| bar.value).max().unwrap_or_default();
        let ticks = ticks(highest);
        let top = ticks.last().copied().unwrap_or(1);
        let up = |value: i64| self.top + self.height * (1.0 - double(value) / double(top));
        for tick in ticks {
            let (y, color) = (up(tick), if tick == 0 { MUTED } else { LINE });
            svg.stroke("chart-grid", [AXIS, y, WIDTH, y], color);
            let at = [AXIS - 5.0, y + 2.6];
            svg.text("chart-tick", at, Anchor::End, LABEL, &grouped(tick));
        }
        let width = if self.step < STEP_WITH_GAPS {
            self.step
        } else {
            (self.step * BAR_SHARE).min(BAR_MAX)
        };
        let foot = up(0);
        for (index, bar) in bars.iter().enumerate().filter(|(_, bar)| bar.value > 0) {
            let y = up(bar.value);
            let area = [self.middle(index) - width / 2.0, y, width, foot - y];
            let class = if bar.fill == INK {
                "chart-bar"
            } else {
                "chart-bar chart-second"
            };
            svg.rect(class, area, bar.fill);
        }
        if highest == 0 {
            let at = [f64::midpoint(AXIS, WIDTH), self.top + self.height / 2.0];
            svg.text("chart-empty", at, Anchor::Middle, LABEL, "Nothing yet");
        }
    }

    /// A label below a bar.
    pub(super) fn label(&self, svg: &mut Svg, bar: usize, text: &str) {
        let (x, y) = (self.middle(bar), self.top + self.height);
        svg.stroke("chart-mark", [x, y, x, y + 3.0], MUTED);
        let (at, anchor) = if x + LABEL_HALF > WIDTH {
            (WIDTH, Anchor::End)
        } else {
            (x, Anchor::Middle)
        };
        svg.text("chart-label", [at, y + 12.0], anchor, LABEL, text);
    }

    fn middle(&self, bar: usize) -> f64 {
        let bar = i64::try_from(bar).unwrap_or(i64::MAX);
        AXIS + self.step * (double(bar) + 0.5)
    }
}
