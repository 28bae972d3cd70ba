//! A field that a sweep sets, as far as `sweep.toml` says it.

use microgrid_core::{Place, Problem};
use microgrid_sweep::{Sweep, Value};

use super::axis::texts_of;
use crate::document::Document;
use crate::scenario::StrategySetting;
use crate::setting::{FieldKind, Setting, field_kind};

/// The name under which a sweep sets its base.
pub(super) const BASE: &str = "base";

/// The field of the strategy.
pub(super) const STRATEGY: &str = "dispatch.strategy";

/// A field that a sweep sets.
#[derive(Debug, Clone)]
pub(super) struct SetField {
    pub(super) field: String,
    pub(super) kind: FieldKind,
    /// Where `sweep.toml` names it.
    pub(super) place: Place,
    /// Whether it is a setting of a strategy that the sweep sets: then it is carried for the others.
    pub(super) is_of_some_strategy: bool,
}

/// One field of the description, for its checks.
struct Described<'s> {
    /// Path of the table in `sweep.toml`, such as `draw[0]`, and the keys of its field and its values.
    table: String,
    field_key: &'static str,
    values_key: &'static str,
    field: &'s str,
    is_number: bool,
    is_whole: bool,
    texts: Vec<&'s str>,
}

/// The fields in the order of the variants' inputs; what is wrong with one is kept in the document. `shift` is the number
/// of axes before those of the file.
pub(super) fn set_fields(sweep: &Sweep, shift: usize, document: &Document<'_>) -> Vec<SetField> {
    let described = described(sweep, shift);
    let of_strategy = described.iter().filter(|one| one.field == STRATEGY);
    let strategies: Vec<&str> = of_strategy.flat_map(|one| one.texts.iter().copied()).collect();
    let read = |one: &Described<'_>| {
        let path = format!("{}.{}", one.table, one.field_key);
        let place = document.place_of(&path);
        let kind = if one.field == BASE {
            FieldKind { text: true, ..FieldKind::default() }
        } else {
            field_kind(one.field).unwrap_or_else(|mut problem| {
                problem.place = Some(place.clone());
                document.note(problem);
                FieldKind::default()
            })
        };
        if kind != FieldKind::default()
            && let Some(problem) = one.mistyped(&kind)
        {
            document.note(problem);
        }
        let setting = StrategySetting::of_field(one.field);
        let is_of_some_strategy = setting.is_some_and(|setting| strategies.iter().any(|name| setting.is_of(name)));
        SetField { field: one.field.to_owned(), kind, place, is_of_some_strategy }
    };
    described.iter().map(read).collect()
}

fn described(sweep: &Sweep, shift: usize) -> Vec<Described<'_>> {
    let axes = sweep.axes.iter().enumerate().flat_map(|(i, axis)| {
        let (field_key, values_key) = if axis.fields.len() == 1 { ("field", "values") } else { ("fields", "rows") };
        axis.fields.iter().enumerate().map(move |(column, field)| {
            let values = || axis.rows.iter().filter_map(move |row| row.get(column));
            Described {
                table: i.checked_sub(shift).map_or_else(|| BASE.to_owned(), |i| format!("axis[{i}]")),
                field_key,
                values_key,
                field,
                is_number: values().all(|value| value.number().is_some()),
                is_whole: !axis.relative && values().all(|value| value.number().is_some_and(|n| n.fract() == 0.0)),
                texts: values().filter_map(Value::text).collect(),
            }
        })
    });
    let draws = sweep.draws.iter().enumerate().flat_map(|(i, draw)| {
        draw.fields.iter().map(move |field| Described {
            table: format!("draw[{i}]"),
            field_key: if draw.fields.len() == 1 { "field" } else { "fields" },
            values_key: "distribution",
            field,
            is_number: draw.distribution.is_number(),
            is_whole: !draw.relative && draw.distribution.is_whole(),
            texts: texts_of(&draw.distribution),
        })
    });
    axes.chain(draws).collect()
}

impl Described<'_> {
    /// What is wrong with its values, given what may stand in the field.
    fn mistyped(&self, kind: &FieldKind) -> Option<Problem> {
        let problem = |message: &str| {
            Some(Problem::new(format!("{}.{}", self.table, self.values_key), format!("{message}: {}", self.field)))
        };
        if self.is_number {
            return match (kind.number, kind.whole && !self.is_whole) {
                (false, _) => Some(problem("are numbers for a field that takes none")?.allowed(kind.wanted())),
                (true, true) => {
                    let problem = problem("are not all whole numbers, which the field needs")?;
                    Some(problem.hint("draw with name = \"integers\", or list whole numbers"))
                }
                _ => None,
            };
        }
        let is_flag = |text: &&&str| kind.flag && matches!(**text, "true" | "false");
        let is_choice = |text: &&&str| kind.choices.is_empty() || kind.choices.iter().any(|choice| choice == *text);
        let wrong = self.texts.iter().find(|text| !(is_flag(text) || kind.text && is_choice(text)))?;
        let problem =
            problem("hold what the field does not take")?.value(format!("\"{wrong}\"")).allowed(kind.wanted());
        Some(match crate::suggestion::nearest(wrong, kind.choices.iter().map(String::as_str)) {
            Some(near) => problem.hint(format!("did you mean {near}?")),
            None => problem,
        })
    }
}

impl FieldKind {
    /// What may stand in the field, in words.
    fn wanted(&self) -> String {
        let mut kinds = Vec::new();
        if self.number {
            kinds.push(if self.whole { "a whole number".to_owned() } else { "a number".to_owned() });
        }
        if self.flag {
            kinds.push("true or false".to_owned());
        }
        if self.text {
            kinds.push(if self.choices.is_empty() { "a text".to_owned() } else { self.choices.join(", ") });
        }
        kinds.join(", or ")
    }
}

impl SetField {
    /// The field set to a value of its kind.
    pub(super) fn setting(&self, value: &Value) -> Setting {
        let literal = match value {
            Value::Number(number) if self.kind.whole => format!("{number:.0}"),
            // With all digits, and an exponent where it is shorter.
            Value::Number(number) => format!("{number:?}"),
            Value::Text(text) if self.kind.flag => text.clone(),
            Value::Text(text) => toml::Value::String(text.clone()).to_string(),
        };
        Setting::new(&self.field, literal, self.place.clone())
    }
}
