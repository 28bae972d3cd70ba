//! A design folder: a scenario with what is to be sized, and the scenario that comes of it.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use microgrid_core::{Problem, Problems};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::beside::{design_settings, is_alike, settings, told_of};
use super::checks::{ChecksFile, named};
use super::field::Sized;
use super::file::DesignFile;
use super::priced::Priced;
use crate::catalogue::{read_catalogue, with_own};
use crate::document::Document;
use crate::files::{Folder, read_text};
use crate::scenario::{Loaded, ScenarioFile, read_whole, scenario_text};
use crate::setting::{FieldPath, Setting};

/// Most files that are copied with a scenario: a folder of more is no scenario folder.
const FILES_MOST: usize = 2_000;

/// A scenario and what is to be sized in it.
#[derive(Debug, Clone)]
pub struct DesignFolder {
    /// The scenario as it is written.
    pub loaded: Loaded,
    /// What is to be sized, and at which prices.
    pub file: DesignFile,
    /// What each size sets, in the order of the file.
    pub sizes: Vec<Vec<Sized>>,
    /// What a unit of each size is and costs, in the order of the file.
    pub priced: Vec<Priced>,
    /// The rule that the outcome is checked against, where one is named.
    pub checks: Option<ChecksFile>,
    /// What the year may be, in the order of the file's cases; none: it is as the scenario says.
    pub cases: Vec<Loaded>,
    folder: PathBuf,
    name: String,
    text: String,
    /// The text of `design.toml`, and what a variant sets in both files.
    design: String,
    variant: Variant,
    /// The fields that can be sized.
    sizeable: Vec<String>,
    /// Where the number of each field of each size stands in the text: the size, the field among its own, and the place.
    spans: Vec<(usize, usize, Range<usize>)>,
}

