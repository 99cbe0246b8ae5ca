//! Charts as SVG, made once for pages and for paper.
//!
//! A chart is a pure function of its numbers. It is drawn for a white ground, can be read in grey,
//! and says in its title and description what it shows. It must not decide what a number is.

mod panel;
mod scale;
mod svg;
#[cfg(test)]
mod tests;

use beta_kit::time::Day;

use crate::figures::grouped;
use panel::{Bar, Panel};
use scale::{day_label, month};
use svg::{Look, Svg};

/// Text and bars.
const INK: &str = "#101820";
const MUTED: &str = "#4a5866";
const LINE: &str = "#d5dce4";
/// The brand's signal, for clicks and for what is spent.
const SIGNAL: &str = "#e94f37";

/// How wide every chart is drawn. Its picture may be shown at any width.
pub const WIDTH: f64 = 495.0;
const IMPRESSIONS_HEIGHT: f64 = 96.0;
const CLICKS_HEIGHT: f64 = 48.0;
const HOURS_HEIGHT: f64 = 90.0;
/// Room for the name of a panel above it.
const NAME: f64 = 20.0;
/// Room between two panels.
const BETWEEN: f64 = 10.0;
/// Room for the labels below the last panel.
const FOOT: f64 = 18.0;
const METER_HEIGHT: f64 = 14.0;

/// More bars than this are not drawn: days are then taken together, weeks where that is enough.
const BARS_MAX: usize = 120;
const WEEK: usize = 7;
/// From so many days on, labels name months.
const LONG_DAYS: usize = 92;
const LABELS_MAX: usize = 8;
const HOURS_PER_LABEL: usize = 3;

const LABEL: Look = Look {
    size: 7.5,
    weight: 400,
    fill: MUTED,
};
const TITLE: Look = Look {
    size: 8.5,
    weight: 700,
    fill: INK,
};

/// What happened on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day.
    pub day: Day,
    /// Verified plays.
    pub impressions: i64,
    /// Clicks.
    pub clicks: i64,
}

/// A chart, ready to be put on a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The picture.
    pub svg: String,
    /// Its height where it is [`WIDTH`] wide.
    pub height: f64,
    /// What it shows, in words.
    pub words: String,
}

/// Impressions of each day, and clicks below where there are any. Days between the first and the
/// last on which nothing happened are empty. `id` is the chart's own on its page.
pub fn daily(id: &str, days: &[DayCount]) -> Chart {
    let groups = groups(days);
    let per_bar = groups.per_bar;
    let each = match per_bar {
        1 => "day".to_owned(),
        WEEK => "week".to_owned(),
        days => format!("{days} days"),
    };
    let title = format!("Impressions and clicks per {each}");
    let words = daily_words(days);
    let has_clicks = days.iter().any(|day| day.clicks > 0);
    let mut height = NAME + IMPRESSIONS_HEIGHT + FOOT;
    if has_clicks {
        height += BETWEEN + NAME + CLICKS_HEIGHT;
    }
    let mut svg = Svg::new(id, [WIDTH, height], &title, &words);
    let bars = |value: fn(&DayCount) -> i64, fill| -> Vec<Bar> {
        let bar = |count| Bar {
            value: value(count),
            fill,
        };
        groups.counts.iter().map(bar).collect()
    };
    let panel = Panel::new(NAME, IMPRESSIONS_HEIGHT, groups.counts.len());
    let impressions = bars(|count| count.impressions, INK);
    panel.draw(&mut svg, &format!("Impressions per {each}"), &impressions);
    let mut lowest = panel;
    if has_clicks {
        let top = NAME + IMPRESSIONS_HEIGHT + BETWEEN + NAME;
        lowest = Panel::new(top, CLICKS_HEIGHT, groups.counts.len());
        let clicks = bars(|count| count.clicks, SIGNAL);
        lowest.draw(&mut svg, &format!("Clicks per {each}"), &clicks);
    }
    label_days(&mut svg, &lowest, &groups);
    Chart {
        svg: svg.finish(),
        height,
        words,
    }
}

/// Impressions by hour of the day, from midnight on.
pub fn hours(id: &str, hours: &[i64; 24]) -> Chart {
    let height = NAME + HOURS_HEIGHT + FOOT;
    let words = hours_words(hours);
    let title = "Impressions by hour of the day";
    let mut svg = Svg::new(id, [WIDTH, height], title, &words);
    let panel = Panel::new(NAME, HOURS_HEIGHT, hours.len());
    let bars: Vec<Bar> = hours
        .iter()
        .map(|value| Bar {
            value: *value,
            fill: INK,
        })
        .collect();
    panel.draw(&mut svg, title, &bars);
    for hour in (0..hours.len()).step_by(HOURS_PER_LABEL) {
        panel.label(&mut svg, hour, &format!("{hour:02}:00"));
    }
    Chart {
        svg: svg.finish(),
        height,
        words,
    }
}

