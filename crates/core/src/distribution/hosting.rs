//! How much generation each bus of a network can take: a planner's first question.
//!
//! # Model
//! One plant at a time, of power factor 1, while the loads draw a share of what they are written with. By bisection the greatest
//! power is sought at which the flow has a solution, no bus is above the voltage limit and no line or transformer above its
//! rating. What breaks at a little more is named. Powers that fit are taken to be those from 0 up to the capacity: where the
//! network breaks a limit without any plant, the capacity is 0.

use alloc::format;
use alloc::vec::Vec;

use super::network::{LoadPoint, Network};
use super::power_flow::{Flow, FlowSettings};
use super::{BranchFlow, Feeder};
use crate::Problems;

/// What a network must keep while it hosts.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HostingSettings {
    /// Greatest voltage, per unit, 0.9 to 1.5; 1.10 by default, which EN 50160 allows.
    pub voltage_greatest_pu: f64,
    /// Greatest loading of lines and transformers, percent, 1 to 1000; 100 by default.
    pub loading_greatest_percent: f64,
    /// Share of their written power that loads draw meanwhile, 0 to 2; 0.1 by default.
    pub load_share: f64,
    /// Greatest plant that is looked at, kW, 1 to 1e8; 100 MW by default.
    pub greatest_kw: f64,
}

impl Default for HostingSettings {
    fn default() -> Self {
        Self { voltage_greatest_pu: 1.10, loading_greatest_percent: 100.0, load_share: 0.1, greatest_kw: 1e5 }
    }
}

/// What ends a bus's capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum HostingLimit {
    /// Nothing up to the greatest plant looked at.
    Nothing,
    /// The voltage of a bus.
    Voltage(usize),
    /// The rating of a line.
    Line(usize),
    /// The rating of a transformer.
    Transformer(usize),
    /// The network cannot carry the power.
    Collapse,
    /// No source reaches the bus.
    Dark,
}

/// What a bus can take.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Hosting {
    /// The bus.
    pub bus: usize,
    /// Greatest plant, kW, to a ten-thousandth of it.
    pub capacity_kw: f64,
    /// What ends it.
    pub limit: HostingLimit,
}

/// What each bus of a network can take, in their order.
///
/// # Errors
/// What [`Feeder::compile`] refuses, and settings out of their range.
pub fn hosting_capacities(network: &Network, settings: &HostingSettings) -> Result<Vec<Hosting>, Problems> {
    let mut problems = Problems::none();
    problems.require_range("voltage_greatest_pu", settings.voltage_greatest_pu, 0.9, 1.5);
    problems.require_range("loading_greatest_percent", settings.loading_greatest_percent, 1.0, 1000.0);
    problems.require_range("load_share", settings.load_share, 0.0, 2.0);
    problems.require_range("greatest_kw", settings.greatest_kw, 1.0, 1e8);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut with_plants = network.clone();
    let plants = (0..network.buses.len()).map(|bus| LoadPoint::new(format!("plant at bus {bus}"), bus, 0.0, 0.0));
    with_plants.loads.extend(plants);
    let feeder = Feeder::compile(&with_plants)?;
    Ok((0..network.buses.len()).map(|bus| hosting(&feeder, network, settings, bus)).collect())
}

fn hosting(feeder: &Feeder, network: &Network, settings: &HostingSettings, bus: usize) -> Hosting {
    if !feeder.is_energised(bus) {
        return Hosting { bus, capacity_kw: 0.0, limit: HostingLimit::Dark };
    }
    let plant = network.loads.len() + bus;
    let broken_at = |power_kw: f64| {
        let draw = |load: usize| match network.loads.get(load) {
            Some(data) => (settings.load_share * data.power_kw, settings.load_share * data.reactive_kvar),
            None if load == plant => (-power_kw, 0.0),
            None => (0.0, 0.0),
        };
        broken(&feeder.solve_with(draw, &FlowSettings::default()), settings)
    };
    let (mut fits_kw, mut too_much_kw) = (0.0, settings.greatest_kw);
    let Some(mut limit) = broken_at(too_much_kw) else {
        return Hosting { bus, capacity_kw: too_much_kw, limit: HostingLimit::Nothing };
    };
    if let Some(limit) = broken_at(0.0) {
        return Hosting { bus, capacity_kw: 0.0, limit };
    }
    while too_much_kw - fits_kw > 1e-4 * too_much_kw {
        let middle_kw = 0.5 * (fits_kw + too_much_kw);
        match broken_at(middle_kw) {
            None => fits_kw = middle_kw,
            Some(broken) => (too_much_kw, limit) = (middle_kw, broken),
        }
    }
    Hosting { bus, capacity_kw: fits_kw, limit }
}

