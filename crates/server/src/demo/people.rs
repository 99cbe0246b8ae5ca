//! Who is there: a person of each role, an agency, a brand, and a streamer with a channel.

use anyhow::Result;
use beta_domain::accounts::{self, Membership, NewUser, OrganizationKind, OrganizationName};
use beta_domain::actor::Role;
use beta_domain::id::{OrganizationId, UserId};
use beta_domain::streamers::{
    self, AudienceForm, AvgViewers, Categories, Category, ChannelForm, ChannelName, PricingTier,
    ProfileForm, ProfileName,
};
use beta_domain::work::Work;
use beta_kit::id::Id;
use beta_kit::text::{CountryCode, Email, LanguageCode};

use super::channel_id;

/// The people, by role.
pub const PEOPLE: [(Role, &str); 5] = [
    (Role::Admin, "admin@betaads.local"),
    (Role::Agency, "agency@betaads.local"),
    (Role::Brand, "brand@betaads.local"),
    (Role::Streamer, "streamer@betaads.local"),
    (Role::Viewer, "viewer@betaads.local"),
];

/// Whom the booking needs to know.
pub(super) struct People {
    pub(super) admin: UserId,
    pub(super) agency: OrganizationId,
    pub(super) brand: OrganizationId,
}

pub(super) async fn put(work: &mut Work) -> Result<People> {
    let agency = Id::from_u128(0x6f1d_0c55_3f0e_4c1b_9a55_0d5e_2b7a_a001).into();
    let brand = Id::from_u128(0x6f1d_0c55_3f0e_4c1b_9a55_0d5e_2b7a_a002).into();
    let organizations = [
        (agency, OrganizationKind::Agency, "Demo Agency"),
        (brand, OrganizationKind::Brand, "Beta Brands"),
    ];
    for (id, kind, name) in organizations {
        accounts::put_organization(work, id, kind, &OrganizationName::parse(name)?).await?;
    }
    let (mut admin, mut streamer) = (None, None);
    for (role, address) in PEOPLE {
        let membership = match role {
            Role::Agency => Membership::of(role, agency),
            Role::Brand => Membership::of(role, brand),
            Role::Admin | Role::Streamer | Role::Viewer => Membership::alone(role),
        };
        let email = Email::parse(address)?;
        let id = accounts::put_user(work, NewUser { email, membership })
            .await?
            .id;
        match role {
            Role::Admin => admin = Some(id),
            Role::Streamer => streamer = Some(id),
            Role::Agency | Role::Brand | Role::Viewer => {}
        }
    }
    let (Some(admin), Some(streamer)) = (admin, streamer) else {
        unreachable!("both roles stand in the list above")
    };
    put_channel(work, streamer).await?;
    Ok(People {
        admin,
        agency,
        brand,
    })
}

async fn put_channel(work: &mut Work, streamer: UserId) -> Result<()> {
    let profile = ProfileForm {
        display_name: ProfileName::parse("Demo Streamer")?,
        twitch_handle: ProfileName::parse("demo_streamer")?,
        audience: audience()?,
    };
    let profile = streamers::put_profile(work, streamer, &profile).await?;
    let channel = ChannelForm {
        twitch_channel_name: ChannelName::parse("demo_streamer")?,
        audience: audience()?,
    };
    streamers::put_channel(work, channel_id(), profile.id, &channel).await?;
    Ok(())
}

fn audience() -> Result<AudienceForm> {
    Ok(AudienceForm {
        country: CountryCode::parse("US")?,
        language: LanguageCode::parse("en")?,
        categories: Categories::new(vec![Category::parse("gaming")?, Category::parse("fps")?])?,
        avg_viewers: AvgViewers::new(120)?,
        pricing_tier: PricingTier::parse("mid")?,
    })
}
