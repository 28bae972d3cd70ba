//! A battery's step with what the plain one leaves out: the scalar equations.

use super::BatteryDetail;
use super::cell_temperature::CellStep;
use super::hybrid::{HybridFlow, HybridStep};
use super::line::Line;
use super::taper::TaperTable;
use super::two_wells::WellStep;
use crate::generation::SeriesPlant;
use crate::simulation::lane::{abs, max, min};
use crate::storage::{Battery, BatteryStep};

/// The numbers of [`BatteryDetail`] for one battery and step length.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DetailStep {
    step_h: f64,
    /// p̂ by p and p by p̂, of charge and discharge; `None` where they are the same.
    part_load: Option<[[Line; 2]; 2]>,
    tapers: [Option<TaperTable>; 2],
    wells: Option<WellStep>,
    pub(super) cells: Option<CellStep>,
    pub(super) hybrid: Option<HybridStep>,
    /// Capacity left per energy at the window's top.
    capacity_per_top: f64,
}

/// What a step starts from, beside the stored energy.
#[derive(Debug, Clone, Copy)]
pub(super) struct DetailState {
    /// Difference of the wells' heads.
    pub(super) difference_kwh: f64,
    pub(super) cell_c: f64,
}

/// What a step did.
#[derive(Debug, Clone, Copy)]
pub(super) struct DetailFlow {
    pub(super) end_kwh: f64,
    pub(super) state: DetailState,
    pub(super) mean_cell_c: f64,
    pub(super) conversion_loss_kwh: f64,
    pub(super) leak_kwh: f64,
    pub(super) drawn_kwh: f64,
    pub(super) residual_kwh: f64,
    pub(super) hybrid: HybridFlow,
}

/// What a step lets the battery do, kW.
#[derive(Debug, Clone, Copy)]
pub(super) struct DetailLimits {
    pub(super) charge_kw: f64,
    pub(super) discharge_kw: f64,
    /// What comes unasked from the arrays behind a hybrid inverter, as power at the bus.
    pub(super) taken_kw: f64,
}

impl DetailStep {
    pub(super) fn new(
        (detail, battery): (&BatteryDetail, &Battery),
        step: &BatteryStep,
        generation: &[SeriesPlant],
        step_h: f64,
    ) -> Self {
        let both_ways = |line: Line| [line.clone(), line.inverse()];
        let [charge_kw, discharge_kw] = battery.power_as_new_kw();
        let rating_kw = max(charge_kw, discharge_kw);
        let tapers = [(&detail.charge_taper, true), (&detail.discharge_taper, false)];
        let mut numbers = Self {
            step_h,
            part_load: (detail.part_load.as_ref())
                .filter(|_| rating_kw > 0.0)
                .map(|part_load| part_load.lines(rating_kw).map(both_ways)),
            tapers: tapers.map(|(taper, up)| taper.as_ref().map(|taper| TaperTable::new(taper, up))),
            wells: detail.wells.as_ref().map(|wells| WellStep::new(wells, battery.self_discharge_per_h, step_h)),
            cells: detail.cells.as_ref().map(|cells| CellStep::new(cells, battery.capacity_kwh, step_h)),
            hybrid: detail.hybrid.as_ref().map(|hybrid| HybridStep::new(hybrid, generation)),
            capacity_per_top: 1.0 / battery.soc_max_as_new(),
        };
        numbers.take_up(step);
        numbers
    }

    /// Takes up a battery whose numbers have changed.
    pub(super) fn take_up(&mut self, battery: &BatteryStep) {
        let capacity_kwh = self.capacity_kwh(battery);
        let moved_kwh =
            [battery.stored_per_charge * battery.charge_max_kw, battery.drawn_per_discharge * battery.discharge_max_kw];
        for (taper, moved_kwh) in self.tapers.iter_mut().zip(moved_kwh) {
            if let Some(taper) = taper {
                let share = if capacity_kwh > 0.0 { moved_kwh / capacity_kwh } else { 0.0 };
                taper.fill(share / self.step_h, self.step_h);
            }
        }
    }

    pub(super) fn step_h(&self) -> f64 {
        self.step_h
    }

    fn capacity_kwh(&self, battery: &BatteryStep) -> f64 {
        battery.max_kwh * self.capacity_per_top
    }

    /// p̂ of charge or discharge (0 or 1) at `kw`, or with `back` the power that has it.
    fn bent_kw(&self, way: usize, back: bool, kw: f64) -> f64 {
        self.part_load.as_ref().map_or(kw, |lines| lines[way][usize::from(back)].at(kw))
    }

