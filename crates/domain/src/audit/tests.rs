//! The log on a real database, once per engine.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::actor::Actor;
use crate::testing::{House, on_each_engine};

async fn note(house: &House, actor: Option<UserId>, action: &'static str, entity: &str) {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    let act = Act {
        action,
        entity_type: if action.starts_with("channel") {
            "channel"
        } else {
            "campaign"
        },
        entity_id: entity.to_owned(),
        payload: json!({}),
    };
    record_as(&mut work, actor, act).await.unwrap();
    work.commit().await.unwrap();
    house.clock.advance(Duration::from_secs(1));
}

async fn found(house: &House, filter: Filter) -> Vec<(String, String)> {
    let mut work = house.works.read(Actor::System).await.unwrap();
    let limit = Limit::new(50).unwrap();
    let rows = search(&mut work, filter, limit, None).await.unwrap();
    let told = |row: Audit| (row.action, row.entity_id);
    rows.into_iter().map(told).collect()
}

#[tokio::test]
async fn every_filter_of_the_log_finds_its_rows_newest_first() {
    on_each_engine(async |house| {
        let kim = house.streamer("kim@example.com").await;
        let kim = kim.user().unwrap().user_id;
        house.wait(1);
        let began = house.works.now();
        note(house, None, "campaign_created", "1").await;
        note(house, Some(kim), "channel_paused", "2").await;
        note(house, Some(kim), "channel_resumed", "2").await;
        note(house, None, "campaign_created", "3").await;
        let since = Filter {
            from: Some(began),
            ..Filter::default()
        };
        let asked = |change: &dyn Fn(&mut Filter)| {
            let mut filter = since.clone();
            change(&mut filter);
            filter
        };
        let row = |action: &str, id: &str| (action.to_owned(), id.to_owned());
        let (one, two) = (row("campaign_created", "1"), row("channel_paused", "2"));
        let (three, four) = (row("channel_resumed", "2"), row("campaign_created", "3"));

        let cases = [
            (asked(&|_| {}), vec![&four, &three, &two, &one]),
            (
                asked(&|f| f.action = Some("campaign_created".into())),
                vec![&four, &one],
            ),
            (
                asked(&|f| f.entity_type = Some("channel".into())),
                vec![&three, &two],
            ),
            (asked(&|f| f.entity_id = Some("3".into())), vec![&four]),
            (asked(&|f| f.actor_user_id = Some(kim)), vec![&three, &two]),
            (
                asked(&|f| f.from = Some(began.plus(Duration::from_secs(2)))),
                vec![&four, &three],
            ),
            (
                asked(&|f| f.to = Some(began.plus(Duration::from_secs(2)))),
                vec![&two, &one],
            ),
            (asked(&|f| f.action = Some("nothing".into())), vec![]),
        ];
        for (filter, expected) in cases {
            let rows = found(house, filter.clone()).await;
            assert_eq!(rows.iter().collect::<Vec<_>>(), expected, "{filter:?}");
        }
    })
    .await;
}
