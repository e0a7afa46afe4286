mod begun;
mod integrations;
mod script;
mod waited;
