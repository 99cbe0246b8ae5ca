//! What streamers are asked and what they say, on a real database.

use serde_json::json;

use super::*;
use crate::audit;
use crate::id::AssignmentId;
use crate::testing::{Booked, Plan, booked, on_each_engine};

async fn asked(house: &House, actor: &Actor, filter: AskedFilter) -> Vec<Asked> {
    let mut work = house.works.read(actor.clone()).await.unwrap();
    let limit = Limit::new(50).unwrap();
    list_asked(&mut work, filter, limit, Place::START)
        .await
        .unwrap()
}

async fn say(
    house: &House,
    actor: &Actor,
    id: AssignmentId,
    what: Answer,
) -> Result<Asked, AnswerError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let asked = answer(&mut work, id, &what).await?;
    work.commit().await.unwrap();
    Ok(asked)
}

fn no(reason: &str) -> Answer {
    Answer::Decline(Some(Reason::parse(reason).unwrap()))
}

/// The same agency's campaign on a channel of somebody else.
async fn elsewhere(house: &House, booked: &Booked) -> (Actor, AssignmentId) {
    let lee = house.streamer("lee@example.com").await;
    let channel = house.channel(&lee).await;
    house
        .assign(booked.campaign.id, &[channel], &Plan::default())
        .await;
    let id = asked(house, &lee, AskedFilter::default()).await[0]
        .assignment
        .id;
    (lee, id)
}

#[tokio::test]
async fn a_streamer_is_asked_with_what_may_be_shown() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let (_, foreign) = elsewhere(house, &booked).await;
        let mine = asked(house, &booked.streamer, AskedFilter::default()).await;
        assert_eq!(mine.len(), 1);
        assert_ne!(mine[0].assignment.id, foreign);
        assert_eq!(mine[0].assignment.channel_id, booked.sender.channel_id);
        assert_eq!(mine[0].campaign.name, booked.campaign.name);
        assert_eq!(mine[0].creatives, [booked.creative]);

        assert_eq!(
            asked(house, &Actor::System, AskedFilter::default())
                .await
                .len(),
            2
        );
        for (filter, expected) in [
            (Some(booked.sender.channel_id), 1),
            (Some(house.works.mint()), 0),
        ] {
            let filter = AskedFilter {
                channel_id: filter,
                status: Some(AssignmentStatus::Accepted),
            };
            assert_eq!(asked(house, &booked.streamer, filter).await.len(), expected);
        }
        let pending = AskedFilter {
            status: Some(AssignmentStatus::Pending),
            ..AskedFilter::default()
        };
        assert!(asked(house, &booked.streamer, pending).await.is_empty());
        let mut work = house.works.read(booked.agency.clone()).await.unwrap();
        let limit = Limit::new(1).unwrap();
        let denied = list_asked(&mut work, pending, limit, Place::START).await;
        assert!(matches!(denied, Err(AnswerError::Denied(_))));
    })
    .await;
}

#[tokio::test]
async fn an_answer_can_be_changed_and_is_audited_with_its_reason() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let streamer = &booked.streamer;
        let id = asked(house, streamer, AskedFilter::default()).await[0]
            .assignment
            .id;

        let declined = say(house, streamer, id, no("not my taste")).await.unwrap();

        assert_eq!(declined.assignment.status, AssignmentStatus::Declined);
        assert_eq!(
            declined.assignment.decline_reason.as_deref(),
            Some("not my taste")
        );
        assert_eq!(declined.creatives.len(), 1);
        let again = say(house, streamer, id, no("really")).await;
        assert!(
            matches!(again, Err(AnswerError::CannotBecome { .. })),
            "{again:?}"
        );
        let accepted = say(house, streamer, id, Answer::Accept).await.unwrap();
        assert_eq!(accepted.assignment.status, AssignmentStatus::Accepted);
        assert_eq!(accepted.assignment.decline_reason, None);

        let mut work = house.works.read(Actor::System).await.unwrap();
        let log = audit::list(&mut work, Limit::new(2).unwrap(), None)
            .await
            .unwrap();
        let payload = json!({
            "campaignId": booked.campaign.id, "channelId": booked.sender.channel_id,
            "before": { "status": "accepted", "declineReason": null },
            "after": { "status": "declined", "declineReason": "not my taste" },
        });
        assert_eq!(log[1].action, "assignment_declined");
        assert_eq!(log[1].payload, Some(payload));
        assert_eq!(log[0].action, "assignment_accepted");
        assert_eq!(log[0].entity_id, id.to_string());
    })
    .await;
}

#[tokio::test]
async fn only_owner_and_administrator_answer() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let (lee, lees) = elsewhere(house, &booked).await;
        for id in [lees, house.works.mint()] {
            let refused = say(house, &booked.streamer, id, no("mine")).await;
            assert!(matches!(refused, Err(AnswerError::AssignmentNotFound)));
        }
        let denied = say(house, &booked.agency, lees, no("ours")).await;
        assert!(matches!(denied, Err(AnswerError::Denied(_))));
        let Actor::User(user) = lee else {
            panic!("a person")
        };
        let admin = Actor::User(UserActor {
            role: Role::Admin,
            ..user
        });
        say(house, &admin, lees, Answer::Decline(None))
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_answers_at_once_one_is_the_first() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let id = asked(house, &booked.streamer, AskedFilter::default()).await[0]
            .assignment
            .id;
        let says = (0..6).map(|_| say(house, &booked.streamer, id, Answer::Decline(None)));
        let outcomes = futures::future::join_all(says).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    })
    .await;
}

#[test]
fn an_answer_moves_between_yes_and_no_only() {
    use AssignmentStatus as S;
    let moves: Vec<(S, S)> = S::ALL
        .iter()
        .flat_map(|from| S::ALL.iter().map(move |to| (*from, *to)))
        .filter(|(from, to)| from.can_become(*to))
        .collect();
    assert_eq!(
        moves,
        [
            (S::Pending, S::Accepted),
            (S::Pending, S::Declined),
            (S::Accepted, S::Declined),
            (S::Declined, S::Accepted),
        ]
    );
}
