mod bundle;
mod reading;
