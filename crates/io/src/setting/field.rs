//! The path of a field in its parts.

/// A path such as `storage.battery[0].capacity_kwh`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldPath {
    pub(crate) segments: Vec<Segment>,
}

/// A key and the places in the lists that it holds: `battery[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) key: String,
    pub(crate) places: Vec<usize>,
}

impl FieldPath {
    /// The path in its parts, where it is written well.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let segments: Option<Vec<Segment>> = path.split('.').map(Segment::parse).collect();
        Some(Self { segments: segments? })
    }

    /// The keys with their places, such as `("battery", Some(0))`; `None` where a key has several places.
    pub(crate) fn parts(&self) -> Option<Vec<(&str, Option<usize>)>> {
        let part = |segment: &'_ Segment| match segment.places[..] {
            [] => Some(None),
            [place] => Some(Some(place)),
            _ => None,
        };
        self.segments.iter().map(|segment| Some((segment.key.as_str(), part(segment)?))).collect()
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Self> {
        let (key, places) = text.split_once('[').map_or((text, None), |(key, places)| (key, Some(places)));
        let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let places = match places {
            None => Vec::new(),
            Some(places) => {
                let places = places.strip_suffix(']')?.split("][").map(|place| place.parse().ok());
                places.collect::<Option<Vec<usize>>>()?
            }
        };
        is_key.then(|| Self { key: key.to_owned(), places })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_in_parts() {
        let path = FieldPath::parse("storage.battery[2].capacity_kwh").unwrap();
        assert_eq!(path.parts(), Some(vec![("storage", None), ("battery", Some(2)), ("capacity_kwh", None)]));
        assert_eq!(FieldPath::parse("a[0][17]").unwrap().segments[0].places, [0, 17]);
        for wrong in ["", "a..b", "a.", "a[", "a[]", "a[x]", "a[-1]", "a[0", "a]0[", "a b", "a[0]b"] {
            assert_eq!(FieldPath::parse(wrong), None, "{wrong}");
        }
    }
}
