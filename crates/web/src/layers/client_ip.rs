//! Whose request it is, when proxies stand between.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::extract::{FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The other end of the connection; the listener puts it into every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The address of the client, past the proxies that are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    /// What one client has to itself: an IPv4 address, or the 64 leading bits of an IPv6 one.
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(UNKNOWN)))
    }
}

const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Networks whose `x-forwarded-for` is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

/// The text is not a list of addresses and networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an IP address nor a network such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl FromStr for TrustedProxies {
    type Err = NotANetwork;

    /// Addresses and networks with commas between them; empty for none.
    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

fn network(text: &str) -> Result<Network, NotANetwork> {
    let wrong = || NotANetwork(text.to_owned());
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Ok(width), str::parse).map_err(|_| wrong())?;
    if bits > width {
        return Err(wrong());
    }
    Ok(Network { address, bits })
}

impl Network {
    fn contains(self, other: IpAddr) -> bool {
        let high = |bits: u128, width: u32| bits.checked_shr(width - self.bits).unwrap_or(0);
        match (self.address, other) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                high(a.to_bits().into(), 32) == high(b.to_bits().into(), 32)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => high(a.to_bits(), 128) == high(b.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl TrustedProxies {
    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client behind `peer`: the rightmost forwarded address that is not a proxy of ours.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientIp {
        let mut client = peer.to_canonical();
        let forwarded: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for hop in forwarded.iter().rev() {
            if !self.contains(client) {
                break;
            }
            let Some(address) = hop_address(hop.trim()) else {
                break;
            };
            client = address;
        }
        ClientIp(client)
    }
}

/// An address as proxies write it, with or without a port.
fn hop_address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

/// The client of a request.
pub(crate) fn client_ip(request: &Request, trusted: &TrustedProxies) -> ClientIp {
    let peer = request
        .extensions()
        .get::<Peer>()
        .map_or(UNKNOWN, |peer| peer.0.ip());
    trusted.client(peer, request.headers())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn client(trusted: &str, peer: &str, forwarded: &[&'static str]) -> String {
        let trusted: TrustedProxies = trusted.parse().expect("is a list");
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        trusted
            .client(peer.parse().expect("is an address"), &headers)
            .0
            .to_string()
    }

    #[test]
    fn nobody_is_believed_unless_trusted() {
        assert_eq!(client("", "203.0.113.7", &["1.2.3.4"]), "203.0.113.7");
        assert_eq!(
            client("10.0.0.0/8", "203.0.113.7", &["1.2.3.4"]),
            "203.0.113.7"
        );
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_is_the_client() {
        let trusted = "10.0.0.0/8, ::1";
        assert_eq!(
            client(trusted, "10.1.1.1", &["6.6.6.6, 1.2.3.4, 10.2.2.2"]),
            "1.2.3.4"
        );
        assert_eq!(
            client(trusted, "10.1.1.1", &["6.6.6.6", "1.2.3.4:55"]),
            "1.2.3.4"
        );
        assert_eq!(client(trusted, "::ffff:10.1.1.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(client(trusted, "::1", &["[2001:db8::1]:9"]), "2001:db8::1");
        assert_eq!(
            client(trusted, "10.1.1.1", &["1.2.3.4, nonsense"]),
            "10.1.1.1"
        );
        assert_eq!(client(trusted, "10.1.1.1", &[]), "10.1.1.1");
    }

    #[test]
    fn only_addresses_and_networks_make_a_list() {
        for bad in ["x", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.0/-1"] {
            assert!(bad.parse::<TrustedProxies>().is_err(), "{bad}");
        }
        let all: TrustedProxies = "0.0.0.0/0,::/0".parse().expect("is a list");
        assert!(all.contains("1.2.3.4".parse().expect("is an address")));
        assert!(all.contains("2001:db8::1".parse().expect("is an address")));
    }

    #[test]
    fn an_ipv6_client_owns_its_64_bits() {
        let one = ClientIp("2001:db8::1".parse().expect("is an address"));
        let two = ClientIp("2001:db8::2".parse().expect("is an address"));
        assert_eq!(one.network(), two.network());
    }
}
