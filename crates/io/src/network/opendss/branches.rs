//! Lines and transformers.

use std::cell::RefCell;

use microgrid_core::Problems;
use microgrid_core::distribution::unbalanced::{NodePair, PhaseLine, PhaseTransformer, PhaseWinding};

use super::build::Build;
use super::object::{Asked, Object};
use super::value;

/// Metres of a unit of length; `None` for none.
fn metres(asked: &Asked<'_>) -> Option<f64> {
    let metres = match asked.text("units")?.to_lowercase().as_str() {
        "none" => return None,
        "mi" | "miles" => 1609.344,
        "kft" => 304.8,
        "km" => 1000.0,
        "m" => 1.0,
        "ft" => 0.3048,
        "in" => 0.0254,
        "cm" => 0.01,
        "mm" => 0.001,
        _ => {
            asked.refuse("units", "is no unit of length");
            return None;
        }
    };
    Some(metres)
}

/// Matrices per unit of length: resistance, reactance, capacitance.
type Matrices = [Vec<Vec<f64>>; 3];

/// The matrices that an object writes; `None` where it writes none of them.
fn matrices(asked: &Asked<'_>, n: usize, is_line: bool) -> Option<Matrices> {
    let (by_matrix, by_sequence) = (["rmatrix", "xmatrix", "cmatrix"], ["r1", "x1", "r0", "x0", "c1", "c0", "switch"]);
    let zero = || vec![vec![0.0; n]; n];
    if asked.last(&by_matrix).is_some() {
        return Some(by_matrix.map(|name| asked.matrix(name, n).unwrap_or_else(zero)));
    }
    if asked.last(&by_sequence).is_none() && is_line {
        return None;
    }
    // OpenDSS's usual values, ohm and nF per unit of length; a switch has its own.
    let is_switch = asked.flag("switch") == Some(true);
    let usual = if is_switch { [1.0, 1.0, 1.0, 1.0, 1.1, 1.0] } else { [0.058, 0.1206, 0.1784, 0.4047, 3.4, 1.6] };
    let names = ["r1", "x1", "r0", "x0", "c1", "c0"];
    let [r1, x1, r0, x0, c1, c0] = core::array::from_fn(|i| asked.number(names[i]).unwrap_or(usual[i]));
    let matrix = |one: f64, zero: f64| -> Vec<Vec<f64>> {
        // One conductor has its positive sequence alone.
        let (own, mutual) = if n == 1 { (one, 0.0) } else { ((2.0 * one + zero) / 3.0, (zero - one) / 3.0) };
        (0..n).map(|i| (0..n).map(|j| if i == j { own } else { mutual }).collect()).collect()
    };
    Some([matrix(r1, r0), matrix(x1, x0), matrix(c1, c0)])
}

pub(super) fn line(build: &mut Build<'_>, asked: &Asked<'_>) {
    let circuit = build.circuit;
    let code_problems = RefCell::new(Problems::none());
    let code: Option<&Object> = asked.text("linecode").and_then(|name| {
        let found = circuit.objects.iter().find(|o| o.class == "linecode" && o.name == name.to_lowercase());
        if found.is_none() {
            asked.refuse("linecode", "is not there");
        }
        found
    });
    let code = code.map(|object| Asked { object, problems: &code_problems });
    let phases = code.as_ref().map_or(3, |code| code.phases("nphases", 3));
    let phases = asked.phases("phases", phases);
    if let Some(code) = &code
        && code.phases("nphases", 3) != phases
    {
        asked.refuse("phases", "is not the number of phases of its line code");
        return;
    }
    let own = matrices(asked, phases, true);
    let of_code = || code.as_ref().and_then(|code| matrices(code, phases, false));
    let is_own = own.is_some();
    let Some([r, x, c]) = own.or_else(of_code) else {
        return asked.refuse("linecode", "is missing, and there are no impedances either");
    };
    let is_switch = asked.flag("switch") == Some(true);
    let length = asked.number("length").unwrap_or(if is_switch { 0.001 } else { 1.0 });
    let code_metres = if is_own { None } else { code.as_ref().and_then(metres) };
    // Without a unit on either side the length is in the unit of the impedances.
    let factor = metres(asked).zip(code_metres).map_or(1.0, |(own, code)| own / code) * length;
    build.problems.borrow_mut().extend(code_problems.take());
    let ends = ["bus1", "bus2"].map(|name| {
        let bus = asked.text(name).unwrap_or("").to_owned();
        let nodes = build.terminal(asked, name, &bus, phases);
        if nodes[..phases].contains(&None) {
            asked.refuse(name, "joins a conductor to earth");
        }
        nodes[..phases].iter().flatten().copied().collect::<Vec<usize>>()
    });
    let total = |matrix: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
        matrix.into_iter().map(|row| row.into_iter().map(|value| value * factor).collect()).collect()
    };
    let rated_a = asked.number("normamps").or_else(|| code.as_ref().and_then(|code| code.number("normamps")));
    let [from, to] = ends;
    build.network.lines.push(PhaseLine {
        name: asked.object.name.clone(),
        from,
        to,
        r_ohm: total(r),
        x_ohm: total(x),
        c_nf: total(c),
        ampacity_a: rated_a.filter(|a| *a > 0.0).unwrap_or(f64::INFINITY),
    });
}

/// A winding as written.
#[derive(Clone)]
struct Winding {
    bus: String,
    is_delta: bool,
    kv: f64,
    kva: f64,
    tap: f64,
    resistance_percent: f64,
}

