//! Who watched: the figure that every impression keeps from the moment it is one.
//!
//! It stands beside the impressions and never among them.

use beta_kit::db::DbError;

use super::Delivery;
use crate::sessions::{self, Span};
use crate::work::Work;

/// Gives deliveries that have just completed the number of viewers their channel had meanwhile.
pub async fn measure(work: &mut Work, completed: Vec<&mut Delivery>) -> Result<(), DbError> {
    let spans: Vec<Span> = completed.iter().map(|delivery| span(delivery)).collect();
    let figures = sessions::measure(work, &spans).await?;
    for (delivery, figure) in completed.into_iter().zip(figures) {
        delivery.viewership = figure;
    }
    Ok(())
}

fn span(delivery: &Delivery) -> Span {
    let from = delivery.rendered_at.unwrap_or(delivery.leased_at);
    Span {
        channel_id: delivery.channel_id,
        from,
        until: delivery.completed_at.unwrap_or(from),
    }
}
