//! The chapters of the description: one per room, found by the first part of the path.

/// The first part of a path, the chapter it belongs to, and what that is about.
const ROOMS: [(&str, &str, &str); 18] = [
    ("auth", "auth", "Signing in and out."),
    ("me", "auth", "Signing in and out."),
    (
        "streamers",
        "streamers",
        "Profiles, channels and overlay keys of streamers.",
    ),
    (
        "overlay",
        "streamers",
        "Profiles, channels and overlay keys of streamers.",
    ),
    (
        "channels",
        "channels",
        "Channels: the directory, their sessions, their overlay.",
    ),
    (
        "campaigns",
        "campaigns",
        "Booking: campaigns, flights, assignments.",
    ),
    (
        "flights",
        "campaigns",
        "Booking: campaigns, flights, assignments.",
    ),
    (
        "assignments",
        "assignments",
        "What streamers are asked to show.",
    ),
    (
        "creatives",
        "creatives",
        "Pictures and films, and their review.",
    ),
    (
        "deliveries",
        "deliveries",
        "Showing ads, and the story of each play.",
    ),
    ("events", "events", "What overlays report."),
    (
        "reports",
        "reports",
        "What was delivered, and what proves it.",
    ),
    (
        "payouts",
        "payouts",
        "What streamers are owed and were paid.",
    ),
    ("admin", "admin", "People, organisations and the audit log."),
    ("c", "links", "Short links and their QR codes."),
    ("qr", "links", "Short links and their QR codes."),
    ("healthz", "operations", "For whoever runs the server."),
    ("", "operations", "For whoever runs the server."),
];

/// The chapter of a path, and what it is about.
pub(super) fn room_of(path: &str) -> (&'static str, &'static str) {
    let first = path.split('/').nth(1).unwrap_or_default();
    let room = ROOMS.iter().find(|(segment, ..)| *segment == first);
    let (_, name, about) = room.unwrap_or(&ROOMS[ROOMS.len() - 1]);
    (name, about)
}
