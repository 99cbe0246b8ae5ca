//! The pure rules: states, policy and times.

use std::time::Duration;

use beta_kit::time::Timestamp;

use crate::deliveries::limits::{
    ACK_TIMEOUT, LOAD_ALLOWANCE, OFFERS_MAX, REPORT_WINDOW, UNANSWERED_WINDOW,
};
use crate::deliveries::{Caps, Counts, Delivery, DeliveryState, Refusal, Screen, check};

#[test]
fn every_pair_of_states_is_decided() {
    use DeliveryState as S;
    let ways_out = [S::Failed, S::Expired, S::Errored, S::Superseded];
    let mut allowed = vec![
        (S::Leased, S::Acknowledged),
        (S::Leased, S::Rendered),
        (S::Acknowledged, S::Rendered),
        (S::Rendered, S::Completed),
    ];
    for open in [S::Leased, S::Acknowledged, S::Rendered] {
        allowed.extend(ways_out.map(|end| (open, end)));
    }
    assert_eq!(S::ALL.len(), 8);
    for from in S::ALL {
        for to in S::ALL {
            let expected = allowed.contains(&(*from, *to));
            assert_eq!(from.can_become(*to), expected, "{from} to {to}");
        }
        let has_way_out = S::ALL.iter().any(|to| from.can_become(*to));
        assert_eq!(from.is_open(), has_way_out, "{from}");
    }
}

const CAPS: Caps = Caps {
    pacing_per_hour: 20,
    per_streamer_per_hour: 6,
    per_session: 30,
    min_gap: Duration::from_mins(1),
};

const fn counts(channel_hour: u32, session: u32, flight_hour: u32) -> Counts {
    Counts {
        channel_hour,
        session,
        flight_hour,
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

const NOW: i64 = 1_000_000;

fn decide(counts: Counts) -> Result<(), Refusal> {
    check(CAPS, counts, Screen::default(), at(NOW))
}

#[test]
fn the_vectors_of_the_first_version_hold() {
    assert_eq!(decide(counts(2, 3, 10)), Ok(()));
    let reached = Refusal::StreamerHourlyCapReached;
    assert_eq!(decide(counts(6, 1, 1)), Err(reached));
}

#[test]
fn each_cap_refuses_at_its_limit_and_not_one_below() {
    assert_eq!(decide(counts(5, 29, 19)), Ok(()));
    let cases = [
        (counts(6, 29, 19), Refusal::StreamerHourlyCapReached),
        (counts(5, 30, 19), Refusal::SessionCapReached),
        (counts(5, 29, 20), Refusal::CampaignPacingReached),
        (counts(7, 29, 19), Refusal::StreamerHourlyCapReached),
        (
            counts(u32::MAX, u32::MAX, u32::MAX),
            Refusal::StreamerHourlyCapReached,
        ),
        (counts(0, 30, 20), Refusal::SessionCapReached),
    ];
    for (counts, refusal) in cases {
        assert_eq!(decide(counts), Err(refusal), "{counts:?}");
    }
}

#[test]
fn the_screen_is_looked_at_before_the_caps() {
    let full = counts(6, 30, 20);
    let screen = |busy_until: Option<i64>, last_ended_at: Option<i64>| Screen {
        busy_until: busy_until.map(at),
        last_ended_at: last_ended_at.map(at),
    };
    let cases = [
        (screen(Some(NOW + 1), Some(NOW)), Refusal::ChannelBusy),
        (screen(Some(NOW), Some(NOW - 59)), Refusal::GapNotElapsed),
        (screen(None, Some(NOW - 59)), Refusal::GapNotElapsed),
        (
            screen(Some(NOW), Some(NOW - 60)),
            Refusal::StreamerHourlyCapReached,
        ),
        (
            screen(None, Some(NOW - 60)),
            Refusal::StreamerHourlyCapReached,
        ),
    ];
    for (screen, refusal) in cases {
        assert_eq!(
            check(CAPS, full, screen, at(NOW)),
            Err(refusal),
            "{screen:?}"
        );
    }
    let free = screen(Some(NOW), Some(NOW - 60));
    assert_eq!(check(CAPS, counts(0, 0, 0), free, at(NOW)), Ok(()));
}

#[test]
fn a_lease_takes_the_screen_until_its_play_can_no_longer_run() {
    let times = Delivery::lease_times(at(0), 10);
    let latest = at(10).plus(ACK_TIMEOUT * OFFERS_MAX).plus(LOAD_ALLOWANCE);
    assert_eq!(times.busy_until, latest);
    assert_eq!(times.counts_at, latest);
    assert_eq!(times.report_until, latest.plus(UNANSWERED_WINDOW));
    assert!(times.report_until < at(0).plus(REPORT_WINDOW));
}
