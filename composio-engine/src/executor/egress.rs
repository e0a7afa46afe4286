use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use composio_core::{Error, ErrorKind, Result};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// Which addresses a tool's request may go to.
///
/// The default refuses every address that is not on the public Internet: loopback, link-local (cloud metadata among
/// them), private, carrier-grade NAT, unique local, NAT64, 6to4, Teredo, multicast, documentation and reserved ranges
/// (the special-purpose registries of RFC 6890). The address is checked after the name is looked up and again at every
/// redirect, so a name that resolves to a private address is refused too.
///
/// ```
/// use composio_engine::EgressPolicy;
///
/// let on_premises = EgressPolicy::default().allow("10.1.0.0/16".parse()?);
/// assert!(on_premises.permits("10.1.2.3".parse()?));
/// assert!(!on_premises.permits("10.2.0.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct EgressPolicy {
    allowed: Arc<Vec<IpNet>>,
    plain_http: bool,
}

impl EgressPolicy {
    /// Lets requests reach `net` although the default refuses it.
    #[must_use]
    pub fn allow(mut self, net: IpNet) -> Self {
        Arc::make_mut(&mut self.allowed).push(net);
        self
    }

    /// Lets requests reach this machine: `127.0.0.0/8` and `::1`. For tests and local services.
    #[must_use]
    pub fn allow_loopback(self) -> Self {
        self.allow(IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8)))
            .allow(IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)))
    }

    /// Lets any address that a user gives be plain `http`, so that credentials may travel readable.
    ///
    /// Without it, only literal addresses inside an allowed range, and `localhost` if loopback is allowed, may.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Whether a request may go to `address`.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        is_public(address) || self.names(address)
    }

    /// Whether a user may give `url` although it is plain `http`.
    pub(super) fn permits_plain(&self, url: &Url) -> bool {
        self.plain_http
            || match url.host() {
                Some(Host::Ipv4(address)) => self.names(address.into()),
                Some(Host::Ipv6(address)) => self.names(address.into()),
                Some(Host::Domain("localhost")) => self.names(Ipv4Addr::LOCALHOST.into()),
                _ => false,
            }
    }

    /// Refuses a URL whose host is a literal address that the policy does not permit.
    ///
    /// Names are checked when they are looked up; a literal never is.
    pub(super) fn check(&self, url: &Url) -> Result<()> {
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "the address has no host",
                ));
            }
        };
        if self.permits(address) {
            Ok(())
        } else {
            Err(refused(&address.to_string()))
        }
    }

    fn names(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|net| net.contains(&address))
    }
}

/// The error for a host that the policy does not permit.
pub(super) fn refused(host: &str) -> Error {
    Error::new(
        ErrorKind::Forbidden,
        format!("{host} is not a public address, and the egress policy does not allow it"),
    )
    .with_slug("Egress_NotAllowed")
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    // Azure's platform address is public by number and reaches the metadata of the machine.
    const WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    let reserved = match address.octets() {
        [0 | 240..=255, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        [192, 0, 0, _] | [192, 88, 99, _] => true,
        [198, second, ..] => (18..20).contains(&second),
        _ => false,
    };
    !(reserved
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || address == WIRE_SERVER)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    // Global unicast is 2000::/3 (RFC 4291, section 2.4); within it, ranges that tunnel to IPv4 or document.
    match address.segments() {
        [0x2001, 0, ..] | [0x2001, 0x0db8, ..] | [0x2002, ..] | [0x3fff, ..] => false,
        [0x2001, second, ..] => second >= 0x0200,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use url::Url;

    use super::EgressPolicy;

    const PRIVATE: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "140.82.112.6",
        "172.32.0.1",
        "198.17.0.1",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "2001:4860:4860::8888",
    ];

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_off_the_public_internet_are_refused() {
        let policy = EgressPolicy::default();
        for text in PRIVATE {
            assert!(!policy.permits(address(text)), "{text}");
        }
        for text in PUBLIC {
            assert!(policy.permits(address(text)), "{text}");
        }
    }

    #[test]
    fn an_allowed_range_opens_itself_alone_and_in_its_mapped_form() {
        let policy = EgressPolicy::default().allow("10.1.0.0/16".parse().unwrap());
        assert!(policy.permits(address("10.1.2.3")));
        assert!(policy.permits(address("::ffff:10.1.2.3")));
        assert!(!policy.permits(address("10.2.0.1")));
        assert!(!policy.permits(address("127.0.0.1")));
        let policy = EgressPolicy::default().allow_loopback();
        assert!(policy.permits(address("127.9.9.9")) && policy.permits(address("::1")));
        assert!(!policy.permits(address("10.1.2.3")));
    }

    #[test]
    fn every_spelling_of_a_private_literal_is_refused() {
        let policy = EgressPolicy::default();
        for text in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://[fd00:ec2::254]/",
            "http://0/",
            "http://①②⑦.0.0.1/",
            "http://[64:ff9b::7f00:1]/",
            "http://127.0.0.1./",
        ] {
            let url = Url::parse(text).unwrap();
            assert!(policy.check(&url).is_err(), "{text} is {url}");
        }
        assert!(
            policy
                .check(&Url::parse("https://api.github.com/").unwrap())
                .is_ok()
        );
        assert!(
            policy
                .check(&Url::parse("https://1.1.1.1/").unwrap())
                .is_ok()
        );
    }

    #[test]
    fn plain_http_is_for_allowed_addresses() {
        let url = |text: &str| Url::parse(text).unwrap();
        let policy = EgressPolicy::default();
        assert!(!policy.permits_plain(&url("http://jira.example.com")));
        assert!(!policy.permits_plain(&url("http://localhost")));
        let policy = policy.allow_loopback();
        assert!(policy.permits_plain(&url("http://localhost:8080")));
        assert!(policy.permits_plain(&url("http://127.0.0.1:8080")));
        assert!(!policy.permits_plain(&url("http://jira.example.com")));
        assert!(
            policy
                .allow_plain_http()
                .permits_plain(&url("http://jira.example.com"))
        );
    }
}
