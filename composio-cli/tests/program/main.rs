//! The program from outside: what it writes, where, and how it ends.

#[cfg(test)]
mod apps;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod json;
#[cfg(test)]
mod support;
