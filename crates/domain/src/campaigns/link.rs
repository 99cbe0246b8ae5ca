//! The short link of an assignment.

use std::str::FromStr;

use beta_kit::db::{DbError, Tx};
use beta_kit::secret::Secret;

use super::store::assignments;
use crate::id::{AssignmentId, CampaignId, ChannelId, StreamerProfileId};
use crate::streamers;
use crate::work::Work;

/// The random bytes of a code: 64 bits, so that nobody finds one by trying.
const CODE_BYTES: usize = 8;
/// The characters of a code: its bytes as base64url.
const CODE_CHARACTERS: usize = 11;
/// The most assignments that one round gives a code.
const CODES_MAX: i64 = 100;

/// What names a short link: eleven characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LinkCode(String);

/// The text is no code of a short link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no code of a short link")]
pub struct NoLinkCode;

impl LinkCode {
    /// A new one.
    pub(super) fn mint(work: &Work) -> Self {
        let code: Secret<String> = work.token::<CODE_BYTES>();
        Self(code.reveal().clone())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LinkCode {
    type Err = NoLinkCode;

    fn from_str(text: &str) -> Result<Self, NoLinkCode> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.len() == CODE_CHARACTERS && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoLinkCode)
        }
    }
}

/// What a short link belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linked {
    pub(crate) assignment: AssignmentId,
    pub(crate) campaign: CampaignId,
    pub(crate) channel: ChannelId,
    pub(crate) streamer: StreamerProfileId,
}

/// What the link belongs to, also when the channel was taken off the campaign: a link that stands
/// somewhere in a chat goes on to lead somewhere.
pub(crate) async fn find_linked(tx: &mut Tx, code: &LinkCode) -> Result<Option<Linked>, DbError> {
    let Some((assignment, campaign, channel)) =
        assignments::find_by_code(tx, code.as_str()).await?
    else {
        return Ok(None);
    };
    let owner = streamers::owner_of(tx, channel).await?;
    Ok(owner.map(|streamer| Linked {
        assignment,
        campaign,
        channel,
        streamer,
    }))
}

/// Gives a code to assignments that were made before there were links; returns to how many.
pub async fn give_codes(work: &mut Work) -> Result<usize, DbError> {
    let without = assignments::without_code(work.tx(), CODES_MAX).await?;
    for id in &without {
        let code = LinkCode::mint(work);
        assignments::set_code(work.tx(), *id, code.as_str()).await?;
    }
    Ok(without.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_eleven_characters_that_need_no_escape() {
        assert!("AZaz09-_AZa".parse::<LinkCode>().is_ok());
        for bad in [
            "",
            "short",
            "AZaz09-_AZaa",
            "AZaz09-_AZ%",
            "AZaz09-_AZ\u{e4}",
        ] {
            assert_eq!(bad.parse::<LinkCode>(), Err(NoLinkCode), "{bad}");
        }
    }
}