pub(super) fn transformer(build: &mut Build<'_>, asked: &Asked<'_>) {
    let phases = asked.phases("phases", 3);
    let count = asked.number("windings").unwrap_or(2.0) as usize;
    if !(2..=3).contains(&count) {
        return asked.refuse("windings", "is neither 2 nor 3");
    }
    let windings = windings(asked, count);
    for (i, winding) in windings.iter().enumerate() {
        for (name, is_missing) in
            [("bus", winding.bus.is_empty()), ("kv", winding.kv.is_nan()), ("kva", winding.kva.is_nan())]
        {
            if is_missing {
                asked.refuse(name, &format!("is missing for winding {}", i + 1));
            }
        }
    }
    let hv = if windings[0].kv >= windings[1].kv { 0 } else { 1 };
    let leads = asked.text("leadlag").map(str::to_lowercase);
    let leads = leads.is_some_and(|text| text.starts_with("le") || text.starts_with("eu"));
    // Which way a delta's coils go round, so that the low side lags by 30 degrees, or leads.
    let forward = windings[0].is_delta == windings[1].is_delta || windings[hv].is_delta == leads;
    let made = windings.iter().map(|winding| {
        let coils: Vec<NodePair> = match (winding.is_delta, phases) {
            (false, _) => {
                let nodes = build.terminal(asked, "bus", &winding.bus, phases);
                (0..phases).map(|k| [nodes[k], nodes[phases]]).collect()
            }
            (true, 1) => {
                let nodes = build.terminal(asked, "bus", &winding.bus, 1);
                vec![[nodes[0], nodes[1]]]
            }
            (true, 3) => {
                let nodes = build.terminal(asked, "bus", &winding.bus, 3);
                (0..3).map(|k| [nodes[k], nodes[(k + if forward { 1 } else { 2 }) % 3]]).collect()
            }
            _ => {
                asked.refuse("phases", "is 2 with a delta, which this import does not understand");
                Vec::new()
            }
        };
        let per_coil = if winding.is_delta || phases == 1 { 1.0 } else { 3f64.sqrt() };
        PhaseWinding {
            coils,
            coil_v: 1000.0 * winding.kv / per_coil,
            rated_kva: winding.kva,
            resistance_percent: winding.resistance_percent,
            tap_ratio: winding.tap,
        }
    });
    let made = made.collect();
    let reactance = |names: [&str; 2], at: usize, usual: f64| {
        let array = asked.numbers("xscarray").and_then(|array| array.get(at).copied());
        let written = asked.last(&names).and_then(|property| value::number(&property.value));
        written.or(array).unwrap_or(usual)
    };
    let pairs = [(["xhl", "x12"], 7.0), (["xht", "x13"], 35.0), (["xlt", "x23"], 30.0)];
    let reactances = pairs.into_iter().enumerate().map(|(i, (names, usual))| reactance(names, i, usual));
    build.network.transformers.push(PhaseTransformer {
        name: asked.object.name.clone(),
        windings: made,
        reactance_percent: reactances.take(if count == 2 { 1 } else { 3 }).collect(),
        no_load_loss_percent: asked.number("%noloadloss").unwrap_or(0.0),
        magnetising_percent: asked.number("%imag").unwrap_or(0.0),
        anti_float_ppm: asked.number("ppm_antifloat").unwrap_or(1.0),
    });
}

/// The windings, property by property in the order of writing: `wdg` says which one those after it are of.
fn windings(asked: &Asked<'_>, count: usize) -> Vec<Winding> {
    let empty =
        Winding { bus: String::new(), is_delta: false, kv: f64::NAN, kva: f64::NAN, tap: 1.0, resistance_percent: 0.2 };
    let mut windings = vec![empty; count];
    let mut active = 0;
    for property in &asked.object.properties {
        let (name, text) = (property.name, property.value.as_str());
        let number = || {
            value::number(text).unwrap_or_else(|| {
                asked.refuse(name, "is not a number");
                1.0
            })
        };
        let list = || {
            value::numbers(text).filter(|list| list.len() <= count).unwrap_or_else(|| {
                asked.refuse(name, "is not a list of a number for each winding");
                Vec::new()
            })
        };
        match name {
            "wdg" => {
                active = (number() as usize).wrapping_sub(1);
                if active >= count {
                    asked.refuse("wdg", "is no winding of it");
                    active = 0;
                }
            }
            "bus" => windings[active].bus = text.to_owned(),
            "conn" => windings[active].is_delta = asked.is_delta(Some(text)),
            "kv" => windings[active].kv = number(),
            "kva" if active == 0 => windings.iter_mut().for_each(|winding| winding.kva = number()),
            "kva" => windings[active].kva = number(),
            "tap" => windings[active].tap = number(),
            "%r" => windings[active].resistance_percent = number(),
            "%loadloss" => windings[..2].iter_mut().for_each(|winding| winding.resistance_percent = 0.5 * number()),
            "buses" => windings.iter_mut().zip(value::words(text)).for_each(|(winding, bus)| winding.bus = bus),
            "conns" => windings.iter_mut().zip(value::words(text)).for_each(|(winding, conn)| {
                winding.is_delta = asked.is_delta(Some(&conn));
            }),
            "kvs" => windings.iter_mut().zip(list()).for_each(|(winding, kv)| winding.kv = kv),
            "kvas" => windings.iter_mut().zip(list()).for_each(|(winding, kva)| winding.kva = kva),
            "taps" => windings.iter_mut().zip(list()).for_each(|(winding, tap)| winding.tap = tap),
            "%rs" => windings.iter_mut().zip(list()).for_each(|(winding, r)| winding.resistance_percent = r),
            _ => {}
        }
    }
    windings
}
