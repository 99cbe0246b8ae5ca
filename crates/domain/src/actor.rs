//! Who acts, and what each role may do.

use beta_kit::text_enum;

use crate::id::{ChannelId, LoginId, OrganizationId, StreamerProfileId, UserId};

text_enum! {
    /// What a person is to the platform.
    pub enum Role {
        /// Runs the installation; sees everything.
        Admin => "admin",
        /// Books campaigns.
        Agency => "agency",
        /// Pays for campaigns and reads their reports.
        Brand => "brand",
        /// Owns channels and is paid for plays.
        Streamer => "streamer",
        /// May only sign in.
        Viewer => "viewer",
    }
}

text_enum! {
    /// Something a role may be allowed to do, `<resource>:<action>`.
    pub enum Action {
        /// Ask for a sign-in link; open to everybody.
        RequestMagicLink => "auth:request_magic_link",
        /// Use a sign-in link; open to everybody.
        VerifyMagicLink => "auth:verify_magic_link",
        /// Sign out; open to whoever is signed in.
        Logout => "auth:logout",
        /// Read where one is signed in.
        ReadLogins => "auth:read_logins",
        /// End one of one's own logins.
        RevokeLogin => "auth:revoke_login",
        /// Read oneself.
        ReadMe => "users:read_me",
        /// Write one's streamer profile.
        UpsertProfile => "streamers:upsert_profile",
        /// Read one's streamer profile.
        ReadProfile => "streamers:read_profile",
        /// Add a channel.
        CreateChannel => "streamers:create_channel",
        /// Read one's channels.
        ReadChannels => "streamers:read_channels",
        /// Give a channel a new overlay key.
        RotateOverlayKey => "streamers:rotate_overlay_key",
        /// Take a channel's overlay key away without a new one.
        RevokeOverlayKey => "streamers:revoke_overlay_key",
        /// Look for channels to book.
        ReadDirectory => "channels:read_directory",
        /// Read one channel.
        ReadChannel => "channels:read_one",
        /// Change a channel, its overlay's looks, or whether it shows ads.
        UpdateChannel => "channels:update",
        /// Read when a channel was on air.
        ReadSessions => "channels:read_sessions",
        /// Book a campaign.
        CreateCampaign => "campaigns:create",
        /// Change what was booked.
        UpdateCampaign => "campaigns:update",
        /// List campaigns.
        ReadCampaigns => "campaigns:read",
        /// Read one campaign.
        ReadCampaign => "campaigns:read_one",
        /// Add a flight.
        CreateFlight => "campaigns:create_flight",
        /// Change a flight.
        UpdateFlight => "campaigns:update_flight",
        /// Assign channels.
        AssignStreamers => "campaigns:assign_streamers",
        /// Take a channel off a campaign.
        UnassignStreamers => "campaigns:unassign_streamers",
        /// Read what one's channels are asked to show.
        ReadAssignments => "assignments:read",
        /// Accept or decline what one's channels are asked to show.
        AnswerAssignment => "assignments:answer",
        /// Move a campaign through its states.
        SetCampaignStatus => "campaigns:set_status",
        /// Upload a creative.
        UploadCreative => "creatives:upload",
        /// Change a creative.
        UpdateCreative => "creatives:update",
        /// Read a creative.
        ReadCreative => "creatives:read",
        /// Approve or reject a creative.
        ReviewCreative => "creatives:review",
        /// Show an ad now.
        TriggerDelivery => "deliveries:trigger",
        /// Read what was shown, and what became of it.
        ReadDeliveries => "deliveries:read",
        /// Ingest is guarded by the overlay key, not by a role.
        IngestEvents => "events:ingest",
        /// Read a report.
        ReadSummary => "reports:summary",
        /// Export a report as CSV.
        ExportCsv => "reports:export_csv",
        /// Export a report as PDF.
        ExportPdf => "reports:export_pdf",
        /// Work out what is owed.
        RunPayouts => "payouts:run",
        /// Read what is owed and what was paid.
        ReadPayouts => "payouts:read",
        /// Say that a payout was paid.
        MarkPaid => "payouts:mark_paid",
        /// Read the audit log.
        ReadAudit => "admin:audit",
        /// Add people and organisations, and say what people may do.
        ManageUsers => "admin:users",
    }
}

impl Role {
    /// Whether the role may act so. What it may act *on* is decided by the room that owns it.
    pub const fn may(self, action: Action) -> bool {
        use Action as A;
        match self {
            Self::Admin => !matches!(action, A::RequestMagicLink | A::VerifyMagicLink | A::Logout),
            Self::Agency => matches!(
                action,
                A::ReadMe
                    | A::ReadLogins
                    | A::RevokeLogin
                    | A::ReadDirectory
                    | A::ReadChannel
                    | A::ReadSessions
                    | A::CreateCampaign
                    | A::UpdateCampaign
                    | A::ReadCampaigns
                    | A::ReadCampaign
                    | A::CreateFlight
                    | A::UpdateFlight
                    | A::AssignStreamers
                    | A::UnassignStreamers
                    | A::SetCampaignStatus
                    | A::UploadCreative
                    | A::UpdateCreative
                    | A::ReadCreative
                    | A::TriggerDelivery
                    | A::ReadDeliveries
                    | A::ReadSummary
                    | A::ExportCsv
                    | A::ExportPdf
                    | A::RunPayouts
                    | A::ReadPayouts
            ),
            Self::Brand => matches!(
                action,
                A::ReadMe
                    | A::ReadLogins
                    | A::RevokeLogin
                    | A::ReadCampaigns
                    | A::ReadCampaign
                    | A::ReadCreative
                    | A::ReadDeliveries
                    | A::ReadSummary
                    | A::ExportCsv
                    | A::ExportPdf
                    | A::ReadPayouts
            ),
            Self::Streamer => matches!(
                action,
                A::ReadMe
                    | A::ReadLogins
                    | A::RevokeLogin
                    | A::UpsertProfile
                    | A::ReadProfile
                    | A::CreateChannel
                    | A::ReadChannels
                    | A::RotateOverlayKey
                    | A::RevokeOverlayKey
                    | A::ReadChannel
                    | A::UpdateChannel
                    | A::ReadSessions
                    | A::ReadAssignments
                    | A::AnswerAssignment
                    | A::ReadDeliveries
                    | A::ReadSummary
                    | A::ReadPayouts
            ),
            Self::Viewer => matches!(action, A::ReadMe | A::ReadLogins | A::RevokeLogin),
        }
    }
}