    /// Most charge and discharge at the AC terminals.
    pub(super) fn limits(
        &self,
        (battery, step): (&BatteryStep, usize),
        stored_kwh: f64,
        state: DetailState,
        floor_kwh: f64,
    ) -> DetailLimits {
        let kept_kwh = battery.kept_kwh(stored_kwh);
        let rated_kw = [battery.charge_max_kw, battery.discharge_max_kw];
        let mut most_kw = [
            (battery.max_kwh - kept_kwh) * battery.charge_per_room,
            (kept_kwh - floor_kwh) * battery.discharge_per_room,
        ];
        if let Some(wells) = &self.wells {
            let [out_kwh, in_kwh] = wells.most_kwh(battery, kept_kwh, state.difference_kwh, self.capacity_kwh(battery));
            most_kw[0] = min(most_kw[0], in_kwh / battery.stored_per_charge);
            most_kw[1] = min(most_kw[1], out_kwh / battery.drawn_per_discharge);
        }
        let by_temperature = self.cells.as_ref().map_or([1.0; 2], |cells| cells.shares(state.cell_c));
        let soc = kept_kwh / self.capacity_kwh(battery);
        let mut limits = [0.0; 2];
        for way in 0..2 {
            let by_soc = self.tapers[way].as_ref().map_or(f64::INFINITY, |taper| taper.at(soc));
            let share = min(by_soc, by_temperature[way]);
            let most_kw = max(min(most_kw[way], if share < 1.0 { share * rated_kw[way] } else { f64::INFINITY }), 0.0);
            limits[way] = min(rated_kw[way], self.bent_kw(way, true, most_kw));
        }
        let [charge_kw, discharge_kw] = limits;
        let Some(hybrid) = &self.hybrid else { return DetailLimits { charge_kw, discharge_kw, taken_kw: 0.0 } };
        let now = hybrid.at(step);
        let taken_kw = min(now.clipped_kw, charge_kw);
        DetailLimits {
            charge_kw: hybrid.charge_limit_kw(&now, charge_kw - taken_kw),
            discharge_kw: min(discharge_kw, now.room_kw),
            taken_kw,
        }
    }

    /// The step with `power_kw` at the AC terminals, positive into the bus, beside `taken_kw` unasked.
    pub(super) fn run(
        &self,
        (battery, step): (&BatteryStep, usize),
        stored_kwh: f64,
        state: DetailState,
        (power_kw, taken_kw): (f64, f64),
    ) -> DetailFlow {
        let (charge_kw, discharge_kw) = (max(-power_kw, 0.0), max(power_kw, 0.0));
        let (mut charge_hat_kw, discharge_hat_kw) =
            (self.bent_kw(0, false, charge_kw), self.bent_kw(1, false, discharge_kw));
        let mut of_hybrid = HybridFlow::default();
        if let Some(hybrid) = &self.hybrid {
            let now = hybrid.at(step);
            charge_hat_kw = hybrid.charge_hat_kw(&now, charge_kw) + taken_kw;
            let powers = [charge_kw, charge_hat_kw, discharge_kw];
            of_hybrid = hybrid.run(battery, (&now, taken_kw), powers, self.step_h);
        }
        let change_kwh = battery.change_kwh(charge_hat_kw, discharge_hat_kw);
        let end_kwh = battery.end_kwh(battery.kept_kwh(stored_kwh), change_kwh);
        let leak_kwh = battery.leak_kwh(stored_kwh, change_kwh);
        let (cell_loss_kwh, beside_kwh) = if self.hybrid.is_some() {
            (of_hybrid.cell_loss_kwh, of_hybrid.inverter_loss_kwh)
        } else {
            let bend_kw = (charge_kw - charge_hat_kw) + (discharge_hat_kw - discharge_kw);
            (battery.conversion_loss_kwh(charge_hat_kw, discharge_hat_kw), bend_kw * self.step_h)
        };
        let conversion_loss_kwh = cell_loss_kwh + beside_kwh;
        let entered_kwh = -power_kw * self.step_h + of_hybrid.by_direct_current_kwh();
        let closes = entered_kwh - (end_kwh - stored_kwh) - conversion_loss_kwh - leak_kwh;
        let (cell_c, mean_cell_c) = match &self.cells {
            Some(cells) => cells.run(step, state.cell_c, cell_loss_kwh / self.step_h),
            None => (state.cell_c, state.cell_c),
        };
        let difference_kwh =
            self.wells.as_ref().map_or(state.difference_kwh, |wells| wells.end_kwh(state.difference_kwh, change_kwh));
        DetailFlow {
            end_kwh,
            state: DetailState { difference_kwh, cell_c },
            mean_cell_c,
            conversion_loss_kwh,
            leak_kwh,
            drawn_kwh: discharge_hat_kw * battery.drawn_per_discharge,
            residual_kwh: abs(closes),
            hybrid: of_hybrid,
        }
    }
}
