//! What only a real browser can show.

mod overlay_page;