impl DesignFolder {
    /// Reads `scenario.toml` and `design.toml` of a folder.
    ///
    /// # Errors
    /// Every problem of a stage: of the scenario; then of `design.toml`, each on its line.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Problems> {
        let path = path.as_ref();
        let (name, text, folder) = scenario_text(path, "scenario.toml")?;
        // The scenario's problems come first.
        let (tables, loaded) = read_whole(&name, &text, &Folder::new(&folder), &[])?;
        let (_, design, _) = scenario_text(&folder, "design.toml").map_err(|mut problems| {
            for problem in problems.iter_mut() {
                problem.hint = Some("a design needs a design.toml beside the scenario: see the guide".into());
            }
            problems
        })?;
        Self::of(&folder, (name, text), design, (&tables, loaded), Variant::default())
    }

    /// As [`DesignFolder::read`], with these texts in place of the folder's own `scenario.toml` and `design.toml`: what would be
    /// read if they were written.
    ///
    /// # Errors
    /// As [`DesignFolder::read`].
    pub fn of_texts(folder: impl AsRef<Path>, scenario: &str, design: &str) -> Result<Self, Problems> {
        let (name, folder) = ("scenario.toml", folder.as_ref());
        let (tables, loaded) = read_whole(name, scenario, &Folder::new(folder), &[])?;
        Self::of(folder, (name.into(), scenario.into()), design.into(), (&tables, loaded), Variant::default())
    }

    /// One of the variants of the file, by its place among them: the same folder with its settings.
    ///
    /// # Errors
    /// Settings of fields that there are none of, or that make a scenario or a design that is refused.
    pub fn variant(&self, place: usize) -> Result<Self, Problems> {
        let Some(table) = self.file.variant.get(place) else {
            return Err(Problem::new("variant", "is not in design.toml").value(place).into());
        };
        let document = Document::parse("design.toml", &self.design)?;
        let field = |key: &str| format!("variant[{place}].{key}");
        let variant = Variant {
            name: Some(table.name.clone()),
            set: table.set.clone(),
            of_scenario: settings(&document, &field("set"), &table.set),
            of_design: design_settings(&document, &field("design"), &table.design),
        };
        document.into_problems().or_else(|| ())?;
        let (tables, loaded) = read_whole(&self.name, &self.text, &Folder::new(&self.folder), &variant.of_scenario)?;
        let texts = (self.name.clone(), self.text.clone());
        Self::of(&self.folder, texts, self.design.clone(), (&tables, loaded), variant)
    }

    /// The variant that this is, by its name; `None`: the folder as it is written.
    #[must_use]
    pub fn variant_name(&self) -> Option<&str> {
        self.variant.name.as_deref()
    }

    /// The fields of the scenario that this variant sets, with their values, as the command line takes them.
    #[must_use]
    pub fn set_fields(&self) -> &[String] {
        &self.variant.set
    }

    fn of(
        folder: &Path,
        (name, text): (String, String),
        design: String,
        (tables, loaded): (&ScenarioFile, Loaded),
        variant: Variant,
    ) -> Result<Self, Problems> {
        let document = Document::parse_with("design.toml", &design, &variant.of_design)?;
        let file = DesignFile::read(&document);
        let (mut sizes, mut spans) = (Vec::new(), Vec::new());
        let root = DeTable::parse_recoverable(text.strip_prefix('\u{feff}').unwrap_or(&text)).0;
        let mut taken: Vec<&str> = Vec::new();
        for (i, size) in file.size.iter().enumerate() {
            let mut sets = Vec::new();
            for (at, path) in size.field.iter().enumerate() {
                let refuse = |problem: Problem| {
                    let mut refused = problem;
                    refused.message = format!("{}: {}", refused.field, refused.message);
                    refused.field = format!("size[{i}].field");
                    document.push(refused);
                };
                if taken.contains(&path.as_str()) {
                    refuse(Problem::new(path, "is sized twice"));
                }
                taken.push(path);
                match Sized::of(path, tables, &loaded.scenario) {
                    Ok(set) => sets.push(set),
                    Err(problem) => {
                        refuse(problem);
                        continue;
                    }
                }
                match span(root.get_ref(), path) {
                    Some(span) => spans.push((i, at, span)),
                    None => refuse(
                        Problem::new(path, "is no number in the scenario")
                            .hint("write the field there as a number, such as 0: it is replaced by the size found"),
                    ),
                }
            }
            sizes.push(sets);
        }
        let most = file.goal.carbon_prices_per_kg.iter().find(|price| !(0.0..=1e6).contains(*price));
        if let Some(price) = most {
            let problem = Problem::new("goal.carbon_prices_per_kg", "holds a price out of range").value(price);
            document.push(problem.allowed("0 to 1000000"));
        }
        let checks = match &file.goal.checks {
            Some(name) => Some(named(name, || read_text(&Folder::new(folder), "goal.checks", name))?),
            None => None,
        };
        let priced = priced(&document, &file, &sizes, folder, &loaded.scenario.currency)?;
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let read = |settings: &[Setting]| {
            let settings: Vec<Setting> = variant.of_scenario.iter().chain(settings).cloned().collect();
            read_whole(&name, &text, &Folder::new(&folder), &settings).map(|(_, loaded)| loaded)
        };
        let cases = cases(&document, &file, &loaded.scenario, read);
        document.into_problems().or_else(|| ())?;
        let fields = Sized::fields_of(tables).filter(|field| span(root.get_ref(), field).is_some());
        let sizeable = fields.collect();
        Ok(Self { loaded, file, sizes, priced, checks, cases, folder, name, text, design, variant, sizeable, spans })
    }

    /// The fields of the scenario that can be sized, by their paths: those that stand there as numbers.
    #[must_use]
    pub fn sizeable_fields(&self) -> &[String] {
        &self.sizeable
    }

    /// What readers call a size: by the scenario's own names, with its unit.
    #[must_use]
    pub fn label(&self, size: usize) -> String {
        let (table, scenario) = (&self.file.size[size], &self.loaded.scenario);
        if let (Some(entry), Some(true)) = (&table.equipment, table.counted) {
            return format!("units of {entry}");
        }
        let battery = scenario.storage.first().map_or("battery", |battery| &battery.name);
        let is_scale = table.field.first().is_some_and(|field| field.ends_with(".scale"));
        match self.sizes[size][..] {
            [Sized::Plant { index, .. }] => {
                format!("{}, {}", scenario.generation[index].name, if is_scale { "times" } else { "kW" })
            }
            [Sized::Genset(i)] => format!("{}, kW", scenario.gensets[i].name),
            [Sized::Capacity] => format!("{battery}: energy, kWh"),
            [Sized::ChargePower, Sized::DischargePower] | [Sized::DischargePower, Sized::ChargePower] => {
                format!("{battery}: power, kW")
            }
            [Sized::ChargePower] => format!("{battery}: charging power, kW"),
            [Sized::DischargePower] => format!("{battery}: discharging power, kW"),
            [Sized::ImportLimit] => "limit of import, kW".into(),
            _ => table.field.join(" and "),
        }
    }

    /// The values of a size's fields at so many units.
    pub fn field_values(&self, size: usize, units: f64) -> impl Iterator<Item = f64> + '_ {
        self.priced[size].per_unit.iter().map(move |per_unit| per_unit * units)
    }

    /// The text of the scenario with the sizes found in place of what is written.
    #[must_use]
    pub fn text_with(&self, values: &[f64]) -> String {
        let mut text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text).to_owned();
        let mut spans = self.spans.clone();
        spans.sort_by_key(|(.., span)| std::cmp::Reverse(span.start));
        for (size, field, span) in spans {
            text.replace_range(span, &format!("{:?}", self.priced[size].per_unit[field] * values[size]));
        }
        text
    }

    /// The scenario with the sizes found, read as it would be from the folder that [`DesignFolder::write`] makes.
    ///
    /// # Errors
    /// Sizes that the scenario does not take.
    pub fn designed(&self, values: &[f64]) -> Result<Loaded, Problems> {
        let text = self.text_with(values);
        let settings = &self.variant.of_scenario;
        read_whole(&self.name, &text, &Folder::new(&self.folder), settings).map(|(_, loaded)| loaded)
    }

    /// Writes a scenario folder with the sizes found: the scenario, and a copy of every other file of this folder. A folder that is
    /// not empty is refused.
    ///
    /// # Errors
    /// A place that holds something already or cannot be written; a folder of thousands of files.
    pub fn write(&self, values: &[f64], out: impl AsRef<Path>) -> Result<(), Problems> {
        let out = out.as_ref();
        let refused = |error: io::Error| Problem::new(out.display(), "cannot be written").value(error);
        if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
            let problem = Problem::new(out.display(), "is there already, and not empty");
            return Err(problem.hint("name a folder that does not exist").into());
        }
        // Listed before the new folder is made, which may lie within this one.
        let files = self.data_files()?;
        fs::create_dir_all(out).map_err(refused)?;
        for file in &files {
            let to = out.join(file);
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).map_err(refused)?;
            }
            fs::copy(self.folder.join(file), to).map_err(refused)?;
        }
        fs::write(out.join(&self.name), self.text_with(values)).map_err(refused)?;
        Ok(())
    }

    /// The files that a copy of this folder has beside its scenario, by their paths within it; hidden ones and links are none.
    ///
    /// # Errors
    /// A folder that cannot be read, or of thousands of files.
    pub fn data_files(&self) -> Result<Vec<PathBuf>, Problems> {
        let refused = |error: io::Error| Problem::new(self.folder.display(), "cannot be read").value(error);
        let mut files = Vec::new();
        list(&self.folder, &mut PathBuf::new(), &mut files).map_err(refused)?;
        if files.len() > FILES_MOST {
            let problem = Problem::new(self.folder.display(), "holds too many files to be a scenario folder");
            let hint = "keep the scenario in a folder of its own";
            return Err(problem.allowed(format!("at most {FILES_MOST}")).hint(hint).into());
        }
        files.retain(|file| *file != Path::new(&self.name));
        Ok(files)
    }
}

