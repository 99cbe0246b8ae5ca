//! Axes: round numbers up the side, days along the foot.

use beta_kit::time::Day;

/// Steps of an axis, at most.
const STEPS_MAX: i64 = 4;

/// The round numbers of an axis from 0 to at least `highest`, which is not negative. Counts have no
/// halves, so they are whole.
pub(super) fn ticks(highest: i64) -> Vec<i64> {
    let least = highest.max(1).div_euclid(STEPS_MAX) + i64::from(highest.max(1) % STEPS_MAX != 0);
    let step = round_up(least);
    let mut ticks = vec![0];
    let mut tick = 0_i64;
    while tick < highest.max(1) {
        tick = tick.saturating_add(step);
        ticks.push(tick);
    }
    ticks
}

/// The next of 1, 2, 5, 10, 20, 50 and so on.
fn round_up(least: i64) -> i64 {
    let mut power = 1_i64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if step >= least || step == i64::MAX {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A day as an axis names it: `2 Mar`, and `Mar 2026` where the axis is long.
pub(super) fn day_label(day: Day, is_long: bool) -> String {
    let text = day.to_string();
    let parts: Vec<&str> = text.rsplitn(3, '-').collect();
    let [of_month, month, year] = parts[..] else {
        return text;
    };
    let index: usize = month.parse().unwrap_or(1);
    let month = MONTHS.get(index.wrapping_sub(1)).copied().unwrap_or(month);
    if is_long {
        format!("{month} {year}")
    } else {
        format!("{} {month}", of_month.trim_start_matches('0'))
    }
}

/// The year and month of a day.
pub(super) fn month(day: Day) -> String {
    let mut text = day.to_string();
    text.truncate(text.rfind('-').unwrap_or(text.len()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_few_round_steps_and_reach_the_highest() {
        for (highest, expected) in [
            (0, vec![0, 1]),
            (1, vec![0, 1]),
            (3, vec![0, 1, 2, 3]),
            (7, vec![0, 2, 4, 6, 8]),
            (100, vec![0, 50, 100]),
            (1_234, vec![0, 500, 1_000, 1_500]),
        ] {
            assert_eq!(ticks(highest), expected, "{highest}");
        }
        assert!(ticks(i64::MAX).len() <= 5);
    }

    #[test]
    fn days_are_named_briefly() {
        let day = Day::from_epoch_days(20_514);
        assert_eq!(day.to_string(), "2026-03-02");
        assert_eq!(day_label(day, false), "2 Mar");
        assert_eq!(day_label(day, true), "Mar 2026");
        assert_eq!(month(day), "2026-03");
    }
}
