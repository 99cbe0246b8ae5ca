//! The pages for people who sign in. Everything works without JavaScript, but for what is live.
//!
//! Each page is a function from a view, which holds only formatted texts, to markup; a handler
//! fills the view from the rooms. Pages take the portal's cookie and nothing else does; whatever
//! changes something is a form with a token (`form`).

mod logins;
mod account;
mod control_room;
mod cookies;
mod flash;
mod form;
mod format;
mod home;
mod layout;
mod problem;
mod sign_in;
mod sign_out;
mod verify;
mod visit;
#[cfg(test)]
mod tests;

pub(crate) use layout::PRODUCT;
pub(crate) use problem::problems_as_pages;

use crate::router::Endpoint;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        home::endpoints(),
        sign_in::endpoints(),
        verify::endpoints(),
        sign_out::endpoints(),
        account::endpoints(),
        logins::endpoints(),
        control_room::endpoints(),
    ]
    .concat()
}
