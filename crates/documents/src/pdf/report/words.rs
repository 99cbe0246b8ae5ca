//! What the codes of the product mean, for somebody who never saw it.

/// What is counted.
pub(super) const IMPRESSION: &str = "An impression is a verified play: one creative, leased once \
    to one overlay on a live channel, loaded, shown at its first decoded frame and kept on screen \
    for its whole time. Each lease can be counted once, whatever is reported again. Plays that \
    break off, come late or cannot be matched to a lease are not counted; the reasons are below.";
/// What else is counted.
pub(super) const CLICK: &str = "A click is one deduplicated visit of a play's link. The \
    click-through rate (CTR) is clicks divided by impressions. Minutes on screen are the agreed \
    times of the counted plays. Audience impressions, where given, are modelled and never mixed \
    with impressions.";
/// What comes before the levels of evidence.
pub(super) const EVIDENCE: &str = "How well the counted plays are proven. A higher level includes \
    the lower ones; what is unknown is called unproven, never unseen.";
/// What comes before the reasons.
pub(super) const UNCOUNTED: &str = "Reports from overlays that were received and stored, but are \
    no impressions and cost nothing.";

/// What a level of evidence means.
pub(super) const fn evidence(level: u8) -> &'static str {
    match level {
        0 => "Claimed by the overlay only",
        1 => "Leased by the platform, used once, reported in time",
        2 => "The streaming platform says that the channel was live",
        3 => "OBS had the source on program and streamed for the whole play",
        4 => "Place, order and sound were checked beside the stream",
        5 => "Matched in the broadcast itself or its recording",
        _ => "Unknown",
    }
}

/// What a reason means; the code itself where it is a new one.
pub(super) fn reason(code: &str) -> &str {
    match code {
        "no_delivery" => "No play had been leased to this channel",
        "duplicate" => "The same play was reported again",
        "lease_expired" => "Reported after the lease had ended",
        "too_early" => "Not on screen for its whole time",
        "not_rendered" => "Completed without ever having been shown",
        "standby_instance" => "Reported by an overlay that was standing by",
        "not_on_program" => "OBS did not have the source on stream",
        "clock_skew" => "The sender's clock was wrong",
        "automated_client" => "Sent by a program that names itself a bot",
        "duplicate_click" => "A further click on the same play",
        other => other,
    }
}

/// Where a click came from; the code itself where it is a new one.
pub(super) fn source(code: &str) -> &str {
    match code {
        "overlay" => "Overlay",
        "shortlink" | "short_link" | "link" => "Short link",
        "qr" | "qr_code" => "QR code",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use beta_domain::journal::Reason;

    use super::*;

    #[test]
    fn every_reason_and_level_has_words() {
        for known in Reason::ALL {
            assert_ne!(reason(known.as_str()), known.as_str());
        }
        for level in 0..=5 {
            assert_ne!(evidence(level), evidence(u8::MAX));
        }
    }
}
