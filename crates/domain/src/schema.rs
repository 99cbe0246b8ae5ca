//! The migrations, in order.

use beta_kit::db::Migration;

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        &[$(Migration {
            name: $name,
            sql: include_str!(concat!("../../../migrations/", $name, ".sql")),
        }),+]
    };
}

/// Every step of the schema.
pub const MIGRATIONS: &[Migration] = migrations![
    "0001_accounts",
    "0002_streamers",
    "0003_campaigns",
    "0004_sessions",
    "0005_deliveries",
    "0006_events",
    "0007_payouts",
    "0008_reports",
    "0009_answers",
    "0010_approvals",
    "0011_channels",
    "0012_sign_in",
    "0013_links",
    "0014_statements",
    "0015_sums",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use beta_kit::db::Statement;
    use beta_kit::{args, sql};

    use super::MIGRATIONS;
    use crate::actor::Actor;
    use crate::payouts;
    use crate::testing::{House, booked, on_each_engine};

    #[test]
    fn every_migration_in_the_folder_is_listed_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".sql").map(str::to_owned))
            .collect();
        let listed: Vec<&str> = MIGRATIONS.iter().map(|step| step.name).collect();
        assert_eq!(listed, files.iter().collect::<Vec<_>>());
    }

    sql!(CHANGE_EVENTS, "update events set type = 'ad_click'");
    sql!(DROP_EVENTS, "delete from events");
    sql!(CHANGE_LOG, "update audit_log set action = 'nothing'");
    sql!(DROP_LOG, "delete from audit_log");
    sql!(
        CHANGE_PAYOUTS,
        "update payouts set amount_minor = amount_minor + 1"
    );
    sql!(DROP_PAYOUTS, "delete from payouts");
    sql!(DROP_USERS, "delete from users");
    sql!(DROP_ORGANIZATIONS, "delete from organizations");
    sql!(DROP_PROFILES, "delete from streamer_profiles");
    sql!(DROP_CHANNELS, "delete from channels");
    sql!(DROP_CAMPAIGNS, "delete from campaigns");
    sql!(DROP_FLIGHTS, "delete from flights");
    sql!(DROP_CREATIVES, "delete from creatives");
    sql!(DROP_ASSIGNMENTS, "delete from campaign_assignments");
    sql!(DROP_SESSIONS, "delete from stream_sessions");
    sql!(UNKNOWN_STATUS, "update campaigns set status = 'lost'");
    sql!(
        OVERSPENT,
        "update campaign_ledgers set reserved_e7 = reserved_e7 - 1000000000000"
    );
    sql!(ENDLESS, "update campaigns set end_date = start_date");

    /// How many rows the statement changes; `None` when the database refuses it.
    async fn attempt(house: &House, statement: &'static Statement) -> Option<u64> {
        let mut work = house.works.begin(Actor::System).await.unwrap();
        match work.tx().run(statement, args![]).await {
            Ok(changed) => Some(changed),
            Err(error) => {
                assert!(error.to_string().contains("can not be changed"), "{error}");
                None
            }
        }
    }

    #[tokio::test]
    async fn events_and_the_audit_log_only_grow() {
        on_each_engine(async |house| {
            let booked = booked(house).await;
            let delivery = booked.lease(house).await;
            booked.play(house, &delivery).await;
            for statement in [&CHANGE_EVENTS, &DROP_EVENTS, &CHANGE_LOG, &DROP_LOG] {
                let changed = attempt(house, statement).await;
                assert_eq!(changed, None, "{}", statement.text());
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_paid_payout_stays_as_it_is() {
        on_each_engine(async |house| {
            let booked = booked(house).await;
            let delivery = booked.lease(house).await;
            booked.play(house, &delivery).await;
            let mut work = house.works.begin(Actor::System).await.unwrap();
            let payouts = payouts::run(&mut work, booked.campaign.id).await.unwrap();
            work.commit().await.unwrap();
            assert_eq!(attempt(house, &CHANGE_PAYOUTS).await, Some(1), "pending");

            let mut work = house.works.begin(Actor::System).await.unwrap();
            payouts::mark_paid(&mut work, payouts[0].id, None)
                .await
                .unwrap();
            work.commit().await.unwrap();
            assert_eq!(attempt(house, &CHANGE_PAYOUTS).await, None);
            assert_eq!(attempt(house, &DROP_PAYOUTS).await, None);
        })
        .await;
    }

    /// Whether the database refuses the statement for the sake of other rows, or of its own rules.
    async fn is_refused(house: &House, statement: &'static Statement) -> bool {
        let mut work = house.works.begin(Actor::System).await.unwrap();
        work.tx().run(statement, args![]).await.is_err()
    }

    #[tokio::test]
    async fn nothing_that_money_depends_on_can_be_removed() {
        on_each_engine(async |house| {
            let booked = booked(house).await;
            let delivery = booked.lease(house).await;
            booked.play(house, &delivery).await;
            for statement in [
                &DROP_USERS,
                &DROP_ORGANIZATIONS,
                &DROP_PROFILES,
                &DROP_CHANNELS,
                &DROP_CAMPAIGNS,
                &DROP_FLIGHTS,
                &DROP_CREATIVES,
                &DROP_ASSIGNMENTS,
                &DROP_SESSIONS,
            ] {
                assert!(is_refused(house, statement).await, "{}", statement.text());
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_row_that_makes_no_sense_is_refused_by_the_database_too() {
        on_each_engine(async |house| {
            booked(house).await;
            for statement in [&UNKNOWN_STATUS, &OVERSPENT, &ENDLESS] {
                assert!(is_refused(house, statement).await, "{}", statement.text());
            }
        })
        .await;
    }
}
