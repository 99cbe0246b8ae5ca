//! Who is there: a person of each role, an agency, a brand, and a streamer with a channel.

use anyhow::Result;
use beta_domain::accounts::{self, Membership, NewUser, OrganizationKind, OrganizationName};
use beta_domain::actor::Role;
use beta_domain::id::{ChannelId, OrganizationId, UserId};
use beta_domain::streamers::{
    self, AudienceForm, AvgViewers, Categories, Category, ChannelForm, ChannelName, PricingTier,
    ProfileForm, ProfileName,
};
use beta_domain::work::Work;
use beta_kit::id::Id;
use beta_kit::text::{CountryCode, Email, LanguageCode};

use super::{channel_id, second_channel_id};

/// The people, by role.
pub const PEOPLE: [(Role, &str); 5] = [
    (Role::Admin, "admin@betaads.local"),
    (Role::Agency, "agency@betaads.local"),
    (Role::Brand, "brand@betaads.local"),
    (Role::Streamer, "streamer@betaads.local"),
    (Role::Viewer, "viewer@betaads.local"),
];

/// Another streamer, who has a channel and nothing else to do.
const OTHER_STREAMER: &str = "owl@betaads.local";

/// Whom the booking needs to know.
pub(super) struct People {
    pub(super) admin: UserId,
    pub(super) agency_user: UserId,
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
    let (mut admin, mut agency_user, mut streamer) = (None, None, None);
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
            Role::Agency => agency_user = Some(id),
            Role::Brand | Role::Viewer => {}
        }
    }
    let (Some(admin), Some(agency_user), Some(streamer)) = (admin, agency_user, streamer) else {
        unreachable!("the roles stand in the list above")
    };
    put_channel(work, streamer, channel_id(), &DEMO_STREAMER).await?;
    let other = NewUser {
        email: Email::parse(OTHER_STREAMER)?,
        membership: Membership::alone(Role::Streamer),
    };
    let other = accounts::put_user(work, other).await?.id;
    put_channel(work, other, second_channel_id(), &NIGHT_OWL).await?;
    Ok(People {
        admin,
        agency_user,
        agency,
        brand,
    })
}

/// What a streamer and their channel say of themselves.
struct Profile {
    name: &'static str,
    handle: &'static str,
    categories: [&'static str; 2],
    avg_viewers: i64,
}

const DEMO_STREAMER: Profile = Profile {
    name: "Demo Streamer",
    handle: "demo_streamer",
    categories: ["gaming", "fps"],
    avg_viewers: 120,
};

const NIGHT_OWL: Profile = Profile {
    name: "Night Owl",
    handle: "night_owl",
    categories: ["music", "talk"],
    avg_viewers: 45,
};

async fn put_channel(
    work: &mut Work,
    streamer: UserId,
    channel: ChannelId,
    of: &Profile,
) -> Result<()> {
    let profile = ProfileForm {
        display_name: ProfileName::parse(of.name)?,
        twitch_handle: ProfileName::parse(of.handle)?,
        audience: audience(of)?,
    };
    let profile = streamers::put_profile(work, streamer, &profile).await?;
    let form = ChannelForm {
        twitch_channel_name: ChannelName::parse(of.handle)?,
        audience: audience(of)?,
    };
    streamers::put_channel(work, channel, profile.id, &form).await?;
    Ok(())
}

fn audience(of: &Profile) -> Result<AudienceForm> {
    let [first, second] = of.categories;
    Ok(AudienceForm {
        country: CountryCode::parse("US")?,
        language: LanguageCode::parse("en")?,
        categories: Categories::new(vec![Category::parse(first)?, Category::parse(second)?])?,
        avg_viewers: AvgViewers::new(of.avg_viewers)?,
        pricing_tier: PricingTier::parse("mid")?,
    })
}
