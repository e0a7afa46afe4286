//! HTTP by reqwest.
