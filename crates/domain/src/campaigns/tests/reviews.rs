//! Changes and reviews of creatives, on a real database.

use beta_kit::version::Version;
use serde_json::json;

use super::*;
use crate::deliveries::TriggerError;
use crate::testing::{booked, on_each_engine};

struct Desk<'a> {
    house: &'a House,
    people: People,
    campaign: CampaignId,
}

impl<'a> Desk<'a> {
    async fn open(house: &'a House) -> Self {
        let people = People::move_in(house).await;
        let campaign = book(house, &people.agency, new_campaign()).await.unwrap();
        Self {
            house,
            people,
            campaign: campaign.id,
        }
    }

    async fn add(&self, who: &Actor, key: &str, approval_status: ApprovalStatus) -> Creative {
        let mut work = self.house.works.begin(who.clone()).await.unwrap();
        let new = NewCreative {
            approval_status,
            ..new_creative(self.campaign, key)
        };
        let creative = add(&mut work, new).await.unwrap();
        work.commit().await.unwrap();
        creative
    }

    async fn review(
        &self,
        who: &Actor,
        creative: &Creative,
        expected: Option<Version>,
        (decision, reason): (Decision, Option<&str>),
    ) -> Result<Creative, CampaignError> {
        let reason = reason.map(|text| Reason::parse(text).unwrap());
        let mut work = self.house.works.begin(who.clone()).await.unwrap();
        let review = Review { decision, reason };
        let creative = review_one(&mut work, creative, expected, review).await?;
        work.commit().await.unwrap();
        Ok(creative)
    }

    async fn change(
        &self,
        who: &Actor,
        creative: &Creative,
        changes: CreativeChanges,
    ) -> Result<Creative, CampaignError> {
        let mut work = self.house.works.begin(who.clone()).await.unwrap();
        let creative = change_creative(&mut work, creative.id, None, changes).await?;
        work.commit().await.unwrap();
        Ok(creative)
    }
}

async fn review_one(
    work: &mut Work,
    creative: &Creative,
    expected: Option<Version>,
    decided: Review,
) -> Result<Creative, CampaignError> {
    review(work, creative.id, expected, decided).await
}

fn leads_to(url: &str) -> CreativeChanges {
    CreativeChanges {
        click_url: Some(HttpUrl::parse(url).unwrap()),
        ..CreativeChanges::default()
    }
}

const APPROVED: (Decision, Option<&str>) = (Decision::Approved, None);

#[tokio::test]
async fn a_change_after_the_approval_is_reviewed_again_and_not_shown_until_then() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let id = booked.creative.id;
        let mut work = house.works.begin(booked.agency.clone()).await.unwrap();
        let changes = leads_to("https://elsewhere.example/");
        let after = change_creative(&mut work, id, None, changes.clone())
            .await
            .unwrap();
        work.commit().await.unwrap();

        assert_eq!(after.approval_status, ApprovalStatus::Submitted);
        let refused = booked.trigger(house).await;
        assert!(
            matches!(refused, Err(TriggerError::NoCreative)),
            "{refused:?}"
        );
        let (action, told) = log(house).await.pop().unwrap();
        assert_eq!(action, "creative_updated");
        let was = json!({
            "clickUrl": "https://example.com/landing", "approvalStatus": "approved",
        });
        let is = json!({
            "clickUrl": "https://elsewhere.example/", "approvalStatus": "submitted",
        });
        assert_eq!((&told["before"], &told["after"]), (&was, &is));

        let mut work = house.works.begin(Actor::System).await.unwrap();
        let decided = Review {
            decision: Decision::Approved,
            reason: None,
        };
        let seen = Some(after.version);
        review(&mut work, id, seen, decided).await.unwrap();
        work.commit().await.unwrap();
        booked.lease(house).await;
    })
    .await;
}

