//! A sweep folder as a list of scenarios.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use microgrid_core::simulation::Years;
use microgrid_core::{Plan, Problem, Problems, Scenario};
use microgrid_sweep::{Input, Place, Source, Stream, Sweep, Value, Variants, hash};

use super::SweepFile;
use super::base::{Base, ReadBase, Route};
use super::input::{BASE, SetField, set_fields};
use super::kept::{Kept, Key};
use crate::document::Document;
use crate::scenario::{Loaded, scenario_text};

/// The variants that a folder with `sweep.toml` describes. Any of them is made from its number alone, by any thread.
pub struct SweepFolder {
    text: String,
    variants: Variants,
    inputs: Vec<Input>,
    fields: Vec<SetField>,
    /// Which input is the base, where one is.
    base_input: Option<usize>,
    bases: Vec<Base>,
    traces: Vec<u64>,
    days: Stream,
    outages: Stream,
    read: Kept<ReadBase>,
    shared: Kept<Scenario>,
}

impl fmt::Debug for SweepFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SweepFolder").field("variants", &self.variants).finish_non_exhaustive()
    }
}

impl SweepFolder {
    /// How many scenarios that were read again are kept, and how many that samples or prices share.
    pub const KEPT: usize = 64;

    /// Whether `path` is a folder with a `sweep.toml`, or a file whose name ends so.
    #[must_use]
    pub fn is_at(path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        let is_named = path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("sweep.toml"));
        path.join("sweep.toml").is_file() || (is_named && path.is_file())
    }

    /// Reads a folder with `sweep.toml`, or such a file, and the bases that it names.
    ///
    /// # Errors
    /// Every problem of a stage, each on its line: of `sweep.toml`, then of the bases, then of fields that a base does
    /// not have.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Problems> {
        let (file, text, folder) = scenario_text(path.as_ref(), "sweep.toml")?;
        let document = Document::parse(&file, &text)?;
        let table = SweepFile::read(&document);
        let sweep = table.sweep();
        let shift = usize::from(table.bases_are_an_axis());
        let variants = Variants::new(&sweep).map_err(|problems| keep(problems, shift, &document)).ok();
        let fields = if document.has_problems() { Vec::new() } else { set_fields(&sweep, shift, &document) };
        let names = base_names(&table, &sweep, &document);
        if let Some(variants) = &variants {
            check_traces(&table, variants, &document);
        }
        let Some(variants) = variants.filter(|_| !document.has_problems()) else {
            return Err(document.into_problems());
        };
        let mut bases = Vec::new();
        for name in &names {
            let base = Base::read(&folder, name, table.files.as_deref(), sweep.bootstrap.as_ref());
            let at_base = |mut problems: Problems| {
                // What has no place of its own stands where the base is named.
                for problem in problems.iter_mut().filter(|problem| problem.place.is_none()) {
                    problem.place = Some(document.place_of(BASE));
                }
                document.extend(problems);
            };
            match base {
                Ok(base) => bases.push(base),
                Err(problems) => at_base(problems),
            }
        }
        let inputs = variants.inputs().to_vec();
        let is_number: Vec<bool> = inputs.iter().map(|input| input.is_number).collect();
        for base in &mut bases {
            let routed = base.route(&fields, &is_number, variants.relative());
            routed.unwrap_or_else(|problems| problems.into_iter().for_each(|problem| document.note(problem)));
        }
        let base_input = inputs.iter().position(|input| input.field == BASE);
        let stream = |purpose| Stream::new(sweep.seed, purpose);
        let (days, outages) = (stream("bootstrap"), stream("outages"));
        let (read, shared) = (Kept::new(Self::KEPT), Kept::new(Self::KEPT));
        document.into_problems().or_else(|| Self {
            variants,
            inputs,
            fields,
            base_input,
            bases,
            traces: table.traces,
            days,
            outages,
            read,
            shared,
            text: text.clone(),
        })
    }

    /// The variants as described; relative values are factors here.
    #[must_use]
    pub fn variants(&self) -> &Variants {
        &self.variants
    }

    /// Numbers of the variants whose every step is to be written, ascending.
    #[must_use]
    pub fn traces(&self) -> &[u64] {
        &self.traces
    }

    /// The inputs for which some base is read again in every variant with a new value; the others are set directly.
    #[must_use]
    pub fn read_again(&self) -> Vec<&str> {
        let is_read = |i: &usize| self.bases.iter().any(|base| matches!(base.routes[*i], Route::Read));
        (0..self.inputs.len()).filter(is_read).map(|i| self.inputs[i].field.as_str()).collect()
    }

    /// Variant `index` with what core does not know of it: civil time, place, notes of the reader.
    ///
    /// # Errors
    /// What is wrong with this variant.
    pub fn load(&self, index: u64) -> Result<Loaded, Problems> {
        let values = self.values(index);
        let scenario = self.scenario(index, &values)?;
        let read = self.read_base(self.base_of(&values), &values)?;
        Ok(Loaded { scenario, ..read.loaded.clone() })
    }

    /// The number that the base of `values` has written where an input sets it.
    pub(super) fn own_number(&self, input: usize, values: &[Value]) -> Option<f64> {
        self.bases[self.base_of(values)].own.get(input).copied().flatten()
    }

    /// Where `sweep.toml` names the field of an input.
    pub(super) fn place_of_input(&self, input: usize) -> microgrid_core::Place {
        self.fields[input].place.clone()
    }

    /// Which base the values ask for.
    fn base_of(&self, values: &[Value]) -> usize {
        let name = self.base_input.and_then(|input| values.get(input)?.text());
        self.bases.iter().position(|base| Some(base.name.as_str()) == name).unwrap_or(0)
    }

    /// The base of the values, read again where they ask for it.
    fn read_base(&self, base_at: usize, values: &[Value]) -> Result<Arc<ReadBase>, Problems> {
        let base = &self.bases[base_at];
        if !base.is_read_again() {
            return Ok(base.read.clone());
        }
        let key = self.key(base_at, None, values, |route| matches!(route, Route::Read));
        let bootstrap = self.variants.sweep().bootstrap.as_ref();
        self.read.get(key, || base.read_with(&self.fields, values, bootstrap))
    }

    fn key(&self, base: usize, sample: Option<u64>, values: &[Value], counts: impl Fn(&Route) -> bool) -> Key {
        let routes = &self.bases[base].routes;
        Key::new(base, sample, values.iter().zip(routes).filter(|(_, route)| counts(route)).map(|(value, _)| value))
    }

    /// A copy of what the scenarios of one sample and one set of prices share.
    fn common(&self, index: u64, values: &[Value]) -> Result<Scenario, Problems> {
        let base_at = self.base_of(values);
        let routes = &self.bases[base_at].routes;
        let sweep = self.variants.sweep();
        let is_drawn = sweep.bootstrap.is_some() || sweep.outages.is_some();
        let has_prices = routes.iter().any(|route| matches!(route, Route::Price(_)));
        if !is_drawn && !has_prices {
            return Ok(self.read_base(base_at, values)?.loaded.scenario.clone());
        }
        let sample = self.place(index).sample;
        let counts = |route: &Route| matches!(route, Route::Read | Route::Price(_));
        let key = self.key(base_at, is_drawn.then_some(sample), values, counts);
        let made = self.shared.get(key, || {
            let read = self.read_base(base_at, values)?;
            let mut scenario = read.loaded.scenario.clone();
            if let Some(draw) = &read.days {
                draw.apply(&mut scenario, &draw.days(&mut self.days.of_sample(sample)));
            }
            if let Some(process) = &sweep.outages {
                process.add(&mut scenario, &mut self.outages.of_sample(sample));
            }
            for (route, value) in routes.iter().zip(values) {
                if let (Route::Price(set), Some(price)) = (route, value.number()) {
                    set(Arc::make_mut(&mut scenario.tariff), price);
                }
            }
            Ok(scenario)
        });
        made.map(|scenario| Scenario::clone(&scenario))
    }
}

