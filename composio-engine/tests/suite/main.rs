//! The engine as a program uses it: its Rust API and its own API through the transport, against a vendor on loopback.

#[cfg(test)]
mod api;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod cancellation;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod curated;
#[cfg(test)]
mod curated_apps;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod dry_run;
#[cfg(test)]
mod each_operation;
#[cfg(test)]
mod encoded_files;
#[cfg(test)]
mod end_to_end;
#[cfg(test)]
mod file_tools;
#[cfg(test)]
mod files;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod oauth_clients;
#[cfg(test)]
mod oauth_discovery;
#[cfg(test)]
mod oauth_faults;
#[cfg(test)]
mod operator;
#[cfg(test)]
mod own_tokens;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod resources;
#[cfg(test)]
mod rotating;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod served;
#[cfg(test)]
mod server_fields;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod typed_client;
