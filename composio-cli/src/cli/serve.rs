use std::net::SocketAddr;

use clap::Args;

/// Where and for whom the engine is served.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = super::address)]
    pub(crate) listen: SocketAddr,
    /// The address that clients reach it by, such as that of a proxy, for the links to files
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Answer requests for this host too [default: this machine's own names alone]
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Answer requests for every host; for engines behind a proxy that checks hosts
    #[arg(long)]
    pub(crate) allow_any_host: bool,
    /// Answer requests that pages of this origin make
    #[arg(long, value_name = "URL")]
    pub(crate) allow_origin: Vec<String>,
    /// The most connections at once
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_connections: Option<usize>,
}
