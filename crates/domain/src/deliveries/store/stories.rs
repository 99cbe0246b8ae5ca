//! The SQL of deliveries as they are told: with the names of what they belong to.

use beta_kit::db::{DbError, Row, Tx, parse_column};
use beta_kit::money::{Currency, Price};
use beta_kit::page::{Limit, Place};
use beta_kit::{args, sql};

use super::read;
use crate::actor::Scope;
use crate::deliveries::limits::EXPORT_PAGE_ROWS;
use crate::deliveries::stories::{Cost, StoryFilter, Told};
use crate::deliveries::{DeliveryState, Export};
use crate::id::DeliveryId;

/// The deliveries `d` that a scope sees: all, those of an organisation, those of a streamer.
macro_rules! told {
    () => {
        "select d.*, c.name as campaign_name, c.currency, ch.twitch_channel_name, cr.format \
         from deliveries d join campaigns c on c.id = d.campaign_id \
         join channels ch on ch.id = d.channel_id join creatives cr on cr.id = d.creative_id \
         join streamer_profiles s on s.id = ch.streamer_profile_id \
         where ($1 or c.organization_id = $2 or c.brand_organization_id = $2 or s.user_id = $3) "
    };
}

sql!(
    LIST,
    concat!(
        told!(),
        "and ($4 or d.campaign_id = $5) and ($6 or d.channel_id = $7) and ($8 or d.state = $9) \
         and (d.leased_at, d.id) < ($10, $11) \
         order by d.leased_at desc, d.id desc limit $12"
    )
);

pub(in crate::deliveries) async fn list(
    tx: &mut Tx,
    scope: Scope,
    filter: StoryFilter,
    limit: Limit,
    after: Place,
) -> Result<Vec<Told>, DbError> {
    let StoryFilter {
        campaign_id,
        channel_id,
        state,
    } = filter;
    let args = args![
        scope.is_all(),
        scope.organization(),
        scope.streamer(),
        campaign_id.is_none(),
        campaign_id,
        channel_id.is_none(),
        channel_id,
        state.is_none(),
        state,
        after.at,
        after.id,
        limit.rows(),
    ];
    let rows = tx.rows(&LIST, args).await?;
    rows.iter().map(read_told).collect()
}

sql!(
    LIST_LEASED,
    concat!(
        told!(),
        "and d.campaign_id = $4 and (d.leased_at, d.id) > ($5, $6) and d.leased_at <= $7 \
         order by d.leased_at, d.id limit $8"
    )
);

/// The deliveries of a campaign behind `after`, the oldest first.
pub(in crate::deliveries) async fn list_leased(
    tx: &mut Tx,
    scope: Scope,
    export: Export,
    after: Place,
) -> Result<Vec<Told>, DbError> {
    let args = args![
        scope.is_all(),
        scope.organization(),
        scope.streamer(),
        export.campaign_id,
        after.at,
        after.id,
        export.until,
        i64::try_from(EXPORT_PAGE_ROWS).unwrap_or(i64::MAX),
    ];
    let rows = tx.rows(&LIST_LEASED, args).await?;
    rows.iter().map(read_told).collect()
}

sql!(FIND, concat!(told!(), "and d.id = $4"));

pub(in crate::deliveries) async fn find(
    tx: &mut Tx,
    scope: Scope,
    id: DeliveryId,
) -> Result<Option<Told>, DbError> {
    let args = args![scope.is_all(), scope.organization(), scope.streamer(), id];
    let row = tx.row(&FIND, args).await?;
    row.as_ref().map(read_told).transpose()
}

fn read_told(row: &Row) -> Result<Told, DbError> {
    let delivery = read(row)?;
    let currency: Option<Currency> = parse_column(row, "currency")?;
    let is_impression = delivery.state == DeliveryState::Completed;
    let cost = currency.map(|currency| Cost {
        price: delivery.price,
        spent: if is_impression {
            delivery.price
        } else {
            Price::FREE
        },
        currency,
    });
    Ok(Told {
        delivery,
        campaign_name: row.get("campaign_name")?,
        channel_name: row.get("twitch_channel_name")?,
        format: row.get("format")?,
        cost,
    })
}
