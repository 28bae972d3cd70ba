//! Objects of a circuit as they are written: their properties in order, by their full names.

use std::cell::RefCell;

use microgrid_core::{Problem, Problems};

use super::value;

/// A property as written.
#[derive(Debug, Clone)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) file: String,
    pub(super) line: usize,
}

/// An object of the circuit.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) class: &'static str,
    pub(super) name: String,
    pub(super) properties: Vec<Property>,
    pub(super) file: String,
    pub(super) line: usize,
}

/// All that a script says.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    pub(super) name: String,
    pub(super) objects: Vec<Object>,
    pub(super) frequency_hz: Option<f64>,
    pub(super) voltage_bases_kv: Vec<f64>,
    pub(super) load_multiplier: Option<f64>,
    pub(super) notes: Vec<String>,
}

/// A class with the properties that are understood, in OpenDSS's order as far as abbreviations need it, and those that have no
/// part in a flow.
pub(super) struct Class {
    pub(super) name: &'static str,
    pub(super) understood: &'static [&'static str],
    pub(super) harmless: &'static [&'static str],
}

const COMMON: &[&str] = &["basefreq", "spectrum"];

pub(super) const CLASSES: [Class; 6] = [
    Class {
        name: "vsource",
        understood: &[
            "bus1", "basekv", "pu", "angle", "phases", "mvasc3", "mvasc1", "x1r1", "x0r0", "isc3", "isc1", "r1", "x1",
            "r0", "x0", "z1", "z0", "enabled",
        ],
        harmless: &["frequency", "scantype", "sequence", "bus2", "yearly", "daily", "duty", "model"],
    },
    Class {
        name: "linecode",
        understood: &[
            "nphases", "r1", "x1", "r0", "x0", "c1", "c0", "units", "rmatrix", "xmatrix", "cmatrix", "normamps",
        ],
        harmless: &["emergamps", "faultrate", "pctperm", "repair", "rg", "xg", "rho", "neutral", "kron", "linetype"],
    },
    Class {
        name: "line",
        understood: &[
            "bus1", "bus2", "linecode", "length", "phases", "r1", "x1", "r0", "x0", "c1", "c0", "rmatrix", "xmatrix",
            "cmatrix", "switch", "units", "normamps", "enabled",
        ],
        harmless: &["rg", "xg", "rho", "earthmodel", "emergamps", "faultrate", "pctperm", "repair", "linetype"],
    },
    Class {
        name: "transformer",
        understood: &[
            "phases",
            "windings",
            "wdg",
            "bus",
            "conn",
            "kv",
            "kva",
            "tap",
            "%r",
            "buses",
            "conns",
            "kvs",
            "kvas",
            "taps",
            "xhl",
            "xht",
            "xlt",
            "x12",
            "x13",
            "x23",
            "xscarray",
            "%loadloss",
            "%noloadloss",
            "%imag",
            "%rs",
            "leadlag",
            "ppm_antifloat",
            "enabled",
        ],
        harmless: &[
            "thermal",
            "n",
            "m",
            "flrise",
            "hsrise",
            "normhkva",
            "emerghkva",
            "sub",
            "maxtap",
            "mintap",
            "numtaps",
            "subname",
            "bank",
            "core",
            "rdcohms",
            "emergamps",
            "normamps",
            "faultrate",
            "pctperm",
            "repair",
        ],
    },
    Class {
        name: "load",
        understood: &[
            "phases", "bus1", "kv", "kw", "pf", "model", "conn", "kvar", "vminpu", "vmaxpu", "kva", "zipv", "cvrwatts",
            "cvrvars", "enabled",
        ],
        harmless: &[
            "yearly",
            "daily",
            "duty",
            "growth",
            "status",
            "class",
            "vminnorm",
            "vminemerg",
            "xfkva",
            "numcust",
            "%seriesrl",
            "relweight",
            "vlowpu",
        ],
    },
    Class {
        name: "capacitor",
        understood: &["bus1", "bus2", "phases", "kvar", "kv", "conn", "numsteps", "states", "enabled"],
        harmless: &["r", "xl", "harm", "emergamps", "normamps", "faultrate", "pctperm", "repair"],
    },
];

