//! Promises of the page, over real sockets.

mod client;
mod page;
mod refusals;
