mod chat;
mod chat_stream;
mod json;
mod layer;
mod responses;
mod responses_stream;
mod server;