impl Source for SweepFolder {
    fn count(&self) -> u64 {
        self.variants.count()
    }

    fn points(&self) -> u64 {
        self.variants.points()
    }

    fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    fn place(&self, index: u64) -> Place {
        self.variants.place(index)
    }

    fn samples_are_independent(&self) -> bool {
        self.variants.samples_are_independent()
    }

    /// Relative values come as the field's own: the factor times what the base has written.
    fn values(&self, index: u64) -> Vec<Value> {
        let mut values = self.variants.values(index);
        let base = &self.bases[self.base_of(&values)];
        for ((value, relative), own) in values.iter_mut().zip(self.variants.relative()).zip(&base.own) {
            if let (true, Value::Number(factor), Some(own)) = (*relative, &mut *value, own) {
                *value = Value::Number(*factor * own);
            }
        }
        values
    }

    fn scenario(&self, index: u64, values: &[Value]) -> Result<Scenario, Problems> {
        let mut scenario = self.common(index, values)?;
        let mut problems = Problems::none();
        for (route, value) in self.bases[self.base_of(values)].routes.iter().zip(values) {
            if let Route::Direct(set) = route
                && let Err(wrong) = set(&mut scenario, value)
            {
                problems.extend(wrong);
            }
        }
        problems.or_else(|| scenario)
    }

