//! The linear equations of a fault, per unit.

use alloc::vec;
use alloc::vec::Vec;

use super::admittance::Impedances;
use crate::distribution::feeder::complex::Complex;
use crate::distribution::feeder::factor::Factor;
use crate::simulation::lane::Lane;

/// A current that is fed in: its node, its bus, and its amount per unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct FedCurrent {
    pub(super) node: usize,
    pub(super) bus: usize,
    pub(super) amount: f64,
}

/// Voltages and currents per unit.
pub(super) struct Solution {
    /// Voltages at the nodes with every source's own voltage at zero.
    pub(super) voltages: Vec<Complex>,
    /// What of the fault's current voltage sources give.
    pub(super) of_sources: Complex,
    /// What of it inverters give, in phase with the other.
    pub(super) of_inverters: Complex,
    /// The currents that inverters feed in, in the order of the list.
    pub(super) fed: Vec<Complex>,
    /// Impedance seen from the fault; 0 where only inverters feed.
    pub(super) z: Complex,
    /// Voltage left, by node.
    pub(super) residual: Vec<f64>,
}

/// A current of length 1 in the direction of `value`.
fn direction(value: Complex) -> Complex {
    let size = value.norm();
    if size > 0.0 { value.scale(1.0 / size) } else { Complex::ONE }
}

/// Solves for currents at nodes.
fn solve(factor: &Factor, currents: &[Complex]) -> Vec<Complex> {
    let mut re: Vec<Lane<1>> = currents.iter().map(|current| Lane([current.re])).collect();
    let mut im: Vec<Lane<1>> = currents.iter().map(|current| Lane([current.im])).collect();
    factor.solve(&mut re, &mut im);
    re.iter().zip(&im).map(|(re, im)| Complex::new(re[0], im[0])).collect()
}

/// A fault fed by voltages behind impedances: the equivalent voltage `emf` at the fault, and the currents of inverters with
/// the fault's node at zero, at such angles that their amounts add there. `None` where the equations are singular.
pub(super) fn behind_impedances(impedances: &Impedances, emf: f64, inverters: &[FedCurrent]) -> Option<Solution> {
    let (node, count) = (impedances.reached[0], impedances.topology.node_count);
    let factor = Factor::of(impedances.rows(), &impedances.reached)?;
    let mut unit = vec![Complex::ZERO; count];
    unit[node] = Complex::ONE;
    let column = solve(&factor, &unit);
    let z = column[node];
    let of_sources = Complex::new(emf, 0.0) / z;
    let fed: Vec<Complex> = inverters
        .iter()
        .map(|inverter| direction(of_sources * z / column[inverter.node]).scale(inverter.amount))
        .collect();
    let mut currents = vec![Complex::ZERO; count];
    for (inverter, current) in inverters.iter().zip(&fed) {
        currents[inverter.node] = currents[inverter.node] + *current;
    }
    let raised = solve(&factor, &currents);
    let of_inverters = raised[node] / z;
    let total = of_sources + of_inverters;
    let voltage = |i: usize| raised[i] - column[i] * total;
    let is_reached = |i: usize| impedances.reached.contains(&i);
    Some(Solution {
        voltages: (0..count).map(|i| if is_reached(i) { voltage(i) } else { Complex::ZERO }).collect(),
        residual: (0..count).map(|i| if is_reached(i) { (Complex::ONE - column[i] / z).norm() } else { 1.0 }).collect(),
        of_sources,
        of_inverters,
        fed,
        z,
    })
}

/// A fault fed by limited currents alone, all of one angle: the fault's node at zero, currents fed in elsewhere.
pub(super) fn limited(impedances: &Impedances, inverters: &[FedCurrent]) -> Option<Solution> {
    let (node, count) = (impedances.reached[0], impedances.topology.node_count);
    let others = &impedances.reached[1..];
    let fed: Vec<Complex> = inverters.iter().map(|inverter| Complex::new(inverter.amount, 0.0)).collect();
    let mut currents = vec![Complex::ZERO; count];
    for (inverter, current) in inverters.iter().zip(&fed) {
        currents[inverter.node] = currents[inverter.node] + *current;
    }
    let at_fault = core::mem::replace(&mut currents[node], Complex::ZERO);
    let mut voltages = solve(&Factor::of(impedances.rows(), others)?, &currents);
    voltages[node] = Complex::ZERO;
    let mut into_fault = at_fault;
    for branch in impedances.branches.iter().filter(|branch| branch.ends.contains(&node)) {
        let through = branch.through(&voltages);
        let arriving = if branch.ends[1] == node { through } else { -through.scale(1.0 / branch.ratio) };
        into_fault = into_fault + arriving;
    }
    let is_reached = |i: usize| impedances.reached.contains(&i);
    let left = |voltage: Complex| voltage.norm().min(1.0);
    Some(Solution {
        residual: (0..count).map(|i| if is_reached(i) { left(voltages[i]) } else { 1.0 }).collect(),
        voltages,
        of_sources: Complex::ZERO,
        of_inverters: into_fault,
        fed,
        z: Complex::ZERO,
    })
}
