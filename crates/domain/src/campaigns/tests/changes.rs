//! The rules of changes, as tables.

use beta_kit::money::{CpmRate, Money};

use super::*;
use crate::campaigns::assignment::{Terms, answer_to};
use crate::campaigns::changes::{Editor, check_change, check_open, status_after};
use crate::campaigns::changing::check_move;

/// The fields that may be changed alone.
fn open_fields(status: CampaignStatus, editor: Editor, was_shown: bool) -> Vec<&'static str> {
    let fields = CampaignField::ALL.iter();
    let open = fields.filter(|field| check_change(status, editor, was_shown, &[**field]).is_ok());
    open.map(|field| field.as_str()).collect()
}

#[test]
fn what_may_be_changed_of_a_campaign_depends_on_its_state_and_on_who_asks() {
    use CampaignStatus as S;
    use Editor::{Admin, Agency};
    let all: Vec<&str> = CampaignField::ALL
        .iter()
        .map(|field| field.as_str())
        .collect();
    let after_approval = vec!["endDate", "budget", "timeZone"];
    for (status, agency, admin) in [
        (S::Draft, all.clone(), all.clone()),
        (S::Submitted, vec![], all.clone()),
        (S::Approved, after_approval.clone(), all.clone()),
        (S::Rejected, all.clone(), all.clone()),
        (S::Active, after_approval.clone(), all.clone()),
        (S::Paused, after_approval, all),
        (S::Completed, vec![], vec![]),
    ] {
        for (editor, mut expected) in [(Agency, agency), (Admin, admin)] {
            assert_eq!(
                open_fields(status, editor, false),
                expected,
                "{status} {editor:?}"
            );
            expected.retain(|field| *field != "timeZone");
            assert_eq!(
                open_fields(status, editor, true),
                expected,
                "{status} {editor:?}"
            );
        }
    }
}

#[test]
fn a_refused_change_says_why() {
    use CampaignField as F;
    use CampaignStatus as S;
    let check = |status, editor, was_shown, fields: &[F]| {
        check_change(status, editor, was_shown, fields).unwrap_err()
    };
    let lapse = check(
        S::Active,
        Editor::Agency,
        false,
        &[F::Name, F::Budget, F::Targeting],
    );
    let CampaignError::ApprovalWouldLapse { fields } = &lapse else {
        panic!("{lapse:?}")
    };
    assert_eq!(fields, &[F::Name, F::Targeting]);
    assert!(lapse.to_string().contains("name, targeting"), "{lapse}");
    let shown = check(S::Active, Editor::Admin, true, &[F::TimeZone]);
    assert!(matches!(shown, CampaignError::AlreadyShown));
    for fields in [&[][..], &[F::Name]] {
        let held = check(S::Submitted, Editor::Agency, false, fields);
        assert!(matches!(held, CampaignError::InReview));
        let over = check(S::Completed, Editor::Admin, false, fields);
        assert!(matches!(over, CampaignError::Completed));
    }
}

#[test]
fn what_hangs_on_a_campaign_rests_while_it_is_reviewed_and_when_it_is_over() {
    for status in CampaignStatus::ALL {
        let is_over = *status == CampaignStatus::Completed;
        let is_held = *status == CampaignStatus::Submitted;
        assert_eq!(
            check_open(*status, Editor::Admin).is_ok(),
            !is_over,
            "{status}"
        );
        let agency = check_open(*status, Editor::Agency).is_ok();
        assert_eq!(agency, !is_over && !is_held, "{status}");
    }
}

#[test]
fn a_campaign_is_moved_by_those_who_may_from_every_state_to_every_other() {
    for from in CampaignStatus::ALL {
        for to in CampaignStatus::ALL {
            let admin = check_move(Editor::Admin, *from, *to);
            assert_eq!(admin.is_ok(), from.can_become(*to), "{from} to {to}");
            let agency = check_move(Editor::Agency, *from, *to);
            let judges = matches!(to, CampaignStatus::Approved | CampaignStatus::Rejected);
            match agency {
                Ok(()) => assert!(from.can_become(*to) && !judges, "{from} to {to}"),
                Err(CampaignError::ApprovalRequired { .. }) => assert!(judges, "{from} to {to}"),
                Err(error) => {
                    assert!(!from.can_become(*to) && !judges, "{from} to {to}: {error}");
                }
            }
        }
    }
}

