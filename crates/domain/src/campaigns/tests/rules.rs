//! The pure rules.

use serde_json::json;

use super::*;

#[test]
fn a_campaign_moves_along_its_table_and_no_other_way() {
    use CampaignStatus as S;
    let allowed = [
        (S::Draft, S::Submitted),
        (S::Submitted, S::Approved),
        (S::Submitted, S::Rejected),
        (S::Rejected, S::Draft),
        (S::Approved, S::Active),
        (S::Approved, S::Completed),
        (S::Active, S::Paused),
        (S::Active, S::Completed),
        (S::Paused, S::Active),
        (S::Paused, S::Completed),
    ];
    for from in S::ALL {
        for to in S::ALL {
            assert_eq!(
                from.can_become(*to),
                allowed.contains(&(*from, *to)),
                "{from} to {to}"
            );
        }
    }
}

#[test]
fn only_approved_and_active_campaigns_are_shown() {
    let shown: Vec<&str> = CampaignStatus::ALL
        .iter()
        .filter(|status| status.is_deliverable())
        .map(|status| status.as_str())
        .collect();
    assert_eq!(shown, ["approved", "active"]);
}

#[test]
fn an_agency_begins_with_a_draft_or_submits_and_an_administrator_begins_anywhere() {
    let begun = |role: Role| {
        let campaigns = CampaignStatus::ALL
            .iter()
            .filter(|status| status.may_begin_as(role));
        let creatives = ApprovalStatus::ALL
            .iter()
            .filter(|status| status.may_begin_as(role));
        (campaigns.count(), creatives.count())
    };
    assert_eq!(begun(Role::Agency), (2, 2));
    assert!(CampaignStatus::Draft.may_begin_as(Role::Agency));
    assert!(CampaignStatus::Submitted.may_begin_as(Role::Agency));
    assert!(ApprovalStatus::Draft.may_begin_as(Role::Agency));
    assert!(ApprovalStatus::Submitted.may_begin_as(Role::Agency));
    assert_eq!(
        begun(Role::Admin),
        (CampaignStatus::ALL.len(), ApprovalStatus::ALL.len())
    );
    for role in [Role::Brand, Role::Streamer, Role::Viewer] {
        assert_eq!(begun(role), (0, 0), "{role}");
    }
}

