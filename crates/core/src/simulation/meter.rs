//! The meters: what the run adds up, in kW·steps for each lane. Hours and prices come at the end.

use alloc::vec::Vec;

use super::lane::Lane;
use super::plan::{CompiledTariff, Plan};
use crate::utility::DemandMeter;

/// All open sums of L lanes. Powers are summed in kW·steps.
#[derive(Debug, Clone)]
pub(crate) struct Meters<const L: usize> {
    pub(crate) load: Lane<L>,
    pub(crate) generation: Lane<L>,
    pub(crate) curtailed: Lane<L>,
    pub(crate) dumped: Lane<L>,
    /// Export that generation beyond load and charging explains.
    pub(crate) exported_generation: Lane<L>,
    pub(crate) unserved: [Lane<L>; 3],
    /// Σ |Σ in − Σ out| at the bus.
    pub(crate) bus_residual: Lane<L>,
    /// Import × carbon intensity, where the intensity is a series.
    pub(crate) carbon: Lane<L>,
    /// By billing month and cell of the import price.
    pub(crate) import: Vec<Lane<L>>,
    /// By billing month and cell of the export price.
    pub(crate) export: Vec<Lane<L>>,
    /// Generation taken by billing month and cell of the import price, where it is metered for itself.
    pub(crate) taken: Vec<Lane<L>>,
    /// Import × price by step-priced component and billing month.
    pub(crate) import_stepwise: Vec<Vec<Lane<L>>>,
    /// Export × price by step-priced component and billing month.
    pub(crate) export_stepwise: Vec<Vec<Lane<L>>>,
    /// Greatest import of a step by billing month, kW.
    pub(crate) peak_import: Vec<Lane<L>>,
    /// Meters of demand charges that count windows or some steps only, in the order of the tariff.
    pub(crate) windows: Vec<WindowMeter<L>>,
}

/// The sums that every step adds to, taken out of [`Meters`] for a stretch of a day so that they live in registers.
pub(crate) struct Books<'a, const L: usize> {
    pub(crate) load: Lane<L>,
    pub(crate) generation: Lane<L>,
    pub(crate) exported_generation: Lane<L>,
    pub(crate) bus_residual: Lane<L>,
    /// Of the day's billing month.
    pub(crate) peak_import: Lane<L>,
    /// The first lane's: all lanes share its cells and its demand windows.
    pub(crate) tariff: &'a CompiledTariff,
    /// All other sums, and where these go back to.
    pub(crate) meters: &'a mut Meters<L>,
    month: usize,
}

/// The open sums of one battery.
#[derive(Debug, Clone)]
pub(crate) struct BatteryMeters<const L: usize> {
    pub(crate) charge: Lane<L>,
    pub(crate) discharge: Lane<L>,
    /// kWh.
    pub(crate) leak: Lane<L>,
    /// Σ |charge − discharge − Δstored − losses|, kWh.
    pub(crate) residual: Lane<L>,
}

/// Window means of the import, and their greatest by billing month.
#[derive(Debug, Clone)]
pub(crate) struct WindowMeter<const L: usize> {
    pub(crate) open: Lane<L>,
    pub(crate) open_steps: u32,
    /// Of the open steps, those that count: the mean is theirs.
    pub(crate) open_counted: u32,
    /// Of windows that slide, the counted import of the last steps, by step number modulo the window's length.
    pub(crate) ring: Vec<Lane<L>>,
    pub(crate) peak: Vec<Lane<L>>,
}

impl<const L: usize> WindowMeter<L> {
    /// The meter of a charge; `None` where the peak of all steps, which is metered anyway, will do.
    fn new(meter: &DemandMeter, months: usize) -> Option<Self> {
        let ring = match meter {
            DemandMeter::StepPeak => return None,
            DemandMeter::Windows { .. } => 0,
            DemandMeter::Sliding(sliding) => sliding.window_steps as usize,
        };
        let zero = Lane::<L>::ZERO;
        Some(Self {
            open: zero,
            open_steps: 0,
            open_counted: 0,
            ring: alloc::vec![zero; ring],
            peak: alloc::vec![zero; months],
        })
    }
}

