//! Two weeks that have been: evenings on air with plays, failures and clicks, a payout run and a
//! payment.
//!
//! Nothing is written by hand. The verbs of the rooms run on a clock that is set from instant to
//! instant, so that every figure follows from what happened, as it would have. What happens is
//! drawn from a seed: the same two weeks at every first start.

mod chance;
mod evening;
mod plays;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use beta_domain::actor::{Actor, Role, UserActor};
use beta_domain::id::{ChannelId, UserId};
use beta_domain::payouts::{self, Reference};
use beta_domain::streamers::{self, OverlayIdentity};
use beta_domain::work::Works;
use beta_kit::entropy::{SeededEntropy, SystemEntropy};
use beta_kit::secret::digest_hex;
use beta_kit::time::{Day, FakeClock, Timestamp};

use super::booking::campaign_id;
use super::people::People;
use super::{channel_id, second_channel_id};
use chance::Chance;

/// How long ago the first evening was.
const DAYS: i32 = 14;
/// When the campaign was booked, after midnight.
const MORNING: Duration = Duration::from_hours(9);
/// The payment was made on the morning after so many days.
const DAYS_TO_PAYMENT: i32 = 7;
/// What happens and what things are called follows from this.
const SEED: u64 = 20_260_301;

/// The past, and a clock that is set within it.
pub(super) struct Past {
    /// Rooms whose ids follow from the seed. Nothing secret comes from them.
    works: Works,
    /// The same rooms with real chance, for keys.
    secure: Works,
    clock: Arc<FakeClock>,
    first_day: Day,
}

/// Who takes part.
struct Cast {
    agency: Actor,
    admin: Actor,
    overlays: [OverlayIdentity; 2],
}

impl Past {
    /// The rooms on the same database, two weeks ago in the morning.
    pub(super) fn before(present: &Works) -> Self {
        let today = present.now().day().epoch_days();
        let first_day = Day::from_epoch_days(today - DAYS);
        let clock = Arc::new(FakeClock::at(first_day.start().plus(MORNING)));
        let db = present.db();
        Self {
            works: Works::new(
                db.clone(),
                clock.clone(),
                Arc::new(SeededEntropy::new(SEED)),
            ),
            secure: Works::new(db.clone(), clock.clone(), Arc::new(SystemEntropy)),
            clock,
            first_day,
        }
    }

    /// The rooms in which things are booked, two weeks ago.
    pub(super) const fn for_booking(&self) -> &Works {
        &self.secure
    }

    /// Lets the two weeks pass.
    pub(super) async fn pass(&self, people: &People) -> Result<()> {
        let cast = self.cast(people).await?;
        let mut chance = Chance::new(SEED);
        for number in 0..DAYS {
            let day = Day::from_epoch_days(self.first_day.epoch_days() + number);
            if number == DAYS_TO_PAYMENT {
                self.pay(&cast, day).await?;
            }
            evening::pass(self, &cast, &mut chance, day).await?;
        }
        self.run_payouts(&cast).await?;
        Ok(())
    }

    async fn cast(&self, people: &People) -> Result<Cast> {
        let overlays = [
            self.overlay(channel_id()).await?,
            self.overlay(second_channel_id()).await?,
        ];
        let person = |user_id: UserId, email: &str, role| {
            Actor::User(UserActor {
                user_id,
                email: email.to_owned(),
                role,
                organization_id: (role == Role::Agency).then_some(people.agency),
                login_id: self.works.mint(),
            })
        };
        Ok(Cast {
            agency: person(people.agency_user, "agency@betaads.local", Role::Agency),
            admin: person(people.admin, "admin@betaads.local", Role::Admin),
            overlays,
        })
    }

    /// The channel's overlay, with a key that nobody knows.
    async fn overlay(&self, channel: ChannelId) -> Result<OverlayIdentity> {
        let mut work = self.secure.begin(Actor::System).await?;
        let rotated = streamers::rotate_key(&mut work, channel).await?;
        let digest = digest_hex(rotated.key.reveal());
        let identity = streamers::find_key(&mut work, &digest).await?;
        work.commit().await?;
        identity.context("a key that was just made is known")
    }

    /// The morning on which what was shown until then is worked out, and one channel is paid.
    async fn pay(&self, cast: &Cast, day: Day) -> Result<()> {
        self.clock.set(day.start().plus(MORNING));
        let first = self.run_payouts(cast).await?;
        self.clock.advance(Duration::from_hours(1));
        let mut work = self.works.begin(cast.admin.clone()).await?;
        let reference = Reference::parse("Transfer 2041")?;
        payouts::mark_paid(&mut work, first, Some(&reference)).await?;
        work.commit().await?;
        Ok(())
    }

    /// Gives the payout of the first channel.
    async fn run_payouts(&self, cast: &Cast) -> Result<beta_domain::id::PayoutId> {
        let mut work = self.works.begin(cast.agency.clone()).await?;
        let payouts = payouts::run(&mut work, campaign_id()).await?;
        work.commit().await?;
        let first = payouts.iter().find(|one| one.channel_id == channel_id());
        Ok(first.context("the first channel has a payout")?.id)
    }

    fn now(&self) -> Timestamp {
        self.works.now()
    }
}
