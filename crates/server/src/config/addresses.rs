//! How people reach the server.

use std::net::SocketAddr;

use beta_web::urls::BaseUrl;

use super::reader::{Name, Reader};

const MAGIC_LINK: Name = Name {
    variable: "MAGIC_LINK_BASE_URL",
    key: "addresses.magic_link",
};
const OVERLAY: Name = Name {
    variable: "OVERLAY_URL",
    key: "addresses.overlay",
};
const PORTAL: Name = Name {
    variable: "PORTAL_URL",
    key: "addresses.portal",
};

/// How people reach the server; what is not given is the server's own address.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// What sign-in links begin with.
    pub magic_link: Option<BaseUrl>,
    /// What overlay URLs begin with.
    pub overlay: Option<BaseUrl>,
    /// The portal.
    pub portal: Option<BaseUrl>,
}

impl Addresses {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            magic_link: reader.optional(MAGIC_LINK),
            overlay: reader.optional(OVERLAY),
            portal: reader.optional(PORTAL),
        }
    }
}

/// The address at which a server that listens at `local` can be reached from the same machine.
pub fn own(local: SocketAddr) -> BaseUrl {
    let ip = local.ip();
    let port = local.port();
    let text = if ip.is_loopback() || ip.is_unspecified() {
        format!("http://localhost:{port}")
    } else {
        format!("http://{local}")
    };
    text.parse()
        .expect("a socket address makes an address of the web")
}
