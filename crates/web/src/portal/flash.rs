//! What a trigger came to, carried from the form to the page that follows it.
//!
//! Only ids and a code travel, so that nobody can put words of theirs on a page of ours.

use beta_domain::id::{CampaignId, ChannelId, CreativeId, DeliveryId};

/// What a trigger came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flash {
    pub(super) channel_id: ChannelId,
    pub(super) campaign_id: CampaignId,
    pub(super) creative_id: Option<CreativeId>,
    pub(super) outcome: Outcome,
}

/// How a trigger ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The command went out.
    Sent(DeliveryId),
    /// It was refused, with this code.
    Refused(String),
}

const SENT: &str = "sent";
const NONE: &str = "-";

impl Flash {
    /// The text that goes into the cookie.
    pub(super) fn encode(&self) -> String {
        let creative = self
            .creative_id
            .map_or_else(|| NONE.to_owned(), |id| id.to_string());
        let outcome = match &self.outcome {
            Outcome::Sent(id) => format!("{SENT}.{id}"),
            Outcome::Refused(code) => format!("{code}.{NONE}"),
        };
        format!(
            "{}.{}.{creative}.{outcome}",
            self.channel_id, self.campaign_id
        )
    }

    /// Reads what [`Flash::encode`] wrote; anything else is no flash.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (channel_id, campaign_id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let creative_id = match parts.next()? {
            NONE => None,
            id => Some(id.parse().ok()?),
        };
        let outcome = match (parts.next()?, parts.next()?) {
            (SENT, id) => Outcome::Sent(id.parse().ok()?),
            (code, _) if is_code(code) => Outcome::Refused(code.to_owned()),
            _ => return None,
        };
        Some(Self {
            channel_id,
            campaign_id,
            creative_id,
            outcome,
        })
    }
}

fn is_code(text: &str) -> bool {
    text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use beta_kit::id::Id;

    #[test]
    fn a_flash_survives_the_trip_and_nothing_else_is_one() {
        let mut flash = Flash {
            channel_id: Id::from_u128(1).into(),
            campaign_id: Id::from_u128(2).into(),
            creative_id: Some(Id::from_u128(3).into()),
            outcome: Outcome::Sent(Id::from_u128(4).into()),
        };
        assert_eq!(Flash::decode(&flash.encode()), Some(flash.clone()));
        flash.creative_id = None;
        flash.outcome = Outcome::Refused("channel_busy".to_owned());
        assert_eq!(Flash::decode(&flash.encode()), Some(flash));
        for other in ["", "a.b.c.d.e", "....", "sent", "<b>"] {
            assert_eq!(Flash::decode(other), None, "{other}");
        }
    }
}
