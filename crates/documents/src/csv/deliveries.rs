//! The deliveries of a campaign: one line each, written page by page.

use beta_domain::deliveries::{DeliveryState, Told};
use beta_domain::id::CampaignId;
use beta_kit::time::Timestamp;

use super::{Cell, CsvError, write, write_lines};

const HEAD: [&str; 21] = [
    "delivery_id",
    "channel_id",
    "channel",
    "creative_id",
    "format",
    "session_id",
    "state",
    "reason",
    "leased_at",
    "acknowledged_at",
    "rendered_at",
    "completed_at",
    "ended_at",
    "duration_sec",
    "evidence_level",
    "verdict",
    "audience_viewers",
    "audience_source",
    "audience_method",
    "price",
    "currency",
];

/// The line that a file of deliveries begins with.
///
/// # Errors
/// When it cannot be written.
pub fn deliveries_head() -> Result<String, CsvError> {
    write(HEAD, std::iter::empty())
}

/// The lines of some deliveries, each with the end of the line before it.
///
/// # Errors
/// When they cannot be written.
pub fn deliveries_lines(told: &[Told]) -> Result<String, CsvError> {
    write_lines(told.iter().map(cells))
}

/// What the file is called.
pub fn deliveries_file_name(campaign_id: CampaignId) -> String {
    format!("campaign-{campaign_id}-deliveries.csv")
}

fn cells(told: &Told) -> [Cell; HEAD.len()] {
    let delivery = &told.delivery;
    let audience = delivery.viewership.as_ref();
    [
        Cell::text(&delivery.id),
        Cell::text(&delivery.channel_id),
        Cell::text(&told.channel_name),
        Cell::text(&delivery.creative_id),
        Cell::text(&told.format),
        Cell::text(&delivery.session_id),
        Cell::text(&delivery.state),
        Cell::maybe(delivery.reason.as_ref()),
        Cell::text(&delivery.leased_at),
        time(delivery.acknowledged_at),
        time(delivery.rendered_at),
        time(delivery.completed_at),
        time(delivery.ended_at),
        Cell::integer(i64::from(delivery.duration_sec)),
        Cell::integer(i64::from(delivery.evidence_level)),
        Cell::maybe(verdict(delivery.state)),
        audience.map_or(Cell::NONE, |audience| Cell::integer(audience.viewers)),
        Cell::maybe(audience.map(|audience| audience.source)),
        Cell::maybe(audience.map(|audience| &audience.method)),
        told.cost
            .map_or(Cell::NONE, |cost| Cell::Number(cost.price.to_string())),
        Cell::maybe(told.cost.map(|cost| cost.currency)),
    ]
}

fn time(at: Option<Timestamp>) -> Cell {
    Cell::maybe(at)
}

/// Whether it is an impression; open as long as it may still become one.
const fn verdict(state: DeliveryState) -> Option<&'static str> {
    match state {
        DeliveryState::Completed => Some("counted"),
        DeliveryState::Failed
        | DeliveryState::Expired
        | DeliveryState::Errored
        | DeliveryState::Superseded => Some("not_counted"),
        DeliveryState::Leased | DeliveryState::Acknowledged | DeliveryState::Rendered => None,
    }
}
