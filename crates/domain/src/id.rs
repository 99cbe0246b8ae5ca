//! The ids of every noun.

beta_kit::id_type! {
    /// An agency or a brand.
    OrganizationId;
    /// A person who can sign in.
    UserId;
    /// A signed-in browser or client; the `jti` of its access token.
    LoginId;
    /// A row of the audit log.
    AuditId;
    /// What a streamer says of themselves.
    StreamerProfileId;
    /// A Twitch channel.
    ChannelId;
    /// A key that an overlay signs in with.
    OverlayKeyId;
    /// A booked campaign.
    CampaignId;
    /// The rules a campaign runs under.
    FlightId;
    /// A picture or film to show.
    CreativeId;
    /// A campaign on a channel, at a price.
    AssignmentId;
    /// A channel on air.
    SessionId;
    /// One open overlay page.
    InstanceId;
    /// A lease to play one creative once; the `commandId` on the wire.
    DeliveryId;
    /// Something that happened.
    EventId;
    /// Money owed to a streamer.
    PayoutId;
}
