//! What a refused trigger means, and what to do about it, in plain words.

/// Why nothing was sent, and what helps.
pub(in crate::portal) struct Words {
    pub(in crate::portal) what: &'static str,
    pub(in crate::portal) advice: &'static str,
}

/// The words for the code of a refusal.
pub(in crate::portal) fn words(code: &str) -> Words {
    let (what, advice) = match code {
        "overlay_not_connected" => (
            "No overlay of this channel is connected.",
            "Open the overlay address in OBS or in a browser window, then trigger again.",
        ),
        "overlay_not_responding" => (
            "The overlay did not answer in time.",
            "Its connection may be bad. Nothing was shown or charged; try again, or ask the \
             streamer to refresh the browser source.",
        ),
        "no_active_session" => (
            "The channel is not on air.",
            "A session begins when its overlay connects. Open the overlay, then trigger again.",
        ),
        "channel_busy" => (
            "An ad is on the channel's screen.",
            "Wait until it has ended, then trigger again.",
        ),
        "gap_not_elapsed" => (
            "The last ad ended too short a while ago.",
            "The flight asks for a gap between two ads. Wait a little.",
        ),
        "streamer_hourly_cap_reached" => (
            "The channel has had its ads of this campaign for one hour.",
            "Wait until the oldest is an hour old, or raise the flight's cap per streamer and hour.",
        ),
        "session_cap_reached" => (
            "The channel has had its ads of this campaign for one session.",
            "The count begins anew with the next session.",
        ),
        "campaign_pacing_reached" => (
            "The campaign has had its ads for one hour, over all channels.",
            "Wait until the oldest is an hour old, or raise the flight's pacing per hour.",
        ),
        "campaign_budget_reached" => (
            "The campaign's budget is spent, or held by ads that are on their way.",
            "Raise the budget, or wait for open ads to end.",
        ),
        other => return more_words(other),
    };
    Words { what, advice }
}

/// What lies in the booking rather than in the moment.
fn more_words(code: &str) -> Words {
    let (what, advice) = match code {
        "campaign_not_deliverable" => (
            "The campaign is neither approved nor active.",
            "Submit it for approval, or take it out of its pause.",
        ),
        "campaign_not_started" => (
            "The campaign has not started yet.",
            "Wait for its first day.",
        ),
        "campaign_ended" => ("The campaign is over.", "Book a new one to go on."),
        "format_not_allowed" => (
            "The flight does not allow this creative's format.",
            "Choose another creative, or add a flight that allows the format.",
        ),
        "no_approved_creative" => (
            "There is no approved creative to show.",
            "Upload one with POST /creatives and have it approved.",
        ),
        "no_flight" => (
            "The campaign has no flight that runs now.",
            "Add one with POST /campaigns/{id}/flights.",
        ),
        "no_campaign_assignment" => (
            "This campaign is not assigned to the channel.",
            "Assign it with POST /campaigns/{id}/assign-streamers.",
        ),
        "streamer_paused" => (
            "The streamer has paused all ads on the channel.",
            "Only the streamer can end the pause.",
        ),
        "assignment_pending" => (
            "The streamer has not accepted the campaign yet.",
            "Ask them, or choose another channel.",
        ),
        "assignment_declined" => (
            "The streamer has declined the campaign.",
            "Choose another channel or campaign.",
        ),
        "channel_not_found" => ("There is no such channel.", "Load the page again."),
        "rate_limited" => (
            "That was too much at once.",
            "Wait a minute, then trigger again.",
        ),
        _ => (
            "The ad was not sent.",
            "Load the page again and retry. If it stays so, tell whoever runs this installation.",
        ),
    };
    Words { what, advice }
}