/// What a variant sets.
#[derive(Debug, Clone, PartialEq, Default)]
struct Variant {
    name: Option<String>,
    set: Vec<String>,
    of_scenario: Vec<Setting>,
    of_design: Vec<Setting>,
}

/// The scenario of each case; what is wrong with one is kept in the document.
fn cases(
    document: &Document<'_>,
    file: &DesignFile,
    first: &microgrid_core::Scenario,
    read: impl Fn(&[Setting]) -> Result<Loaded, Problems>,
) -> Vec<Loaded> {
    let sum: f64 = file.case.iter().map(|case| case.share).sum();
    if !file.case.is_empty() && (sum - 1.0).abs() > 1e-6 {
        let problem = Problem::new("case[0].share", "is not 1 together with those of the other cases").value(sum);
        document.push(problem.hint("how likely each is: together they are all that the year may be"));
    }
    let mut found = Vec::new();
    for (i, case) in file.case.iter().enumerate() {
        let field = format!("case[{i}].set");
        match read(&settings(document, &field, &case.set)) {
            Ok(loaded) if is_alike(&loaded.scenario, first) => found.push(loaded),
            Ok(_) => {
                let problem = Problem::new(field, "makes a scenario of other days, steps or equipment");
                document.push(problem.hint("a case is the same site in another year: weather, loads, prices"));
            }
            Err(problems) => told_of(document, &field, problems),
        }
    }
    found
}

