//! Commands of a script, and of those that it redirects to.

use microgrid_core::{Problem, Problems};

use super::object::{CLASSES, Circuit, LEFT_OUT, Object, Property};
use super::value;
use crate::files::{Files, text_of};

/// Deepest that scripts redirect to others.
const DEEPEST: usize = 10;

/// Commands that have no part in what a circuit is.
const LEFT_OUT_COMMANDS: [&str; 20] = [
    "clear",
    "clearall",
    "solve",
    "calcvoltagebases",
    "buscoords",
    "latlongcoords",
    "show",
    "export",
    "plot",
    "visualize",
    "summary",
    "help",
    "?",
    "reset",
    "sample",
    "closedi",
    "makebuslist",
    "get",
    "interpolate",
    "var",
];

/// Options of `set` that have no part in one flow.
const LEFT_OUT_OPTIONS: [&str; 30] = [
    "mode",
    "controlmode",
    "maxiterations",
    "maxiter",
    "maxcontroliter",
    "tolerance",
    "algorithm",
    "datapath",
    "editor",
    "showexport",
    "year",
    "hour",
    "number",
    "stepsize",
    "time",
    "normvminpu",
    "normvmaxpu",
    "emergvminpu",
    "emergvmaxpu",
    "casename",
    "trapezoidal",
    "demandinterval",
    "overloadreport",
    "voltexceptionreport",
    "markercode",
    "nodewidth",
    "daisysize",
    "allowduplicates",
    "zonelock",
    "ueweight",
];

/// A script while it is read.
pub(super) struct Script<'a> {
    files: &'a dyn Files,
    circuit: Circuit,
    problems: Problems,
    /// The object that `~` goes on with; `None` after one that is left out.
    active: Option<usize>,
    left_out: Vec<String>,
}

/// Where a command stands.
#[derive(Clone, Copy)]
struct At<'a> {
    file: &'a str,
    line: usize,
}

impl<'a> Script<'a> {
    pub(super) fn new(files: &'a dyn Files) -> Self {
        Self { files, circuit: Circuit::default(), problems: Problems::none(), active: None, left_out: Vec::new() }
    }

    pub(super) fn finish(mut self) -> (Circuit, Problems) {
        self.left_out.sort();
        self.left_out.dedup();
        if !self.left_out.is_empty() {
            self.circuit.notes.push(format!("without part in a flow, left out: {}", self.left_out.join(", ")));
        }
        (self.circuit, self.problems)
    }

    fn refuse(&mut self, at: At<'_>, field: &str, message: &str) {
        self.problems.push(Problem::new(field, message).at(at.file, Some(at.line)));
    }

    pub(super) fn read(&mut self, file: &str, text: &str, depth: usize) {
        for (line, command) in value::lines(text) {
            self.command(At { file, line }, &command, depth);
        }
    }

    fn command(&mut self, at: At<'_>, text: &str, depth: usize) {
        if let Some(rest) = text.strip_prefix('~') {
            return self.go_on(at, &value::parts(rest));
        }
        let parts = value::parts(text);
        let Some((name, first)) = parts.first() else { return };
        if let Some(name) = name {
            return self.assign(at, name, first, &parts);
        }
        let word = first.to_lowercase();
        match word.as_str() {
            "new" | "edit" => self.object(at, &parts[1..], word == "new"),
            "more" | "m" => self.go_on(at, &parts[1..]),
            "set" => parts[1..].iter().for_each(|(name, value)| self.set(at, name.as_deref(), value)),
            "redirect" | "compile" => self.redirect(at, &parts[1..], depth),
            _ if LEFT_OUT_COMMANDS.iter().any(|left| *left == word || word.len() > 2 && left.starts_with(&*word)) => {}
            _ => self.refuse(at, first, "is a command that this import does not understand"),
        }
    }

    fn redirect(&mut self, at: At<'_>, parts: &[(Option<String>, String)], depth: usize) {
        let Some((_, name)) = parts.first() else { return self.refuse(at, "redirect", "names no file") };
        if depth >= DEEPEST {
            return self.refuse(at, name, "is redirected to from too deep, or from itself");
        }
        let name = name.replace('\\', "/");
        // A script redirects from its own folder.
        let file = at.file.rsplit_once('/').map_or_else(|| name.clone(), |(folder, _)| format!("{folder}/{name}"));
        match self.files.read(&file).map_err(|fault| fault.to_string()) {
            Ok(bytes) => match text_of(bytes, &file) {
                Ok(text) => self.read(&file, &text, depth + 1),
                Err(problem) => self.problems.push(problem),
            },
            Err(reason) => self.refuse(at, &name, &reason),
        }
    }