    fn years(&self, _index: u64, values: &[Value]) -> Result<Option<Years>, Problems> {
        Ok(self.read_base(self.base_of(values), values)?.loaded.years.filter(|years| years.count > 1))
    }

    /// The text of `sweep.toml`, the texts of the bases, every data file that a base reads as it is written or with one
    /// of the texts that axes and draws set, and the scenarios as they are read.
    fn fingerprint(&self) -> Vec<(String, u64)> {
        let mut parts = vec![("sweep.toml".to_owned(), hash(self.text.as_bytes()))];
        for (at, base) in self.bases.iter().enumerate() {
            let content = |loaded: &Loaded| Plan::compile(&loaded.scenario).map_or(0, |plan| plan.fingerprint());
            let shown = if base.name.is_empty() { "scenario" } else { &base.name };
            parts.push((format!("{shown}, as read"), content(&base.read.loaded)));
            for (field, value) in self.texts_read(at) {
                let loaded = base.load_with(std::iter::once((field, &value)));
                let name = format!("{shown} with {} = {value}", field.field);
                parts.push((name, loaded.as_ref().map_or(0, content)));
            }
            parts.extend(base.hashes());
        }
        parts.sort();
        parts.dedup();
        parts
    }
}

impl SweepFolder {
    /// Each text with which a base is read again.
    fn texts_read(&self, base: usize) -> Vec<(&SetField, Value)> {
        let sweep = self.variants.sweep();
        let routes = self.fields.iter().zip(&self.bases[base].routes);
        let read = routes.filter(|(_, route)| matches!(route, Route::Read)).map(|(field, _)| field);
        read.flat_map(|field| {
            texts_of_field(sweep, &field.field).into_iter().map(move |text| (field, Value::from(text)))
        })
        .collect()
    }
}

/// All texts that axes and draws set a field to, each once.
fn texts_of_field<'s>(sweep: &'s Sweep, field: &str) -> Vec<&'s str> {
    let mut texts: Vec<&str> = Vec::new();
    for axis in &sweep.axes {
        let column = axis.fields.iter().position(|one| one == field);
        let column = column.map(|column| axis.rows.iter().filter_map(move |row| row.get(column)?.text()));
        texts.extend(column.into_iter().flatten());
    }
    let draws = sweep.draws.iter().filter(|draw| draw.fields.iter().any(|one| one == field));
    texts.extend(draws.flat_map(|draw| super::axis::texts_of(&draw.distribution)));
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| seen.insert(*text));
    texts
}

/// The bases that the sweep names, each once; the scenario beside `sweep.toml` where it names none.
fn base_names(table: &SweepFile, sweep: &Sweep, document: &Document<'_>) -> Vec<String> {
    let set: Vec<&str> = texts_of_field(sweep, BASE);
    if !set.is_empty() && !table.base.is_empty() && !table.bases_are_an_axis() {
        document
            .push(Problem::new(BASE, "is written, and an axis or a draw sets it too").hint("leave one of them out"));
    }
    match (&table.base[..], &set[..]) {
        ([one], []) => vec![one.clone()],
        ([], []) => vec![String::new()],
        _ => set.into_iter().map(str::to_owned).collect(),
    }
}

fn check_traces(table: &SweepFile, variants: &Variants, document: &Document<'_>) {
    for (i, trace) in table.traces.iter().enumerate() {
        if *trace >= variants.count() {
            let problem = Problem::new(format!("traces[{i}]"), "is not the number of a variant").value(trace);
            document.push(problem.allowed(format!("0 to {}", variants.count() - 1)));
        }
    }
}

/// Keeps the problems of a description, but for tables in which a value stands in for a faulty one. `shift` is the number
/// of axes before those of the file.
fn keep(problems: Problems, shift: usize, document: &Document<'_>) {
    for mut problem in problems {
        if shift > 0
            && let Some((place, rest)) = problem.field.strip_prefix("axis[").and_then(|rest| rest.split_once(']'))
        {
            let place: usize = place.parse().unwrap_or(0);
            problem.field = match place.checked_sub(shift) {
                Some(place) => format!("axis[{place}]{rest}"),
                None => BASE.to_owned(),
            };
        }
        let table = problem.field.split('.').next().unwrap_or_default();
        if !document.is_faulty(table) {
            document.note(problem);
        }
    }
}
