//! Every verdict, as a table.

use std::time::Duration;

use beta_kit::id::Id;
use beta_kit::money::Price;
use beta_kit::time::Timestamp;

use crate::deliveries::{Delivery, DeliveryState};
use crate::events::{Effect, Report, judge};
use crate::id::InstanceId;
use crate::journal::{EventType, Reason, Verdict};

const AD_EVENTS: [EventType; 4] = [
    EventType::AdRendered,
    EventType::AdCompleted,
    EventType::AdClick,
    EventType::AdError,
];

/// Milliseconds after the lease.
fn ms(millis: i64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000 + millis * 1_000)
}

fn id(n: u8) -> Id {
    Id::from_bytes([n; 16])
}

/// A lease of ten seconds that began at 0 and, if it came so far, was on screen from 1,000 on.
fn delivery(state: DeliveryState) -> Delivery {
    let was_shown = matches!(state, DeliveryState::Rendered | DeliveryState::Completed);
    let times = Delivery::lease_times(ms(0), 10);
    Delivery {
        id: id(1).into(),
        campaign_id: id(2).into(),
        flight_id: id(3).into(),
        creative_id: id(4).into(),
        assignment_id: id(5).into(),
        channel_id: id(6).into(),
        streamer_profile_id: id(7).into(),
        session_id: id(8).into(),
        instance_id: Some(id(9).into()),
        state,
        reason: None,
        duration_sec: 10,
        price: Price::FREE,
        evidence_level: 0,
        leased_at: ms(0),
        busy_until: times.busy_until,
        report_until: ms(24 * 60 * 60 * 1_000),
        counts_at: times.counts_at,
        acknowledged_at: None,
        rendered_at: was_shown.then(|| ms(1_000)),
        rendered_ts: was_shown.then(|| ms(1_000)),
        completed_at: None,
        clicked_at: None,
        ended_at: None,
        viewership: None,
    }
}

/// A report with nothing wrong about it that is made and comes at `at`.
fn report(event_type: EventType, at: Timestamp) -> Report<'static> {
    Report {
        event_type,
        ts: at,
        received_at: at,
        instance_id: Some(id(9).into()),
        off_program: false,
        user_agent: Some("Mozilla/5.0 (Windows NT 10.0) OBS/30.1.2"),
        error: None,
    }
}

const COMPLETE: Effect = Effect::Complete { evidence_level: 1 };

fn answer(report: &Report<'_>, delivery: &Delivery) -> Result<Effect, Reason> {
    let judgement = judge(report, Some(delivery));
    match judgement.verdict {
        Verdict::Counted => Ok(judgement.effect),
        Verdict::NotCounted(reason) => {
            let frees = reason == Reason::NotOnProgram;
            assert_eq!(judgement.effect == Effect::None, !frees, "{reason}");
            Err(reason)
        }
    }
}

#[test]
fn every_report_is_judged_in_every_state() {
    use DeliveryState as S;
    let failed = || {
        Ok(Effect::Fail {
            reason: "overlay_error".to_owned(),
        })
    };
    let duplicate = || Err(Reason::Duplicate);
    let over = || Err(Reason::LeaseExpired);
    let unseen = || Err(Reason::NotRendered);
    // In the order of AD_EVENTS: rendered, completed, click, error.
    let table = [
        (
            S::Leased,
            [Ok(Effect::Render), unseen(), unseen(), failed()],
        ),
        (
            S::Acknowledged,
            [Ok(Effect::Render), unseen(), unseen(), failed()],
        ),
        (
            S::Rendered,
            [duplicate(), Ok(COMPLETE), Ok(Effect::Click), failed()],
        ),
        (
            S::Completed,
            [duplicate(), duplicate(), Ok(Effect::Click), duplicate()],
        ),
        (S::Failed, [over(), over(), over(), over()]),
        (S::Expired, [over(), over(), over(), over()]),
        (S::Errored, [over(), over(), over(), duplicate()]),
        (S::Superseded, [over(), over(), over(), over()]),
    ];
    assert_eq!(table.len(), S::ALL.len());
    for (state, expected) in table {
        for (event_type, expected) in AD_EVENTS.into_iter().zip(expected) {
            let report = report(event_type, ms(12_000));
            let found = answer(&report, &delivery(state));
            assert_eq!(found, expected, "{event_type} when {state}");
        }
    }
}

