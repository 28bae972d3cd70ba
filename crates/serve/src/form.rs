//! What a form sends: names and texts, each name once.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use microgrid::{Problem, Problems};

/// The texts of a form by their names; shared by its clones, for files may be among them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form(Arc<BTreeMap<String, String>>);

/// Largest text that is shown again in a form that is refused.
const SHOWN_MOST: usize = 64 << 10;

impl From<Vec<(String, String)>> for Form {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(Arc::new(pairs.into_iter().map(|(name, text)| (name, text.replace("\r\n", "\n"))).collect()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = FormRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        axum::Form::<Vec<(String, String)>>::from_request(request, state).await.map(|axum::Form(pairs)| pairs.into())
    }
}

impl Form {
    /// The text of a field without blanks around it; `None` where it is empty or was not sent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// As it was sent.
    pub(crate) fn whole(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether the field was sent at all, as a box is that is ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The text of a field to be shown again; nothing of a file.
    pub(crate) fn shown(&self, name: &str) -> &str {
        Some(self.whole(name)).filter(|text| text.len() <= SHOWN_MOST).unwrap_or("")
    }

    /// The number of a field.
    pub(crate) fn number(&self, name: &str, problems: &mut Problems) -> Option<f64> {
        let text = self.text(name)?;
        match text.replace(' ', "").parse::<f64>() {
            Ok(number) if number.is_finite() => Some(number),
            _ => {
                problems.push(Problem::new(name, "is no number").value(text).hint("such as 12.5, with a point"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_what_is_none_is_refused() {
        let pairs = [("a", " 300 000 "), ("b", "12,5"), ("c", "inf"), ("d", "")];
        let form = Form::from(pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec());
        let mut problems = Problems::none();
        let numbers = ["a", "b", "c", "d", "e"].map(|name| form.number(name, &mut problems));
        assert_eq!(numbers, [Some(300_000.0), None, None, None, None]);
        assert_eq!(problems.iter().count(), 2);
        assert!(form.has("d") && !form.has("e") && form.text("d").is_none());
    }
}
