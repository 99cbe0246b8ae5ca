//! Channels of streamers, and the keys of their overlays.

use beta_domain::id::ChannelId;
use beta_domain::streamers::{
    self, AudienceForm, AvgViewers, Categories, Category, Channel, ChannelForm, PricingTier,
    ProfileForm,
};
use beta_domain::work::Work;
use beta_kit::text::{CountryCode, LanguageCode};

use super::{Person, TestApp};

impl TestApp {
    /// A new channel of a streamer, who fills in a profile first when they have none.
    pub async fn channel(&self, streamer: &Person, name: &str) -> Channel {
        let mut work = self
            .works
            .begin(streamer.actor())
            .await
            .expect("work begins");
        fill_in_profile(&mut work).await;
        let form = ChannelForm {
            twitch_channel_name: name.parse().expect("is a name"),
            audience: audience(),
        };
        let channel = streamers::create_channel(&mut work, &form)
            .await
            .expect("is added");
        work.commit().await.expect("work commits");
        channel
    }

    /// A new key for the overlay of a channel. The one before it is not valid any more.
    pub async fn overlay_key(&self, owner: &Person, channel: ChannelId) -> String {
        let mut work = self.works.begin(owner.actor()).await.expect("work begins");
        let rotated = streamers::rotate_key(&mut work, channel)
            .await
            .expect("is made");
        work.commit().await.expect("work commits");
        rotated.key.reveal().clone()
    }
}

async fn fill_in_profile(work: &mut Work) {
    let known = streamers::find_self(work).await.expect("is looked up");
    if known.is_some() {
        return;
    }
    let form = ProfileForm {
        display_name: "Streamer".parse().expect("is a name"),
        twitch_handle: "streamer".parse().expect("is a name"),
        audience: audience(),
    };
    streamers::save_profile(work, &form)
        .await
        .expect("is saved");
}

fn audience() -> AudienceForm {
    let category: Category = "gaming".parse().expect("is a category");
    AudienceForm {
        country: CountryCode::parse("US").expect("is a country"),
        language: LanguageCode::parse("en").expect("is a language"),
        categories: Categories::new(vec![category]).expect("one is not too many"),
        avg_viewers: AvgViewers::new(120).expect("is within bounds"),
        pricing_tier: PricingTier::parse("mid").expect("is a tier"),
    }
}