/// Classes that have no part in one flow.
pub(super) const LEFT_OUT: [&str; 17] = [
    "regcontrol",
    "energymeter",
    "monitor",
    "loadshape",
    "growthshape",
    "tcc_curve",
    "spectrum",
    "fuse",
    "relay",
    "recloser",
    "swtcontrol",
    "sensor",
    "priceshape",
    "tshape",
    "xycurve",
    "fault",
    "capcontrol",
];

impl Class {
    /// The full name of a property, by itself or by its beginning; whether it has a part in a flow.
    pub(super) fn property(&self, written: &str) -> Option<(&'static str, bool)> {
        let lists = [(self.understood, true), (self.harmless, false), (COMMON, false)];
        let all = || lists.iter().flat_map(|(list, has_part)| list.iter().map(|name| (*name, *has_part)));
        all().find(|(name, _)| *name == written).or_else(|| all().find(|(name, _)| name.starts_with(written)))
    }
}

/// An object while its network is made: its properties are asked for by name, the last that was written counts.
pub(super) struct Asked<'a> {
    pub(super) object: &'a Object,
    pub(super) problems: &'a RefCell<Problems>,
}

impl Asked<'_> {
    pub(super) fn last(&self, names: &[&str]) -> Option<&Property> {
        self.object.properties.iter().rev().find(|property| names.contains(&property.name))
    }

    /// A problem of a property, or of the object where it is not written.
    pub(super) fn refuse(&self, name: &str, message: &str) {
        let (class, own) = (self.object.class, &self.object.name);
        let problem = Problem::new(format!("{class}.{own}.{name}"), message);
        let problem = match self.last(&[name]) {
            Some(property) => {
                problem.value(format!("\"{}\"", property.value)).at(property.file.clone(), Some(property.line))
            }
            None => problem.at(self.object.file.clone(), Some(self.object.line)),
        };
        self.problems.borrow_mut().push(problem);
    }

    fn parsed<T>(&self, name: &str, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let property = self.last(&[name])?;
        let parsed = parse(&property.value);
        if parsed.is_none() {
            self.refuse(name, &format!("is not {wanted}"));
        }
        parsed
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.last(&[name]).map(|property| property.value.as_str())
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.parsed(name, "a number", value::number)
    }

    pub(super) fn required(&self, name: &str) -> f64 {
        if self.last(&[name]).is_none() {
            self.refuse(name, "is missing");
        }
        self.number(name).unwrap_or(1.0)
    }

    pub(super) fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        self.parsed(name, "a list of numbers", value::numbers)
    }

    pub(super) fn matrix(&self, name: &str, n: usize) -> Option<Vec<Vec<f64>>> {
        self.parsed(name, &format!("a matrix of {n} × {n}, or its lower triangle"), |text| value::matrix(text, n))
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.parsed(name, "yes or no", value::flag)
    }

    /// A count from 1 to 3; `usual` where it is not written.
    pub(super) fn phases(&self, name: &str, usual: usize) -> usize {
        let phases = self.number(name).unwrap_or(usual as f64);
        if ![1.0, 2.0, 3.0].contains(&phases) {
            self.refuse(name, "is not 1, 2 or 3");
        }
        (phases as usize).clamp(1, 3)
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.flag("enabled").unwrap_or(true)
    }

    /// Whether a connection is delta; wye where it is not written.
    pub(super) fn is_delta(&self, text: Option<&str>) -> bool {
        match text.map(str::to_lowercase).as_deref() {
            None => false,
            Some(conn) if conn.starts_with('d') || conn == "ll" => true,
            Some(conn) if conn.starts_with('w') || conn.starts_with('y') || conn == "ln" => false,
            Some(_) => {
                self.refuse("conn", "is neither wye nor delta");
                false
            }
        }
    }
}
