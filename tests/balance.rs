//! Placeholder until the first promise has something to test.
