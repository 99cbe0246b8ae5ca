//! How ads look on a channel: its overlays are told when they come and when it is changed.

use beta_domain::actor::Actor;
use beta_domain::id::ChannelId;
use beta_domain::streamers::{self, StreamersError};

use super::protocol::SettingsMessage;
use super::protocol::names::SETTINGS;
use super::stage::Instance;
use crate::state::App;

/// Tells the overlays of a channel how ads look there; first clients know no looks.
pub(crate) async fn tell_settings(
    app: &App,
    channel_id: ChannelId,
    whom: &(dyn Fn(&Instance) -> bool + Sync),
) {
    let instances = app.stage.instances(channel_id);
    let listeners = instances.into_iter();
    let listeners: Vec<Instance> = listeners.filter(|one| one.modern && whom(one)).collect();
    if listeners.is_empty() {
        return;
    }
    let message = match settings_of(app, channel_id).await {
        Ok(Some(message)) => message,
        Ok(None) => return,
        Err(error) => {
            tracing::error!(%error, "the looks of an overlay could not be read");
            return;
        }
    };
    for instance in listeners {
        // A socket that can not take it is on its way out and will be told when it is back.
        let _ = instance.socket.emit(SETTINGS, &message);
    }
}

async fn settings_of(app: &App, id: ChannelId) -> Result<Option<SettingsMessage>, StreamersError> {
    let mut work = app.works.read(Actor::System).await?;
    let channel = streamers::find_channel(&mut work, id).await?;
    Ok(channel.as_ref().map(SettingsMessage::from))
}
