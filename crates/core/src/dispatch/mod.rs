//! Choice: the strategies, one file each, and the interface for a user's own.

mod built_in;

pub use built_in::Dispatch;