#[test]
fn a_report_without_a_delivery_counts_for_nothing() {
    for event_type in AD_EVENTS {
        let mut report = report(event_type, ms(12_000));
        report.ts = ms(-1_000_000_000);
        let judgement = judge(&report, None);
        assert_eq!(judgement.verdict, Verdict::NotCounted(Reason::NoDelivery));
        assert_eq!(judgement.effect, Effect::None);
        assert_eq!(judgement.occurred_at, ms(12_000));
    }
}

#[test]
fn a_clock_may_be_a_day_behind_and_two_minutes_ahead() {
    let day = Duration::from_hours(24);
    let ahead = Duration::from_mins(2);
    let tick = Duration::from_micros(1);
    for event_type in AD_EVENTS {
        let now = ms(12_000);
        let with_ts = |ts| Report {
            ts,
            ..report(event_type, now)
        };
        let rendered = delivery(DeliveryState::Rendered);
        for skewed in [now.minus(day).minus(tick), now.plus(ahead).plus(tick)] {
            let found = answer(&with_ts(skewed), &rendered);
            assert_eq!(found, Err(Reason::ClockSkew), "{event_type}");
        }
        for possible in [now.minus(day), now.plus(ahead)] {
            let found = answer(&with_ts(possible), &rendered);
            assert_ne!(found, Err(Reason::ClockSkew), "{event_type}");
        }
    }
}

#[test]
fn only_the_instance_that_has_the_lease_is_believed() {
    let other: InstanceId = id(99).into();
    for event_type in AD_EVENTS {
        let by = |instance_id| Report {
            instance_id,
            ..report(event_type, ms(12_000))
        };
        let leased = delivery(DeliveryState::Rendered);
        let standby = Err(Reason::StandbyInstance);
        assert_eq!(answer(&by(Some(other)), &leased), standby, "{event_type}");
        assert_ne!(
            answer(&by(None), &leased),
            standby,
            "it does not say who it is"
        );
        let given_to_anybody = Delivery {
            instance_id: None,
            ..leased
        };
        assert_ne!(answer(&by(Some(other)), &given_to_anybody), standby);
    }
}

#[test]
fn a_lease_is_over_when_its_time_is_over() {
    let now = ms(12_000);
    for state in DeliveryState::ALL.iter().filter(|state| state.is_open()) {
        for event_type in AD_EVENTS {
            let until = |report_until| Delivery {
                report_until,
                ..delivery(*state)
            };
            let report = report(event_type, now);
            let over = Err(Reason::LeaseExpired);
            assert_ne!(answer(&report, &until(now)), over, "{event_type} {state}");
            assert_eq!(
                answer(&report, &until(ms(11_999))),
                over,
                "{event_type} {state}"
            );
        }
    }
    // What was shown in time may be clicked later.
    let shown = Delivery {
        report_until: ms(11_000),
        ..delivery(DeliveryState::Completed)
    };
    let click = report(EventType::AdClick, now);
    assert_eq!(answer(&click, &shown), Ok(Effect::Click));
}

#[test]
fn a_play_needs_98_percent_of_its_time_by_both_clocks() {
    let completed = |ts: i64, received_at: i64| Report {
        ts: ms(ts),
        received_at: ms(received_at),
        ..report(EventType::AdCompleted, ms(0))
    };
    let early = || Err(Reason::TooEarly);
    let cases = [
        // The server counts from the lease at 0, the overlay from its first frame at 1,000.
        (completed(10_800, 9_800), Ok(COMPLETE)),
        (completed(10_800, 9_799), early()),
        (completed(10_799, 12_000), early()),
        (completed(10_800, 12_000), Ok(COMPLETE)),
        (completed(-50_000, 12_000), early()),
        (completed(10_800, 80_000_000), Ok(COMPLETE)),
    ];
    for (report, expected) in cases {
        let found = answer(&report, &delivery(DeliveryState::Rendered));
        assert_eq!(found, expected, "{report:?}");
    }
}