/// A signed-in person, as the database knows them now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserActor {
    /// The person.
    pub user_id: UserId,
    /// Their address.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// The agency or brand they belong to.
    pub organization_id: Option<OrganizationId>,
    /// The login this request came with.
    pub login_id: LoginId,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who has not signed in.
    Nobody,
    /// A signed-in person.
    User(UserActor),
    /// The overlay of a channel, known by its key.
    Overlay {
        /// The channel of the key.
        channel_id: ChannelId,
        /// The streamer who owns the channel.
        streamer_profile_id: StreamerProfileId,
    },
    /// The program itself: jobs, the command line, demo data.
    System,
}

impl Actor {
    /// The person, when it is one.
    pub const fn user(&self) -> Option<&UserActor> {
        match self {
            Self::User(user) => Some(user),
            Self::Nobody | Self::Overlay { .. } | Self::System => None,
        }
    }

    /// Whether the actor may act so at all.
    pub fn may(&self, action: Action) -> bool {
        match self {
            Self::System => true,
            Self::User(user) => user.role.may(action),
            Self::Overlay { .. } => action == Action::IngestEvents,
            Self::Nobody => matches!(action, Action::RequestMagicLink | Action::VerifyMagicLink),
        }
    }
}

/// The actor's role does not allow this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this role may not {action}")]
pub struct Denied {
    /// What was asked.
    pub action: Action,
}

/// Which rows of a campaign's an actor may see; every list and look-up takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything: admin and the program itself.
    All,
    /// What an agency owns or a brand is named on.
    Organization(OrganizationId),
    /// What runs on the channels of one person.
    Streamer(UserId),
    /// Nothing.
    None,
}

impl Scope {
    /// Whether there is nothing it hides.
    pub const fn is_all(self) -> bool {
        matches!(self, Self::All)
    }

    /// The agency or brand it is limited to.
    pub const fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Organization(organization) => Some(organization),
            Self::All | Self::Streamer(_) | Self::None => None,
        }
    }

    /// The person whose channels it is limited to.
    pub const fn streamer(self) -> Option<UserId> {
        match self {
            Self::Streamer(user) => Some(user),
            Self::All | Self::Organization(_) | Self::None => None,
        }
    }
}

impl Actor {
    /// What the actor may see of campaigns and everything that hangs on them.
    pub fn scope(&self) -> Scope {
        match self {
            Self::System => Scope::All,
            Self::User(user) => match (user.role, user.organization_id) {
                (Role::Admin, _) => Scope::All,
                (Role::Agency | Role::Brand, Some(organization)) => {
                    Scope::Organization(organization)
                }
                (Role::Streamer, _) => Scope::Streamer(user.user_id),
                (Role::Agency | Role::Brand, None) | (Role::Viewer, _) => Scope::None,
            },
            Self::Nobody | Self::Overlay { .. } => Scope::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The permissions that external clients know; the others are ours.
    const OF_THE_CONTRACT: [&str; 24] = [
        "auth:request_magic_link",
        "auth:verify_magic_link",
        "auth:logout",
        "users:read_me",
        "streamers:upsert_profile",
        "streamers:read_profile",
        "streamers:create_channel",
        "streamers:read_channels",
        "streamers:rotate_overlay_key",
        "campaigns:create",
        "campaigns:read",
        "campaigns:read_one",
        "campaigns:create_flight",
        "campaigns:assign_streamers",
        "creatives:upload",
        "creatives:read",
        "deliveries:trigger",
        "events:ingest",
        "reports:summary",
        "reports:export_csv",
        "reports:export_pdf",
        "payouts:run",
        "payouts:mark_paid",
        "admin:audit",
    ];

    #[test]
    fn every_role_keeps_the_grants_that_clients_were_promised() {
        let promised = |role: Role| {
            let named = |name: &&str| {
                Action::ALL
                    .iter()
                    .any(|action| action.as_str() == *name && role.may(*action))
            };
            OF_THE_CONTRACT.iter().filter(|name| named(name)).count()
        };
        let counts: Vec<usize> = Role::ALL.iter().map(|role| promised(*role)).collect();
        assert_eq!(counts, [21, 13, 7, 7, 1]);
        assert!(Role::Agency.may(Action::TriggerDelivery));
        assert!(!Role::Viewer.may(Action::ReadAudit));
    }
}
