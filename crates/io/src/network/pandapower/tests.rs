//! Reference networks: our flows against those of pandapower.

use microgrid_core::distribution::{BranchFlow, Flow, FlowSettings};
use serde_json::Value;

use super::tables::{Row, Tables};
use super::*;

/// Reference networks with pandapower's own solution; each says its source and licence.
const REFERENCES: [(&str, f64); 8] = [
    ("case33bw_radial", 202.6771),
    ("case33bw_meshed", 123.2908),
    ("cigre_lv", 28.3292),
    ("cigre_mv", 303.5818),
    ("cigre_mv_pv_wind", 164.3516),
    ("kerber_landnetz_kabel_1", 1.7383),
    ("kerber_landnetz_freileitung_1", f64::NAN),
    ("simple_mv_open_ring", f64::NAN),
];

fn reference(name: &str) -> (Tables, Value) {
    let path = format!("{}/../../tests/data/feeders/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut tables = Tables::default();
    tables.scalars.insert("f_hz".into(), document["f_hz"].clone());
    for (table, rows) in document["elements"].as_object().unwrap() {
        let row =
            |cells: &Value| Row { index: cells["id"].as_i64().unwrap(), cells: cells.as_object().unwrap().clone() };
        tables.rows.insert(table.clone(), rows.as_array().unwrap().iter().map(row).collect());
    }
    (tables, document)
}

fn solved(tables: &Tables) -> (Network, Flow) {
    let network = import_tables(tables, "reference.json").unwrap().network;
    let exact = FlowSettings { tolerance_pu: 1e-11, ..FlowSettings::default() };
    let flow = Feeder::compile(&network).unwrap().solve(&exact);
    (network, flow)
}

fn close(ours: f64, theirs: &Value, tolerance: f64, what: &str) {
    // What is switched off is null there.
    let theirs = theirs.as_f64().unwrap_or(0.0);
    assert!((ours - theirs).abs() <= tolerance, "{what}: {ours} instead of {theirs}");
}

fn branches_are_theirs(name: &str, ours: &[BranchFlow], theirs: &Value, ends: [&str; 2]) {
    let Some(theirs) = theirs.as_array() else { return };
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (i, (flow, row)) in ours.iter().zip(theirs).enumerate() {
        let [from, to] = ends;
        // 1 W of megawatts and 0.1 mA of kiloamperes: what their tolerance of 1e-10 MVA leaves after ratios.
        for (ours, key, tolerance) in [
            (flow.from_kw, format!("p_{from}_mw"), 1e-6),
            (flow.from_kvar, format!("q_{from}_mvar"), 1e-6),
            (flow.to_kw, format!("p_{to}_mw"), 1e-6),
            (flow.to_kvar, format!("q_{to}_mvar"), 1e-6),
            (flow.loss_kw, "pl_mw".into(), 1e-6),
            (flow.from_a, format!("i_{from}_ka"), 1e-7),
            (flow.to_a, format!("i_{to}_ka"), 1e-7),
        ] {
            close(ours / 1000.0, &row[&key], tolerance, &format!("{name} {i} {key}"));
        }
        close(flow.loading_percent, &row["loading_percent"], 1e-4, &format!("{name} {i} loading"));
    }
}

/// Voltages, flows, currents, loadings and losses of every reference are pandapower's to 1e-6 p.u. and better.
#[test]
fn flows_are_those_of_pandapower() {
    for (name, loss_kw) in REFERENCES.into_iter().chain([("example_simple", 58.8847)]) {
        let (tables, document) = reference(name);
        let (_, flow) = solved(&tables);
        assert!(flow.has_converged(), "{name}");
        let solution = &document["solution"];
        for (i, row) in solution["res_bus"].as_array().unwrap().iter().enumerate() {
            close(flow.buses[i].voltage_pu, &row["vm_pu"], 1e-8, &format!("{name} bus {i}"));
            close(flow.buses[i].angle_deg, &row["va_degree"], 1e-6, &format!("{name} angle {i}"));
        }
        branches_are_theirs(name, &flow.lines, &solution["res_line"], ["from", "to"]);
        branches_are_theirs(name, &flow.transformers, &solution["res_trafo"], ["hv", "lv"]);
        close(flow.loss_kw / 1000.0, &document["summary"]["losses_mw"], 1e-6, name);
        if !loss_kw.is_nan() {
            assert!((flow.loss_kw - loss_kw).abs() < 1e-4, "{name}: {}", flow.loss_kw);
        }
    }
}

/// Kirchhoff's laws close to rounding at any tolerance; what a loose tolerance leaves is in the mismatch.
#[test]
fn books_close_at_any_tolerance() {
    for (name, _) in REFERENCES.into_iter().chain([("example_simple", 0.0)]) {
        let network = import_tables(&reference(name).0, "reference.json").unwrap().network;
        let feeder = Feeder::compile(&network).unwrap();
        let mut last = f64::INFINITY;
        for tolerance_pu in [1e-1, 1e-4, 1e-6, 1e-10] {
            let flow = feeder.solve(&FlowSettings { tolerance_pu, ..FlowSettings::default() });
            let moved: f64 = flow.sources.iter().map(|power| power.power_kw.abs()).sum();
            assert!(flow.residual_kw().abs() < 1e-9 * moved.max(1.0), "{name} {tolerance_pu}: {}", flow.residual_kw());
            assert!(flow.mismatch_kva <= last + 1e-9, "{name} {tolerance_pu}: {} {last}", flow.mismatch_kva);
            last = flow.mismatch_kva;
        }
        assert!(last < 1e-5, "{name}: {last}");
    }
}