#[tokio::test]
async fn an_administrator_changes_a_creative_without_a_new_review() {
    on_each_engine(async |house| {
        let desk = Desk::open(house).await;
        let (agency, admin) = (&desk.people.agency, &desk.people.admin);
        let creative = desk.add(agency, "a", ApprovalStatus::Submitted).await;
        desk.review(admin, &creative, None, APPROVED).await.unwrap();

        let changes = leads_to("https://elsewhere.example/");
        let after = desk
            .change(admin, &creative, changes.clone())
            .await
            .unwrap();

        assert_eq!(after.approval_status, ApprovalStatus::Approved);
        let rows = log(house).await.len();
        assert_eq!(
            desk.change(agency, &creative, changes).await.unwrap(),
            after
        );
        assert_eq!(log(house).await.len(), rows, "the same is no change");
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_submitted_by_its_agency_and_judged_only_then() {
    on_each_engine(async |house| {
        let desk = Desk::open(house).await;
        let (agency, admin) = (&desk.people.agency, &desk.people.admin);
        let draft = desk.add(agency, "a", ApprovalStatus::Draft).await;

        let early = desk.review(admin, &draft, None, APPROVED).await;
        let refused = matches!(early, Err(CampaignError::CreativeCannotBecome { .. }));
        assert!(refused, "{early:?}");
        let to = |status| CreativeChanges {
            approval_status: Some(status),
            ..CreativeChanges::default()
        };
        for status in [ApprovalStatus::Approved, ApprovalStatus::Rejected] {
            let own = desk.change(agency, &draft, to(status)).await;
            assert!(
                matches!(own, Err(CampaignError::ApprovalRequired { .. })),
                "{own:?}"
            );
        }
        let submitted = desk
            .change(agency, &draft, to(ApprovalStatus::Submitted))
            .await;
        assert_eq!(
            submitted.unwrap().approval_status,
            ApprovalStatus::Submitted
        );
        desk.review(admin, &draft, None, APPROVED).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_review_is_made_of_what_was_seen_by_somebody_else_than_the_uploader() {
    on_each_engine(async |house| {
        let desk = Desk::open(house).await;
        let (agency, admin) = (&desk.people.agency, &desk.people.admin);
        let creative = desk.add(agency, "a", ApprovalStatus::Submitted).await;
        let swapped = desk
            .change(agency, &creative, leads_to("https://bad.example/"))
            .await;
        let swapped = swapped.unwrap();

        let seen = Some(creative.version);
        let late = desk.review(admin, &creative, seen, APPROVED).await;
        let Err(CampaignError::Stale { current }) = late else {
            panic!("{late:?}")
        };
        assert_eq!(current, swapped.version);
        for who in [agency, &desk.people.rival, &desk.people.brand] {
            let refused = desk.review(who, &creative, None, APPROVED).await;
            assert!(
                matches!(refused, Err(CampaignError::Denied(_))),
                "{refused:?}"
            );
        }
        let own = desk.add(admin, "b", ApprovalStatus::Submitted).await;
        let refused = desk.review(admin, &own, None, APPROVED).await;
        assert!(
            matches!(refused, Err(CampaignError::OwnUpload)),
            "{refused:?}"
        );

        // Somebody who uploaded and became an administrator since.
        let mut promoted = agency.clone();
        if let Actor::User(user) = &mut promoted {
            user.role = Role::Admin;
        }
        let refused = desk.review(&promoted, &creative, None, APPROVED).await;
        assert!(
            matches!(refused, Err(CampaignError::OwnUpload)),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_rejection_has_a_reason_and_deciding_the_same_again_changes_nothing() {
    on_each_engine(async |house| {
        let desk = Desk::open(house).await;
        let (agency, admin) = (&desk.people.agency, &desk.people.admin);
        let creative = desk.add(agency, "a", ApprovalStatus::Submitted).await;
        let reject = |reason| (Decision::Rejected, reason);

        let silent = desk.review(admin, &creative, None, reject(None)).await;
        assert!(
            matches!(silent, Err(CampaignError::ReasonRequired)),
            "{silent:?}"
        );
        let first = desk
            .review(admin, &creative, None, reject(Some("too loud")))
            .await
            .unwrap();
        let rows = log(house).await.len();
        let again = desk
            .review(admin, &creative, None, reject(Some("too loud")))
            .await
            .unwrap();
        assert_eq!(again, first);
        assert_eq!(log(house).await.len(), rows);

        let other = desk
            .review(admin, &creative, None, reject(Some("too long")))
            .await
            .unwrap();
        assert_eq!(other.review_reason.as_deref(), Some("too long"));
        let (_, told) = log(house).await.pop().unwrap();
        let was = json!({ "approvalStatus": "rejected", "reviewReason": "too loud" });
        assert_eq!(told["before"], was);
        let mended = desk
            .change(agency, &creative, leads_to("https://quiet.example/"))
            .await;
        assert_eq!(mended.unwrap().approval_status, ApprovalStatus::Submitted);
    })
    .await;
}

#[tokio::test]
async fn creatives_are_listed_to_those_who_may_see_them_by_campaign_and_state() {
    on_each_engine(async |house| {
        let desk = Desk::open(house).await;
        let (agency, admin) = (&desk.people.agency, &desk.people.admin);
        let mut ids = Vec::new();
        for key in ["a", "b", "c"] {
            ids.push(desk.add(agency, key, ApprovalStatus::Submitted).await.id);
            house.clock.advance(std::time::Duration::from_secs(1));
        }
        let other = book(house, &desk.people.rival, new_campaign())
            .await
            .unwrap()
            .id;
        let listed = async |who: &Actor, filter: CreativeFilter, limit, after| {
            let mut work = house.works.read(who.clone()).await.unwrap();
            let limit = Limit::new(limit).unwrap();
            let found = list_creatives(&mut work, filter, limit, after)
                .await
                .unwrap();
            assert!(
                found
                    .iter()
                    .all(|one| one.creative.campaign_id == one.campaign.id)
            );
            found
                .into_iter()
                .map(|one| one.creative)
                .collect::<Vec<_>>()
        };
        let ids_of = |found: &[Creative]| found.iter().map(|one| one.id).collect::<Vec<_>>();
        let all = CreativeFilter::default();
        let queue = CreativeFilter {
            status: Some(ApprovalStatus::Submitted),
            order: Order::Oldest,
            ..all
        };

        let newest = listed(agency, all, 200, None).await;
        assert_eq!(ids_of(&newest), [ids[2], ids[1], ids[0]]);
        let first = listed(admin, queue, 2, None).await;
        assert_eq!(ids_of(&first), ids[..2]);
        let rest = listed(admin, queue, 2, first.last().map(Creative::place)).await;
        assert_eq!(ids_of(&rest), ids[2..]);
        let of = |campaign_id| CreativeFilter {
            campaign_id: Some(campaign_id),
            ..all
        };
        assert_eq!(listed(admin, of(desk.campaign), 200, None).await.len(), 3);
        assert_eq!(listed(admin, of(other), 200, None).await, []);
        for who in [&desk.people.rival, &desk.people.brand] {
            assert_eq!(listed(who, all, 200, None).await, []);
            assert_eq!(listed(who, of(desk.campaign), 200, None).await, []);
        }
        let rejected = CreativeFilter {
            status: Some(ApprovalStatus::Rejected),
            ..all
        };
        assert_eq!(listed(admin, rejected, 200, None).await, []);
    })
    .await;
}
