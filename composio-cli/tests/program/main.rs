//! The program from outside: what it writes, where, and how it ends.

#[cfg(test)]
mod apps;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod fetched;
#[cfg(test)]
mod files;
#[cfg(test)]
mod integrations;
#[cfg(test)]
mod json;
#[cfg(test)]
mod pipes;
#[cfg(test)]
mod server;
#[cfg(test)]
mod support;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod vault;
#[cfg(test)]
mod vendor;
#[cfg(test)]
mod walkthrough;
