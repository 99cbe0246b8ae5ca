//! Creatives on a real database.

use beta_kit::text::BoundedText;

use super::*;
use crate::testing::on_each_engine;

async fn added(house: &House, actor: &Actor, new: NewCreative) -> Result<Creative, CampaignError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let creative = add(&mut work, new).await?;
    work.commit().await.unwrap();
    Ok(creative)
}

async fn reviewed(
    house: &House,
    actor: &Actor,
    id: CreativeId,
    decision: Decision,
) -> Result<Creative, CampaignError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let reason = Some(BoundedText::parse("seen").unwrap());
    let creative = review(&mut work, id, None, Review { decision, reason }).await?;
    work.commit().await.unwrap();
    Ok(creative)
}

#[tokio::test]
async fn a_creative_is_shown_only_after_its_review_and_the_oldest_comes_first() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let campaign = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let first = added(house, &people.agency, new_creative(campaign, "a"))
            .await
            .unwrap();
        house.clock.advance(std::time::Duration::from_millis(1));
        let second = added(house, &people.agency, new_creative(campaign, "b"))
            .await
            .unwrap();
        let approved = async || {
            let mut work = house.works.read(Actor::System).await.unwrap();
            let creatives = approved_creatives(work.tx(), campaign).await.unwrap();
            creatives
                .into_iter()
                .map(|creative| creative.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(approved().await, []);

        let refused = reviewed(house, &people.agency, first.id, Decision::Approved).await;
        assert!(
            matches!(refused, Err(CampaignError::Denied(_))),
            "{refused:?}"
        );
        for creative in [second.id, first.id] {
            reviewed(house, &people.admin, creative, Decision::Approved)
                .await
                .unwrap();
        }
        assert_eq!(approved().await, [first.id, second.id]);

        let rejected = reviewed(house, &people.admin, first.id, Decision::Rejected)
            .await
            .unwrap();
        assert_eq!(rejected.approval_status, ApprovalStatus::Rejected);
        assert_eq!(rejected.review_reason.as_deref(), Some("seen"));
        assert_eq!(approved().await, [second.id]);
    })
    .await;
}

#[tokio::test]
async fn nobody_uploads_to_a_foreign_campaign_or_approves_their_own_upload() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let campaign = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;

        let refused = added(house, &people.rival, new_creative(campaign, "a")).await;
        assert!(
            matches!(refused, Err(CampaignError::CampaignNotFound)),
            "{refused:?}"
        );
        let refused = added(house, &people.brand, new_creative(campaign, "a")).await;
        assert!(
            matches!(refused, Err(CampaignError::Denied(_))),
            "{refused:?}"
        );
        for approval_status in [ApprovalStatus::Approved, ApprovalStatus::Rejected] {
            let new = NewCreative {
                approval_status,
                ..new_creative(campaign, "a")
            };
            let refused = added(house, &people.agency, new.clone()).await;
            assert!(
                matches!(refused, Err(CampaignError::ApprovalRequired { .. })),
                "{refused:?}"
            );
            let mut work = house.works.read(people.agency.clone()).await.unwrap();
            let early = check_upload(&mut work, campaign, approval_status).await;
            assert!(
                matches!(early, Err(CampaignError::ApprovalRequired { .. })),
                "{early:?}"
            );
        }
        let approval_status = ApprovalStatus::Approved;
        let new = NewCreative {
            approval_status,
            ..new_creative(campaign, "a")
        };
        let creative = added(house, &people.admin, new).await.unwrap();
        assert_eq!(creative.approval_status, ApprovalStatus::Approved);
        let gif = NewCreative {
            format: CreativeFormat::Gif,
            ..new_creative(campaign, "b")
        };
        let refused = added(house, &people.agency, gif).await;
        assert!(
            matches!(refused, Err(CampaignError::WrongFileType { .. })),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_creative_is_found_with_its_campaign_by_those_who_may_see_it() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let brand_organization_id = Some(organization_of(&people.brand));
        let new = NewCampaign {
            brand_organization_id,
            ..new_campaign()
        };
        let campaign = book(house, &people.agency, new).await.unwrap();
        let creative = added(house, &people.agency, new_creative(campaign.id, "a"))
            .await
            .unwrap();

        for (who, sees) in [
            (&people.agency, true),
            (&people.brand, true),
            (&people.admin, true),
            (&people.rival, false),
        ] {
            let mut work = house.works.read(who.clone()).await.unwrap();
            match find_creative(&mut work, creative.id).await {
                Ok(found) => {
                    assert_eq!((&found.creative, &found.campaign), (&creative, &campaign));
                    assert!(sees, "{who:?}");
                }
                Err(error) => {
                    assert!(
                        matches!(error, CampaignError::CreativeNotFound),
                        "{error:?}"
                    );
                    assert!(!sees, "{who:?}");
                }
            }
        }
    })
    .await;
}
