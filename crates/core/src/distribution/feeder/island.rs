//! The equations of one island: nodes in the order of a walk from its source, branches between them.

use alloc::vec::Vec;

use super::complex::Complex;
use super::factor::Factor;
use super::topology::Element;

/// A branch of an island in gauged units: ratio ρ at the from end (1 on every branch of the walk, complex where a phase
/// shifter stands in a loop), series impedance, and an admittance at each end of it.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) element: Element,
    pub(super) ends: [usize; 2],
    pub(super) ratio: Complex,
    pub(super) z: Complex,
    pub(super) shunt: [Complex; 2],
}

impl Branch {
    /// The currents into the branch at its two ends.
    pub(super) fn currents(&self, [from, to]: [Complex; 2]) -> [Complex; 2] {
        let inner = from * self.ratio;
        let through = (inner - to) / self.z;
        [(self.shunt[0] * inner + through) * self.ratio.conj(), self.shunt[1] * to - through]
    }
}

/// How the linear part of an island is solved.
#[derive(Debug, Clone)]
pub(super) enum Method {
    /// One source, no loop: currents are summed towards the source, voltages dropped from it.
    Tree,
    /// Loops, several sources or held voltages: a factored admittance matrix.
    Mesh(Mesh),
}

/// The factored admittance matrix of an island, and what its sources drive.
#[derive(Debug, Clone)]
pub(super) struct Mesh {
    pub(super) factor: Factor,
    /// Current that the sources' voltages drive into each free node, by node of the island.
    pub(super) driven: Vec<Complex>,
    /// Nodes whose voltage is given, with it.
    pub(super) fixed: Vec<(usize, Complex)>,
    /// Nodes where generators hold the voltage, the square of that voltage in gauged units, and the inverse of the
    /// reactances seen between them (row by row): how reactive power moves their voltages.
    pub(super) held: Vec<(usize, f64)>,
    pub(super) inverse_reactance: Vec<f64>,
}

/// An island; its nodes are `first..last` of the feeder, the first of them its source.
#[derive(Debug, Clone)]
pub(super) struct Island {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) method: Method,
}

impl Island {
    /// Its factored equations, where it is no tree.
    pub(super) fn mesh(&self) -> Option<&Mesh> {
        match &self.method {
            Method::Tree => None,
            Method::Mesh(mesh) => Some(mesh),
        }
    }
}
