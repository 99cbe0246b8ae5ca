//! Whether a campaign is where it should be: arithmetic only.

use beta_kit::time::Timestamp;

const MILLIS_PER_HOUR: i128 = 3_600_000;
/// Shares are told in parts of a million.
pub const WHOLE_PPM: i64 = 1_000_000;

/// How a campaign stands against its plan.
///
/// The *goal* is what the plan allows in all: no more impressions than the budget buys, and no more
/// than the flights pace.
/// - The budget buys `(budget − fixed fees) ÷ mean CPM price` of its channels with a rate.
/// - The flights pace `Σ pacing per hour × hours of the flight within the campaign`.
///
/// *Planned* is the goal times the share of the campaign's time that is gone, from its start to its
/// end; time is even, whatever hour it is. *Delivered* are the impressions until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Impressions that the plan allows in all; `None` when there is neither a rate nor a flight.
    pub goal: Option<i64>,
    /// Impressions that there should be by now.
    pub planned: Option<i64>,
    /// Impressions that there are.
    pub delivered: i64,
    /// How much of the campaign's time is gone, in parts of a million.
    pub time_gone_ppm: i64,
}

/// What the plan of a campaign says.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) budget_e7: i64,
    /// The fixed fees of its channels together.
    pub(super) fees_e7: i64,
    /// What an impression costs on each channel with a rate, all together.
    pub(super) rates_e7: i64,
    /// How many channels with a rate there are.
    pub(super) rated: i64,
    pub(super) flights: Vec<PlannedFlight>,
}

/// What a flight says.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlannedFlight {
    pub(super) pacing_per_hour: i64,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
}

impl Plan {
    /// How the campaign stands at `now` with so many impressions.
    pub(super) fn pace(&self, delivered: i64, now: Timestamp) -> Pace {
        let time_gone_ppm = self.time_gone_ppm(now);
        let goal = match (self.bought(), self.paced()) {
            (Some(bought), Some(paced)) => Some(bought.min(paced)),
            (bought, paced) => bought.or(paced),
        };
        let share = |goal: i64| {
            let planned = i128::from(goal) * i128::from(time_gone_ppm) / i128::from(WHOLE_PPM);
            i64::try_from(planned).unwrap_or(i64::MAX)
        };
        Pace {
            goal,
            planned: goal.map(share),
            delivered,
            time_gone_ppm,
        }
    }

    fn time_gone_ppm(&self, now: Timestamp) -> i64 {
        let whole = i128::from(self.end.millis_since(self.start)).max(1);
        let gone = i128::from(now.millis_since(self.start)).clamp(0, whole);
        i64::try_from(gone * i128::from(WHOLE_PPM) / whole).unwrap_or(WHOLE_PPM)
    }

    /// The impressions that the budget buys.
    fn bought(&self) -> Option<i64> {
        if self.rated == 0 || self.rates_e7 == 0 {
            return None;
        }
        let money = i128::from(self.budget_e7 - self.fees_e7).max(0);
        let bought = money * i128::from(self.rated) / i128::from(self.rates_e7);
        Some(i64::try_from(bought).unwrap_or(i64::MAX))
    }

    /// The impressions that the flights pace.
    fn paced(&self) -> Option<i64> {
        if self.flights.is_empty() {
            return None;
        }
        let paced: i128 = self
            .flights
            .iter()
            .map(|flight| self.paced_by(flight))
            .sum();
        Some(i64::try_from(paced).unwrap_or(i64::MAX))
    }

    fn paced_by(&self, flight: &PlannedFlight) -> i128 {
        let start = flight
            .start
            .map_or(self.start, |start| start.max(self.start));
        let end = flight.end.map_or(self.end, |end| end.min(self.end));
        let span_ms = i128::from(end.millis_since(start)).max(0);
        i128::from(flight.pacing_per_hour) * span_ms / MILLIS_PER_HOUR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn plan() -> Plan {
        Plan {
            start: at("2026-03-01"),
            end: at("2026-03-11"),
            budget_e7: 1_000_000_000,
            fees_e7: 0,
            rates_e7: 300_000,
            rated: 2,
            flights: Vec::new(),
        }
    }

    fn flight(pacing_per_hour: i64, start: Option<&str>, end: Option<&str>) -> PlannedFlight {
        PlannedFlight {
            pacing_per_hour,
            start: start.map(at),
            end: end.map(at),
        }
    }

    #[test]
    fn the_plan_is_what_budget_and_flights_allow_and_time_is_even() {
        let now = at("2026-03-03T12:00:00Z");
        // 100 dollars at a mean of 15 dollars for a thousand.
        let pace = plan().pace(7, now);
        assert_eq!((pace.goal, pace.planned), (Some(6_666), Some(1_666)));
        assert_eq!((pace.delivered, pace.time_gone_ppm), (7, 250_000));

        let fees = Plan {
            fees_e7: 400_000_000,
            ..plan()
        };
        assert_eq!(fees.pace(0, now).goal, Some(4_000));
        let all_fees = Plan {
            fees_e7: 2_000_000_000,
            ..plan()
        };
        assert_eq!(all_fees.pace(0, now).goal, Some(0));

        // Five days of the flight lie within the campaign, and ten of the other.
        let flights = vec![
            flight(10, Some("2026-03-06"), Some("2026-06-01")),
            flight(1, None, None),
            flight(1_000, Some("2026-04-01"), None),
        ];
        let paced = Plan { flights, ..plan() };
        assert_eq!(paced.pace(0, now).goal, Some(10 * 24 * 5 + 24 * 10));
    }

    #[test]
    fn without_a_rate_or_a_flight_there_is_no_goal_and_time_has_its_ends() {
        let unplanned = Plan {
            rated: 0,
            rates_e7: 0,
            ..plan()
        };
        let pace = unplanned.pace(3, at("2026-02-01"));
        assert_eq!((pace.goal, pace.planned), (None, None));
        assert_eq!(pace.time_gone_ppm, 0);
        let over = plan().pace(3, at("2027-02-01"));
        assert_eq!((over.planned, over.time_gone_ppm), (over.goal, WHOLE_PPM));
    }
}