#[test]
fn a_play_off_the_program_does_not_count_and_frees_its_place() {
    let report = Report {
        off_program: true,
        ..report(EventType::AdCompleted, ms(12_000))
    };
    let judgement = judge(&report, Some(&delivery(DeliveryState::Rendered)));
    assert_eq!(judgement.verdict, Verdict::NotCounted(Reason::NotOnProgram));
    let reason = "not_on_program".to_owned();
    assert_eq!(judgement.effect, Effect::Fail { reason });
}

#[test]
fn a_program_that_says_it_is_a_bot_is_believed() {
    for (user_agent, is_bot) in [
        (
            Some("Googlebot/2.1 (+http://www.google.com/bot.html)"),
            true,
        ),
        (Some("Some-Spider 1"), true),
        (Some("WebCrawler"), true),
        (Some("Mozilla/5.0 (X11; Linux) OBS/31.0"), false),
        (Some(""), false),
        (None, false),
    ] {
        for event_type in [EventType::AdCompleted, EventType::AdClick] {
            let report = Report {
                user_agent,
                ..report(event_type, ms(12_000))
            };
            let found = answer(&report, &delivery(DeliveryState::Rendered));
            let refused = found == Err(Reason::AutomatedClient);
            assert_eq!(refused, is_bot, "{user_agent:?}");
        }
    }
}

#[test]
fn a_delivery_has_one_click() {
    let clicked = Delivery {
        clicked_at: Some(ms(5_000)),
        ..delivery(DeliveryState::Rendered)
    };
    let click = report(EventType::AdClick, ms(6_000));
    assert_eq!(answer(&click, &clicked), Err(Reason::DuplicateClick));
}

#[test]
fn only_a_code_becomes_the_reason_of_an_error() {
    let longest = "a".repeat(64);
    let too_long = "a".repeat(65);
    for (said, kept) in [
        (Some("asset_load_failed"), "asset_load_failed"),
        (Some(longest.as_str()), longest.as_str()),
        (Some(too_long.as_str()), "overlay_error"),
        (Some("<b>Error</b>"), "overlay_error"),
        (Some(""), "overlay_error"),
        (None, "overlay_error"),
    ] {
        let report = Report {
            error: said,
            ..report(EventType::AdError, ms(2_000))
        };
        let expected = Effect::Fail {
            reason: kept.to_owned(),
        };
        assert_eq!(
            answer(&report, &delivery(DeliveryState::Leased)),
            Ok(expected)
        );
    }
}

#[test]
fn an_event_happened_between_its_lease_and_its_arrival() {
    let leased = delivery(DeliveryState::Leased);
    let rendered = delivery(DeliveryState::Rendered);
    let latest = leased.counts_at;
    let hour = 3_600_000;
    let cases = [
        // (event, delivery, the sender's time, the arrival, the settled time)
        (EventType::AdRendered, &leased, ms(700), ms(900), ms(700)),
        (EventType::AdRendered, &leased, ms(-700), ms(900), ms(0)),
        (EventType::AdRendered, &leased, ms(1_000), ms(900), ms(900)),
        (EventType::AdRendered, &leased, ms(hour), ms(hour), latest),
        (
            EventType::AdCompleted,
            &rendered,
            ms(11_000),
            ms(hour),
            ms(11_000),
        ),
        (
            EventType::AdCompleted,
            &rendered,
            ms(hour),
            ms(hour),
            latest,
        ),
        (
            EventType::AdCompleted,
            &rendered,
            ms(0),
            ms(hour),
            ms(1_000),
        ),
        (EventType::AdClick, &rendered, ms(hour), ms(hour), ms(hour)),
        // A clock that cannot be right says nothing.
        (
            EventType::AdClick,
            &rendered,
            ms(26 * hour),
            ms(hour),
            ms(hour),
        ),
    ];
    for (event_type, delivery, ts, received_at, expected) in cases {
        let report = Report {
            ts,
            received_at,
            ..report(event_type, ms(0))
        };
        let judgement = judge(&report, Some(delivery));
        assert_eq!(
            judgement.occurred_at, expected,
            "{event_type} {ts} {received_at}"
        );
    }
}