/// What becomes of a creative: its state, or the refusal.
fn outcome(
    from: ApprovalStatus,
    editor: Editor,
    is_changed: bool,
    wanted: Option<ApprovalStatus>,
) -> &'static str {
    match status_after(from, editor, is_changed, wanted) {
        Ok(status) => status.as_str(),
        Err(CampaignError::ApprovalRequired { .. }) => "forbidden",
        Err(CampaignError::CreativeCannotBecome { .. }) => "conflict",
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn what_an_agency_changes_after_a_review_is_reviewed_again() {
    use ApprovalStatus as S;
    use Editor::{Admin, Agency};
    for (from, editor, same, changed) in [
        (S::Draft, Agency, "draft", "draft"),
        (S::Submitted, Agency, "submitted", "submitted"),
        (S::Approved, Agency, "approved", "submitted"),
        (S::Rejected, Agency, "rejected", "submitted"),
        (S::Draft, Admin, "draft", "draft"),
        (S::Submitted, Admin, "submitted", "submitted"),
        (S::Approved, Admin, "approved", "approved"),
        (S::Rejected, Admin, "rejected", "rejected"),
    ] {
        assert_eq!(
            outcome(from, editor, false, None),
            same,
            "{from} {editor:?}"
        );
        assert_eq!(
            outcome(from, editor, true, None),
            changed,
            "{from} {editor:?}"
        );
    }
}

#[test]
fn a_creative_is_submitted_by_a_change_and_judged_by_none() {
    use ApprovalStatus as S;
    use Editor::{Admin, Agency};
    for (from, submitted, approved_by_admin) in [
        (S::Draft, "submitted", "conflict"),
        (S::Submitted, "submitted", "conflict"),
        (S::Approved, "conflict", "approved"),
        (S::Rejected, "submitted", "conflict"),
    ] {
        for editor in [Agency, Admin] {
            let outcome = outcome(from, editor, false, Some(S::Submitted));
            assert_eq!(outcome, submitted, "{from} {editor:?}");
        }
        for wanted in [S::Draft, S::Approved, S::Rejected] {
            for is_changed in [false, true] {
                let outcome = outcome(from, Agency, is_changed, Some(wanted));
                assert_eq!(outcome, "forbidden", "{from} to {wanted}");
            }
        }
        let approved = outcome(from, Admin, false, Some(S::Approved));
        assert_eq!(approved, approved_by_admin, "{from}");
    }
    let both = outcome(S::Approved, Agency, true, Some(S::Submitted));
    assert_eq!(both, "submitted", "which the change alone would do");
}

#[test]
fn an_answer_stays_unless_the_price_became_worse_for_somebody_who_wants_to_be_asked() {
    use AssignmentStatus as S;
    let cpm = |text: &str| CpmRate::from_decimal(decimal(text)).unwrap();
    let fee = |text: &str| Money::positive(decimal(text), Currency::USD).unwrap();
    let agreed = |status, rate: Option<&str>, fixed: Option<&str>| Assignment {
        id: UNKNOWN.parse().unwrap(),
        campaign_id: UNKNOWN.parse().unwrap(),
        channel_id: UNKNOWN.parse().unwrap(),
        cpm_rate: rate.map(cpm),
        fixed_fee: fixed.map(fee),
        status,
        ended_at: None,
        decline_reason: None,
        link_code: None,
        created_at: at("2026-03-01"),
        updated_at: at("2026-03-01"),
    };
    let offer = |rate: Option<&str>, fixed: Option<&str>| Terms {
        cpm_rate: rate.map(cpm),
        fixed_fee: fixed.map(fee),
    };
    for (before, terms, is_worse) in [
        ((Some("10"), None), (Some("9.9999"), None), true),
        ((Some("10"), None), (Some("10"), None), false),
        ((Some("10"), None), (Some("11"), None), false),
        ((Some("10"), None), (None, None), false),
        ((Some("10"), None), (None, Some("500")), true),
        ((None, Some("500")), (None, Some("499.99")), true),
        ((None, Some("500")), (None, Some("500")), false),
        ((None, Some("500")), (Some("1"), None), false),
        ((None, None), (Some("1"), Some("1")), false),
        ((Some("10"), Some("500")), (Some("9"), Some("600")), true),
    ] {
        for status in S::ALL {
            let before = agreed(*status, before.0, before.1);
            let terms = offer(terms.0, terms.1);
            let trusting = answer_to(&before, terms, true);
            assert_eq!(trusting, *status, "takes every campaign by itself");
            let asked = answer_to(&before, terms, false);
            let asks_again = is_worse && *status == S::Accepted;
            let expected = if asks_again { S::Pending } else { *status };
            assert_eq!(asked, expected, "{before:?} {terms:?}");
        }
    }
}

const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";