    fn set(&mut self, at: At<'_>, name: Option<&str>, text: &str) {
        let Some(name) = name else { return self.refuse(at, text, "is no option=value") };
        let number = |script: &mut Self| {
            let number = value::number(text);
            if number.is_none() {
                script.refuse(at, &format!("set {name}"), "is not a number");
            }
            number
        };
        match name {
            "defaultbasefrequency" | "frequency" | "basefrequency" => self.circuit.frequency_hz = number(self),
            "loadmult" => self.circuit.load_multiplier = number(self),
            "voltagebases" => match value::numbers(text) {
                Some(bases) => self.circuit.voltage_bases_kv = bases,
                None => self.refuse(at, "set voltagebases", "is not a list of numbers"),
            },
            _ if LEFT_OUT_OPTIONS.iter().any(|left| left.starts_with(name)) => {}
            _ => self.refuse(at, &format!("set {name}"), "is an option that this import does not understand"),
        }
    }

    /// `New class.name …` and `Edit class.name …`.
    fn object(&mut self, at: At<'_>, parts: &[(Option<String>, String)], is_new: bool) {
        self.active = None;
        let Some((_, full)) = parts.first().filter(|(name, _)| name.as_deref().is_none_or(|name| name == "object"))
        else {
            return self.refuse(at, "new", "names no class.name");
        };
        let (class, name) = full.split_once('.').unwrap_or((full, ""));
        let (class, name) = (class.to_lowercase(), name.to_lowercase());
        if LEFT_OUT.contains(&class.as_str()) {
            self.left_out.push(class.clone());
            if class == "regcontrol" && is_new {
                self.circuit
                    .notes
                    .push(format!("regcontrol {name}: held, its transformer keeps the tap that is written"));
            }
            return;
        }
        let (class, name) = if class == "circuit" {
            self.circuit.name.clone_from(&name);
            ("vsource".to_owned(), "source".to_owned())
        } else {
            (class, name)
        };
        let Some(class) = CLASSES.iter().find(|known| known.name == class) else {
            return self.refuse(at, full, "is of a class that this import does not understand");
        };
        let found = self.find(class.name, &name);
        let index = match (found, is_new) {
            (Some(_), true) => return self.refuse(at, full, "is there already"),
            (None, false) => return self.refuse(at, full, "is not there"),
            (Some(index), false) => index,
            (None, true) => {
                let object =
                    Object { class: class.name, name, properties: Vec::new(), file: at.file.into(), line: at.line };
                self.circuit.objects.push(object);
                self.circuit.objects.len() - 1
            }
        };
        self.active = Some(index);
        self.go_on(at, &parts[1..]);
    }

    fn find(&self, class: &str, name: &str) -> Option<usize> {
        self.circuit.objects.iter().position(|object| object.class == class && object.name == name)
    }

    /// `class.name.property=value`, of which only the first part may be such.
    fn assign(&mut self, at: At<'_>, path: &str, value: &str, parts: &[(Option<String>, String)]) {
        let pieces: Vec<&str> = path.split('.').collect();
        let [class, name, property] = pieces[..] else {
            return self.refuse(at, path, "is no command and no class.name.property");
        };
        if LEFT_OUT.contains(&class) {
            return;
        }
        let Some(index) = self.find(class, name) else {
            return self.refuse(at, path, "is of an object that is not there");
        };
        self.active = Some(index);
        let mut first = vec![(Some(property.to_owned()), value.to_owned())];
        first.extend_from_slice(&parts[1..]);
        self.go_on(at, &first);
    }

    /// Adds properties to the object that is being written.
    fn go_on(&mut self, at: At<'_>, parts: &[(Option<String>, String)]) {
        let Some(index) = self.active else { return };
        for (name, value) in parts {
            let object = &self.circuit.objects[index];
            let Some(class) = CLASSES.iter().find(|class| class.name == object.class) else { continue };
            let full = format!("{}.{}", object.class, object.name);
            let Some(name) = name else {
                self.refuse(at, &format!("{full}: {value}"), "is a value without a name");
                continue;
            };
            if name == "like" {
                match self.find(class.name, &value.to_lowercase()) {
                    Some(model) => {
                        let properties = self.circuit.objects[model].properties.clone();
                        self.circuit.objects[index].properties.extend(properties);
                    }
                    None => {
                        self.refuse(at, &format!("{full}.like"), &format!("there is no {} \"{value}\"", class.name))
                    }
                }
                continue;
            }
            match class.property(name) {
                Some((name, true)) => {
                    let property = Property { name, value: value.clone(), file: at.file.into(), line: at.line };
                    self.circuit.objects[index].properties.push(property);
                }
                Some((_, false)) => {}
                None => {
                    self.refuse(at, &format!("{full}.{name}"), "is a property that this import does not understand")
                }
            }
        }
    }
}
