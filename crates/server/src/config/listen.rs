//! Where the server listens.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::reader::{Name, Reader};

const PORT: Name = Name {
    variable: "API_PORT",
    key: "server.port",
};
const BIND: Name = Name {
    variable: "BIND",
    key: "server.bind",
};

/// Where the server listens.
#[derive(Clone, Copy, Debug)]
pub struct Listen {
    /// The address.
    pub bind: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
}

impl Listen {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            bind: reader
                .required(BIND)
                .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: reader.required(PORT).unwrap_or_default(),
        }
    }

    /// Both together.
    pub const fn address(self) -> SocketAddr {
        SocketAddr::new(self.bind, self.port)
    }
}
