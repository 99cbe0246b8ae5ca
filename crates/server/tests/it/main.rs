//! The integration tests: the whole product over HTTP and sockets, and the real program.

mod http;
mod process;