/// What each size costs, with the prices of catalogue entries; what is wrong with one is kept in the document.
fn priced(
    document: &Document<'_>,
    file: &DesignFile,
    sizes: &[Vec<Sized>],
    folder: &Path,
    currency: &str,
) -> Result<Vec<Priced>, Problems> {
    let own = match &file.catalogue {
        None => Vec::new(),
        Some(name) => read_catalogue(name, &read_text(&Folder::new(folder), "catalogue", name)?)?,
    };
    let entries = with_own(own);
    let mut found = Vec::new();
    for (i, (table, sets)) in file.size.iter().zip(sizes).enumerate() {
        let entry = table.equipment.as_ref().map(|id| (id, entries.iter().find(|entry| entry.id == *id)));
        if let Some((id, None)) = entry {
            let names: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
            let problem = Problem::new(format!("size[{i}].equipment"), "is in no catalogue").value(id);
            document.push(problem.allowed(names.join(", ")));
            continue;
        }
        match Priced::of(table, sets, entry.and_then(|(_, entry)| entry), currency) {
            Ok(priced) => found.push(priced),
            Err(mut problem) => {
                problem.field = format!("size[{i}].{}", problem.field);
                document.push(*problem);
            }
        }
    }
    Ok(found)
}

/// The regular files of a folder and of those within, but for hidden ones and links.
fn list(root: &Path, within: &mut PathBuf, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(root.join(&*within))?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') || files.len() > FILES_MOST {
            continue;
        }
        within.push(&name);
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(root, within, files)?;
        } else if kind.is_file() {
            files.push(within.clone());
        }
        within.pop();
    }
    Ok(())
}

/// Where the number of a field stands.
fn span(root: &DeTable<'_>, field: &str) -> Option<Range<usize>> {
    let path = FieldPath::parse(field)?;
    let (last, tables) = path.segments.split_last()?;
    let mut table = root;
    for segment in tables {
        let value = table.get(segment.key.as_str())?;
        let value = segment.places.iter().try_fold(value, |value, place| value.get_ref().as_array()?.get(*place))?;
        table = value.get_ref().as_table()?;
    }
    let value: &Spanned<DeValue<'_>> = table.get(last.key.as_str())?;
    matches!(value.get_ref(), DeValue::Float(_) | DeValue::Integer(_)).then(|| value.span())
}
