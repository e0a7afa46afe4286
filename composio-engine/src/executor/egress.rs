use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

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
        self.allow(IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)))
            .allow(IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)))
    }

    /// Lets addresses that users give be plain `http`. Without it only addresses that [`allow`](Self::allow) names may.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Whether a request may go to `address`.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        self.names(address)
    }

    fn names(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|net| net.contains(&address))
    }
}
