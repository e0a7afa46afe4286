#![doc = include_str!("../README.md")]

mod bytes;
mod panels;

pub use bytes::products;
pub use panels::Panels;
