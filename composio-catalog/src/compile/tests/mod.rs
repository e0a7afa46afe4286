mod bodies;
mod fuzzed;
mod hostile;
mod languages;
mod operations;
mod properties;
mod repairs;
mod servers;
