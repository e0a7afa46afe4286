mod finding;
mod renewing;