/// The limit that a flow breaks by most, as a share of it.
fn broken(flow: &Flow, settings: &HostingSettings) -> Option<HostingLimit> {
    if !flow.has_converged() {
        return Some(HostingLimit::Collapse);
    }
    let voltages = flow.buses.iter().map(|bus| bus.voltage_pu / settings.voltage_greatest_pu).enumerate();
    let loading = |branch: &BranchFlow| branch.loading_percent / settings.loading_greatest_percent;
    let lines = flow.lines.iter().map(loading).enumerate();
    let transformers = flow.transformers.iter().map(loading).enumerate();
    let all = voltages
        .map(|(i, share)| (HostingLimit::Voltage(i), share))
        .chain(lines.map(|(i, share)| (HostingLimit::Line(i), share)))
        .chain(transformers.map(|(i, share)| (HostingLimit::Transformer(i), share)));
    // The first of equal ones: buses beyond a plant have its voltage.
    let worst = all.fold(None, |worst: Option<(HostingLimit, f64)>, next| match worst {
        Some((_, share)) if next.1 <= share => worst,
        _ => Some(next),
    });
    worst.filter(|(_, share)| *share > 1.0).map(|(limit, _)| limit)
}

#[cfg(test)]
mod tests {
    use super::super::{Bus, Line, VoltageSource};
    use super::*;

    fn row(ampacity_a: f64) -> Network {
        let mut network = Network::new("row");
        network.buses = ["grid", "near", "far"].map(|name| Bus { name: name.into(), nominal_kv: 0.4 }).into();
        let line = |from_bus: usize, to_bus: usize| Line {
            name: "l".into(),
            from_bus,
            to_bus,
            length_km: 0.2,
            r_ohm_per_km: 0.2,
            x_ohm_per_km: 0.08,
            c_nf_per_km: 0.0,
            g_us_per_km: 0.0,
            ampacity_a,
            parallel: 1,
            in_service: true,
        };
        network.lines = [line(0, 1), line(1, 2)].into();
        network.sources = [VoltageSource {
            name: "grid".into(),
            bus: 0,
            voltage_pu: 1.0,
            angle_deg: 0.0,
            short_circuit_kva: f64::INFINITY,
            r_to_x: 0.1,
        }]
        .into();
        network
    }

    /// One line of R + jX without load: the voltage at the plant's end rises to V where P is the greater root of
    /// V⁴ − (2RP + 1)V² + (R² + X²)P² = 0 at power factor 1, and the current is P/(√3·V).
    #[test]
    fn capacities_are_the_closed_form_of_a_line() {
        let settings = HostingSettings { voltage_greatest_pu: 1.05, ..HostingSettings::default() };
        let found = hosting_capacities(&row(f64::INFINITY), &settings).unwrap();
        assert_eq!((found[0].limit, found[0].capacity_kw), (HostingLimit::Nothing, 1e5), "the grid's bus takes all");
        for (bus, km) in [(1, 0.2), (2, 0.4)] {
            let (r, x) = (0.2 * km / 0.16, 0.08 * km / 0.16);
            let (square, zz) = (1.05 * 1.05, r * r + x * x);
            // (R² + X²)P² − 2RV²P + V⁴ − V² = 0, the smaller root.
            let half = r * square / zz;
            let expected_kw = 1000.0 * (half - libm::sqrt(half * half - (square * square - square) / zz));
            assert!((found[bus].capacity_kw / expected_kw - 1.0).abs() < 2e-4, "{:?} {expected_kw}", found[bus]);
            assert_eq!(found[bus].limit, HostingLimit::Voltage(bus));
        }
        let found = hosting_capacities(&row(50.0), &settings).unwrap();
        assert!(matches!(found[1].limit, HostingLimit::Line(0)), "{:?}", found[1]);
        let least_kw = 50.0 * 0.4 * libm::sqrt(3.0);
        assert!(found[1].capacity_kw > least_kw && found[1].capacity_kw < 1.05 * least_kw, "{:?}", found[1]);
        assert!(found[2].capacity_kw <= 1.05 * least_kw);
        assert!(hosting_capacities(&row(50.0), &HostingSettings { load_share: -1.0, ..settings }).is_err());
    }
}
