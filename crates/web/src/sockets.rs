//! The Socket.IO server: both namespaces, its settings, and the task that carries signals.

use std::time::Duration;

use socketioxide::SocketIo;
use socketioxide::layer::SocketIoLayer;

use crate::state::App;
use crate::{dashboard, overlay};

/// The contract's timings and sizes.
const PING_INTERVAL: Duration = Duration::from_secs(25);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
const MESSAGE_BYTES_MAX: usize = 1_000_000;
/// How long a connection may stay without entering a namespace.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens the namespaces; the layer answers on `/socket.io/`.
pub fn layer(app: &App) -> SocketIoLayer {
    let (layer, io) = SocketIo::builder()
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .max_payload(MESSAGE_BYTES_MAX as u64)
        .ws_max_message_size(MESSAGE_BYTES_MAX)
        .connect_timeout(CONNECT_TIMEOUT)
        .build_layer();
    overlay::socket::open(&io, app);
    let seats = dashboard::Seats::default();
    dashboard::open(&io, app, &seats);
    let signals = app.works.signals().listen();
    app.lifecycle
        .tasks
        .spawn(dashboard::carry(io, app.clone(), seats, signals));
    layer
}
