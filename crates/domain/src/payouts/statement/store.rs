//! The SQL of statements: it reads payouts, settled deliveries and whose they are.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::{args, sql};

use super::super::store::read;
use super::{SettledDay, SettledPlay, Statement};
use crate::actor::Scope;
use crate::id::PayoutId;

sql!(
    FIND_STATEMENT,
    "select p.*, s.display_name, ch.twitch_channel_name, c.name, c.advertiser from payouts p \
     join campaigns c on c.id = p.campaign_id \
     join channels ch on ch.id = p.channel_id \
     join streamer_profiles s on s.id = ch.streamer_profile_id \
     where p.id = $1 and \
     ($2 or c.organization_id = $3 or c.brand_organization_id = $3 or s.user_id = $4)"
);

/// The payout and its names, when it is in the scope; its days and plays are empty.
pub(super) async fn find(
    tx: &mut Tx,
    id: PayoutId,
    scope: Scope,
) -> Result<Option<Statement>, DbError> {
    let args = args![id, scope.is_all(), scope.organization(), scope.streamer()];
    let row = tx.row(&FIND_STATEMENT, args).await?;
    row.as_ref().map(read_statement).transpose()
}

fn read_statement(row: &Row) -> Result<Statement, DbError> {
    Ok(Statement {
        payout: read(row)?,
        payee: row.get("display_name")?,
        channel: row.get("twitch_channel_name")?,
        campaign: row.get("name")?,
        advertiser: row.get("advertiser")?,
        days: Vec::new(),
        plays: Vec::new(),
    })
}

// The payouts that were paid before this one cover the plays before its first. A day is the one
// that the verdict on the play was given for, as in the reports.
sql!(
    LIST_SETTLED_DAYS,
    "with it as (select * from payouts where id = $1), earlier as ( \
         select cast(coalesce(sum(p.delivered_impressions), 0) as bigint) as plays \
         from payouts p join it on it.assignment_id = p.assignment_id \
         where p.status = 'paid' and p.id <> it.id and (it.paid_at is null \
         or p.paid_at < it.paid_at or (p.paid_at = it.paid_at and p.id < it.id)) \
     ), play as ( \
         select d.id, d.price_e7, row_number() over (order by d.completed_at, d.id) as place \
         from deliveries d join it on it.assignment_id = d.assignment_id \
         where d.state = 'completed' \
     ) \
     select e.day, count(*) as impressions, cast(sum(play.price_e7) as bigint) as earned_e7 \
     from play cross join earlier cross join it \
     join events e on e.delivery_id = play.id and e.type = 'ad_completed' \
     and e.verdict = 'counted' \
     where play.place > earlier.plays \
     and play.place <= earlier.plays + it.delivered_impressions \
     group by e.day order by e.day"
);

pub(super) async fn list_days(tx: &mut Tx, id: PayoutId) -> Result<Vec<SettledDay>, DbError> {
    let rows = tx.rows(&LIST_SETTLED_DAYS, args![id]).await?;
    let day = |row: &Row| {
        Ok(SettledDay {
            day: row.get("day")?,
            impressions: row.get("impressions")?,
            earned_e7: row.get("earned_e7")?,
        })
    };
    rows.iter().map(day).collect()
}

sql!(
    LIST_SETTLED_PLAYS,
    "with it as (select * from payouts where id = $1), earlier as ( \
         select cast(coalesce(sum(p.delivered_impressions), 0) as bigint) as plays \
         from payouts p join it on it.assignment_id = p.assignment_id \
         where p.status = 'paid' and p.id <> it.id and (it.paid_at is null \
         or p.paid_at < it.paid_at or (p.paid_at = it.paid_at and p.id < it.id)) \
     ), play as ( \
         select d.id, d.creative_id, d.duration_sec, d.price_e7, d.completed_at, \
         row_number() over (order by d.completed_at, d.id) as place \
         from deliveries d join it on it.assignment_id = d.assignment_id \
         where d.state = 'completed' \
     ) \
     select play.id, play.completed_at, play.duration_sec, play.price_e7, cr.format \
     from play cross join earlier cross join it join creatives cr on cr.id = play.creative_id \
     where play.place > earlier.plays \
     and play.place <= earlier.plays + it.delivered_impressions order by play.place"
);

pub(super) async fn list_plays(tx: &mut Tx, id: PayoutId) -> Result<Vec<SettledPlay>, DbError> {
    let rows = tx.rows(&LIST_SETTLED_PLAYS, args![id]).await?;
    let play = |row: &Row| {
        Ok(SettledPlay {
            id: row.get("id")?,
            at: row.get("completed_at")?,
            format: row.get("format")?,
            duration_sec: row.get("duration_sec")?,
            earned_e7: row.get("price_e7")?,
        })
    };
    rows.iter().map(play).collect()
}
