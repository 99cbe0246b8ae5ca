//! What is kept, and for how long.

use std::time::Duration;

use crate::journal::EventType;
use crate::reports::{self, Asked};
use crate::testing::{booked, on_each_engine};
use crate::upkeep;

#[tokio::test]
async fn heartbeats_are_kept_for_a_while_and_proof_for_ever() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        booked.play(house, &delivery).await;
        let beat = house.posted(booked.sender, EventType::OverlayHeartbeat);
        house.report(beat).await;

        house.clock.advance(upkeep::HEARTBEATS_KEPT);
        let dropped = async || {
            upkeep::run_once(&house.works)
                .await
                .unwrap()
                .heartbeats_dropped
        };
        assert_eq!(dropped().await, 0);
        house.clock.advance(Duration::from_secs(1));
        assert_eq!(dropped().await, 1);

        let mut work = house.works.read(booked.agency.clone()).await.unwrap();
        let asked = Asked::default();
        let summary = reports::summary(&mut work, booked.campaign.id, &asked).await;
        assert_eq!(summary.unwrap().totals.impressions, 1);
    })
    .await;
}