/// How much of a whole is used, as a bar. What passes the whole fills it.
pub fn meter(id: &str, used: i64, whole: i64, words: &str) -> Chart {
    let mut svg = Svg::new(id, [WIDTH, METER_HEIGHT], words, words);
    let share = if whole > 0 {
        (double(used) / double(whole)).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (top, thick) = (2.0, METER_HEIGHT - 4.0);
    svg.rect("chart-whole", [0.0, top, WIDTH, thick], LINE);
    svg.rect("chart-used", [0.0, top, WIDTH * share, thick], SIGNAL);
    Chart {
        svg: svg.finish(),
        height: METER_HEIGHT,
        words: words.to_owned(),
    }
}

struct Groups {
    counts: Vec<DayCount>,
    per_bar: usize,
}

/// A count for every day from the first to the last, several days together where there are many.
fn groups(days: &[DayCount]) -> Groups {
    let ends = days.iter().map(|count| count.day.epoch_days());
    let (Some(first), Some(last)) = (ends.clone().min(), ends.max()) else {
        return Groups {
            counts: Vec::new(),
            per_bar: 1,
        };
    };
    let distance = |from: i32, to: i32| usize::try_from(i64::from(to) - i64::from(from));
    let span = distance(first, last).unwrap_or_default() + 1;
    let per_bar = match span.div_ceil(BARS_MAX) {
        1 => 1,
        days => days.next_multiple_of(WEEK),
    };
    let start = |index: usize| i32::try_from(index * per_bar).unwrap_or(i32::MAX);
    let mut counts: Vec<DayCount> = (0..span.div_ceil(per_bar))
        .map(|index| DayCount {
            day: Day::from_epoch_days(first.saturating_add(start(index))),
            impressions: 0,
            clicks: 0,
        })
        .collect();
    for count in days {
        let at = distance(first, count.day.epoch_days()).unwrap_or_default() / per_bar;
        let group = &mut counts[at];
        group.impressions = group.impressions.saturating_add(count.impressions);
        group.clicks = group.clicks.saturating_add(count.clicks);
    }
    Groups { counts, per_bar }
}

/// Some of the days below the panel, evenly, or the first bar of some months.
fn label_days(svg: &mut Svg, panel: &Panel, Groups { counts, per_bar }: &Groups) {
    let is_long = counts.len() * per_bar >= LONG_DAYS;
    let begins_month = |index: &usize| {
        let before = index.checked_sub(1).map(|index| counts[index].day);
        before.is_some_and(|before| month(before) != month(counts[*index].day))
    };
    let named: Vec<usize> = if is_long {
        (0..counts.len()).filter(begins_month).collect()
    } else {
        (0..counts.len()).collect()
    };
    let every = named.len().div_ceil(LABELS_MAX).max(1);
    for index in named.into_iter().step_by(every) {
        panel.label(svg, index, &day_label(counts[index].day, is_long));
    }
}

fn daily_words(days: &[DayCount]) -> String {
    let Some(best) = days.iter().rev().max_by_key(|count| count.impressions) else {
        return "Nothing was shown on any day.".to_owned();
    };
    let sum = |value: fn(&DayCount) -> i64| days.iter().map(value).fold(0, i64::saturating_add);
    format!(
        "{} impressions and {} clicks on {} days with activity; most impressions, {}, on {}.",
        grouped(sum(|count| count.impressions)),
        grouped(sum(|count| count.clicks)),
        grouped(i64::try_from(days.len()).unwrap_or(i64::MAX)),
        grouped(best.impressions),
        best.day,
    )
}

fn hours_words(hours: &[i64; 24]) -> String {
    let best = (0..hours.len()).rev().max_by_key(|hour| hours[*hour]);
    match best {
        Some(hour) if hours[hour] > 0 => format!(
            "Most impressions, {}, were between {hour:02}:00 and {:02}:00.",
            grouped(hours[hour]),
            hour + 1,
        ),
        _ => "Nothing was shown at any hour.".to_owned(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bars are drawn to a fraction of a point"
)]
const fn double(count: i64) -> f64 {
    count as f64
}