impl<'a, const L: usize> Books<'a, L> {
    /// Takes out the sums that every step adds to.
    #[inline(always)]
    pub(crate) fn open(meters: &'a mut Meters<L>, tariff: &'a CompiledTariff, month: usize) -> Self {
        Self {
            load: meters.load,
            generation: meters.generation,
            exported_generation: meters.exported_generation,
            bus_residual: meters.bus_residual,
            peak_import: meters.peak_import[month],
            tariff,
            meters,
            month,
        }
    }

    /// Lets those who read the meters see the month's peak up to now; the other open sums are put back at the end.
    #[inline(always)]
    pub(crate) fn show_peak(&mut self) {
        self.meters.peak_import[self.month] = self.peak_import;
    }

    /// Puts the sums back.
    #[inline(always)]
    pub(crate) fn close(self) {
        let Self { load, generation, exported_generation, bus_residual, peak_import, tariff: _, meters, month } = self;
        (meters.load, meters.generation) = (load, generation);
        (meters.exported_generation, meters.bus_residual) = (exported_generation, bus_residual);
        meters.peak_import[month] = peak_import;
    }
}

impl<const L: usize> BatteryMeters<L> {
    pub(crate) const ZERO: Self =
        Self { charge: Lane::<L>::ZERO, discharge: Lane::<L>::ZERO, leak: Lane::<L>::ZERO, residual: Lane::<L>::ZERO };

    /// Visits every open sum in a fixed order.
    pub(crate) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        let Self { charge, discharge, leak, residual } = self;
        [charge, discharge, leak, residual].into_iter().for_each(visit);
    }
}

impl<const L: usize> Meters<L> {
    pub(crate) fn new(plan: &Plan) -> Self {
        let zero = Lane::<L>::ZERO;
        let months = plan.scenario.calendar.months.len();
        let by_month = |count: usize| alloc::vec![alloc::vec![zero; months]; count];
        let tariff = &plan.tariff;
        Self {
            import: alloc::vec![zero; months * tariff.import.cells()],
            export: alloc::vec![zero; months * tariff.export.cells()],
            taken: alloc::vec![zero; if tariff.meters_generation { months * tariff.import.cells() } else { 0 }],
            import_stepwise: by_month(tariff.import.stepwise.len()),
            export_stepwise: by_month(tariff.export.stepwise.len()),
            windows: tariff.demand.iter().filter_map(|meter| WindowMeter::new(meter, months)).collect(),
            ..Self::of_no_tariff(months)
        }
    }

    /// Without anything to bill.
    pub(crate) fn of_no_tariff(months: usize) -> Self {
        let zero = Lane::<L>::ZERO;
        Self {
            load: zero,
            generation: zero,
            curtailed: zero,
            dumped: zero,
            exported_generation: zero,
            unserved: [zero; 3],
            bus_residual: zero,
            carbon: zero,
            import: Vec::new(),
            export: Vec::new(),
            taken: Vec::new(),
            import_stepwise: Vec::new(),
            export_stepwise: Vec::new(),
            peak_import: alloc::vec![zero; months],
            windows: Vec::new(),
        }
    }

    /// Visits every open sum in a fixed order: what a snapshot holds of the meters.
    pub(crate) fn visit(&mut self, visit: &mut impl FnMut(&mut Lane<L>)) {
        let Self {
            load,
            generation,
            curtailed,
            dumped,
            exported_generation,
            unserved,
            bus_residual,
            carbon,
            import,
            export,
            taken,
            import_stepwise,
            export_stepwise,
            peak_import,
            windows,
        } = self;
        for lane in [load, generation, curtailed, dumped, exported_generation, bus_residual, carbon] {
            visit(lane);
        }
        unserved.iter_mut().for_each(&mut *visit);
        import.iter_mut().for_each(&mut *visit);
        export.iter_mut().for_each(&mut *visit);
        taken.iter_mut().for_each(&mut *visit);
        import_stepwise.iter_mut().flatten().for_each(&mut *visit);
        export_stepwise.iter_mut().flatten().for_each(&mut *visit);
        peak_import.iter_mut().for_each(&mut *visit);
        for window in windows {
            // Windows that follow each other close at the day's end at the latest, so `open` is empty whenever a snapshot is
            // taken; those that slide pass midnight in the ring.
            window.peak.iter_mut().for_each(&mut *visit);
            window.ring.iter_mut().for_each(&mut *visit);
        }
    }
}
