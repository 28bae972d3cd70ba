//! Scenarios that were made once and are kept for the variants that share them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use microgrid_core::Problems;
use microgrid_sweep::Value;

/// What a kept scenario was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) base: usize,
    /// The sample whose days and outages it has, where such are drawn.
    pub(super) sample: Option<u64>,
    /// Numbers by their bits, and texts.
    values: Vec<Result<u64, String>>,
}

impl Key {
    pub(super) fn new<'v>(base: usize, sample: Option<u64>, values: impl Iterator<Item = &'v Value>) -> Self {
        let part = |value: &Value| match value {
            Value::Number(number) => Ok(number.to_bits()),
            Value::Text(text) => Err(text.clone()),
        };
        Self { base, sample, values: values.map(part).collect() }
    }
}

type Made<T> = Arc<OnceLock<Result<Arc<T>, Problems>>>;

/// A number of things, the longest unused of which gives way to the next.
#[derive(Debug)]
pub(super) struct Kept<T> {
    most: usize,
    entries: Mutex<VecDeque<(Key, Made<T>)>>,
}

impl<T> Kept<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, entries: Mutex::default() }
    }

    /// The thing of that key. It is made where it is not kept; threads that want the same one wait for it.
    ///
    /// # Errors
    /// Why it could not be made, kept as well.
    pub(super) fn get(&self, key: Key, make: impl FnOnce() -> Result<T, Problems>) -> Result<Arc<T>, Problems> {
        let entry = {
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            let known = entries.iter().position(|(known, _)| *known == key).and_then(|at| entries.remove(at));
            let (key, made) = known.unwrap_or_else(|| (key, Made::default()));
            entries.push_back((key, made.clone()));
            if entries.len() > self.most {
                entries.pop_front();
            }
            made
        };
        entry.get_or_init(|| make().map(Arc::new)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_gives_way() {
        let kept = Kept::new(2);
        let mut made = 0;
        let mut get = |number: f64| {
            let key = Key::new(0, None, [Value::Number(number)].iter());
            let thing = kept.get(key, || {
                made += 1;
                Ok(number)
            });
            assert_eq!(thing, Ok(Arc::new(number)));
            made
        };
        assert_eq!([1.0, 2.0, 1.0, 3.0, 1.0, 2.0].map(&mut get), [1, 2, 2, 3, 3, 4]);
    }
}