#[test]
fn a_campaign_starts_before_it_ends_in_a_year_that_means_something() {
    let check = |start: &str, end: &str| {
        NewCampaign {
            start_date: at(start),
            end_date: at(end),
            ..new_campaign()
        }
        .check()
    };
    assert!(check("2026-03-01", "2026-03-01T00:00:00.001Z").is_ok());
    assert!(check("2000-01-01", "2199-12-31T23:59:59.999Z").is_ok());
    for (start, end) in [("2026-03-01", "2026-03-01"), ("2026-03-02", "2026-03-01")] {
        let refused = check(start, end);
        let Err(CampaignError::DatesOutOfOrder { field, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(field, "endDate");
    }
    for (start, end, wrong) in [
        ("1999-12-31T23:59:59.999Z", "2026-03-01", "startDate"),
        ("2026-03-01", "2200-01-01", "endDate"),
    ] {
        let refused = check(start, end);
        let Err(CampaignError::DateOutOfRange { field }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(field, wrong);
    }
}

#[test]
fn a_budget_is_kept_in_the_minor_units_of_its_currency() {
    let budget = |amount: &str, currency: &str| {
        let (budget, currency) = (decimal(amount), Currency::parse(currency).unwrap());
        NewCampaign {
            budget,
            currency,
            ..new_campaign()
        }
        .check()
        .map(|money| money.to_string())
    };
    assert_eq!(budget("1234.565", "USD").unwrap(), "1234.57");
    assert_eq!(budget("1234.5", "JPY").unwrap(), "1235");
    assert_eq!(budget("99999999999.99", "USD").unwrap(), "99999999999.99");
    for bad in ["0", "-1", "0.004", "100000000000"] {
        let refused = budget(bad, "USD");
        assert!(
            matches!(
                refused,
                Err(CampaignError::Money {
                    field: "budget",
                    ..
                })
            ),
            "{bad}: {refused:?}"
        );
    }
}

#[test]
fn targeting_is_an_object_of_bounded_size_without_nul() {
    let filled = |bytes: usize| {
        let frame = json!({ "a": "" }).to_string().len();
        Targeting::parse(json!({ "a": "x".repeat(bytes - frame) }))
    };
    assert!(filled(limits::TARGETING_BYTES_MAX).is_ok());
    assert!(matches!(
        filled(limits::TARGETING_BYTES_MAX + 1),
        Err(CampaignError::TargetingTooLarge)
    ));
    for bad in [json!(null), json!([]), json!("a"), json!(1)] {
        assert!(matches!(
            Targeting::parse(bad),
            Err(CampaignError::TargetingNotAnObject)
        ));
    }
    for bad in [json!({ "a": ["x\0"] }), json!({ "a": { "b\0": 1 } })] {
        let refused = Targeting::parse(bad);
        assert!(matches!(
            refused,
            Err(CampaignError::Text {
                field: "targeting",
                ..
            })
        ));
    }
    assert_eq!(Targeting::default().as_value(), &json!({}));
}

#[test]
fn every_number_has_its_bounds() {
    assert!(Pacing::new(1).is_ok() && Pacing::new(1_000).is_ok());
    assert!(Pacing::new(0).is_err() && Pacing::new(1_001).is_err());
    assert!(Cap::new(1).is_ok() && Cap::new(200).is_ok());
    assert!(Cap::new(0).is_err() && Cap::new(201).is_err());
    assert!(MinGap::new(0).is_ok() && MinGap::new(86_400).is_ok());
    assert!(MinGap::new(-1).is_err() && MinGap::new(86_401).is_err());
    assert!(OnScreen::new(1).is_ok() && OnScreen::new(120).is_ok());
    assert!(OnScreen::new(0).is_err() && OnScreen::new(121).is_err());
}

#[test]
fn a_flight_names_a_format_and_runs_between_its_times() {
    let none = NewFlight {
        allowed_formats: Vec::new(),
        ..new_flight()
    };
    assert!(matches!(
        none.check(),
        Err(CampaignError::WrongCount {
            field: "allowedFormats",
            min: 1,
            max: 3
        })
    ));
    assert_eq!(
        new_flight().distinct_formats(),
        [CreativeFormat::Image, CreativeFormat::Mp4]
    );

    let between = |start: Option<&str>, end: Option<&str>| {
        let (start_at, end_at) = (start.map(at), end.map(at));
        NewFlight {
            start_at,
            end_at,
            ..new_flight()
        }
        .check()
    };
    assert!(between(Some("2026-03-01"), Some("2026-03-02")).is_ok());
    assert!(between(Some("2026-03-01"), None).is_ok());
    assert!(matches!(
        between(Some("2026-03-02"), Some("2026-03-02")),
        Err(CampaignError::DatesOutOfOrder { field: "endAt", .. })
    ));
    assert!(matches!(
        between(None, Some("1990-01-01")),
        Err(CampaignError::DateOutOfRange { field: "endAt" })
    ));
    assert!(matches!(
        between(Some("3000-01-01"), None),
        Err(CampaignError::DateOutOfRange { field: "startAt" })
    ));
}

#[test]
fn a_file_must_be_of_its_creatives_format() {
    let allowed = [
        (CreativeFormat::Image, MediaKind::Png),
        (CreativeFormat::Image, MediaKind::Jpeg),
        (CreativeFormat::Image, MediaKind::WebP),
        (CreativeFormat::Gif, MediaKind::Gif),
        (CreativeFormat::Mp4, MediaKind::Mp4),
    ];
    for format in CreativeFormat::ALL {
        for kind in MediaKind::ALL {
            let accepted = format.check(kind);
            assert_eq!(
                accepted.is_ok(),
                allowed.contains(&(*format, kind)),
                "{format} {kind:?}"
            );
            if let Err(error) = accepted {
                assert_eq!(error.to_string(), format.expectation());
            }
        }
    }
}

#[test]
fn a_file_lies_under_its_campaign_with_the_ending_of_its_type() {
    let campaign: CampaignId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    let random: CreativeId = "9f0c1a4e-0000-4000-8000-000000000001".parse().unwrap();
    assert_eq!(
        object_key(campaign, random, MediaKind::WebP),
        "creatives/01890a5d-ac96-774b-bcce-b302099a8057/9f0c1a4e-0000-4000-8000-000000000001.webp"
    );
}
