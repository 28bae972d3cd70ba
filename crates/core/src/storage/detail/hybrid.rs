//! A battery on the direct-current side of a solar plant, behind the plant's inverter, which then is a hybrid one.

use crate::simulation::SeriesChecks;
use crate::simulation::lane::{max, min};
use crate::storage::BatteryStep;
use crate::{Problem, Problems, Series};

/// The inverter that a battery shares with a solar plant.
///
/// # Model
/// One inverter with the efficiency η stands between the site's bus and a bus of direct current, on which are the plant's arrays
/// and the battery. In a step in which the plant could give g kW to the site and the inverter clips C kW of its direct current:
/// - the battery takes what of C it has room and power for, unasked: it is free. Where it is locked out (`idle`) it takes nothing;
/// - asked to charge x kW at its AC terminals, the inverter gives the site x kW less, which leaves x/η of direct current: for x up
///   to g. Beyond g, and beyond it only, the inverter turns round and takes the rest from the bus, with the efficiency of the
///   rectifier, up to its rating;
/// - asked to discharge y kW, the inverter gives g + y, at most its rating, and draws y/η from the battery.
///
/// The battery's own numbers are those seen at the bus: `charge_efficiency` is that of its direct-current terminals over η, and may be
/// above 1, since charging from the arrays spares the inverter's loss; `discharge_efficiency` is that times η, and both powers too.
/// In the books, what came by direct current beyond what the site went without ([`HybridTotals`](crate::simulation::HybridTotals):
/// what was clipped and taken, and the spared loss) counts as generation and as charge.
///
/// η is one number: that of the plant's inverter at its rating. Sub-steps in which it clips are summed before the run, so that hourly
/// steps of quarter-hourly clipping are clipped as much; the room of the inverter is that of the step's mean.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HybridInverter {
    /// Which plant of [`Scenario::generation`](crate::Scenario), counted from 0.
    pub plant: u32,
    /// Direct current that the inverter does not pass, kW for each unit of the plant's scale, at least 0.
    pub clipped_kw: Series,
    /// The inverter's rating, kW for each unit of the plant's scale, at least 0.
    pub rated_kw: f64,
    /// Alternating per direct current at the rating, 0.5 to 1.
    pub inverter_efficiency: f64,
    /// Direct per alternating current where the battery charges from the bus, 0.5 to `1`; `None` where it cannot, and charges from
    /// its plant alone.
    pub rectifier_efficiency: Option<f64>,
}

impl HybridInverter {
    pub(super) fn check(
        &self,
        problems: &mut Problems,
        field: core::fmt::Arguments<'_>,
        checks: &mut SeriesChecks<'_>,
    ) {
        checks.series(&self.clipped_kw, problems, format_args!("{field}.clipped_kw"), 0.0, 1e9);
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("rated_kw", self.rated_kw, 0.0, 1e9);
        range("inverter_efficiency", self.inverter_efficiency, 0.5, 1.0);
        if let Some(efficiency) = self.rectifier_efficiency {
            range("rectifier_efficiency", efficiency, 0.5, 1.0);
        }
    }

    /// What every battery's inverter asks of the others and of the plants: that there is one, and that it is no other's.
    pub(crate) fn check_all(scenario: &crate::Scenario, problems: &mut Problems) {
        let of = |battery: &crate::storage::Battery| {
            battery.detail.as_ref().and_then(|detail| detail.hybrid.as_ref()).map(|hybrid| hybrid.plant)
        };
        for (i, battery) in scenario.storage.iter().enumerate() {
            let Some(plant) = of(battery) else { continue };
            let field = format_args!("storage.battery[{i}].hybrid.plant");
            let plants = scenario.generation.len();
            if plant as usize >= plants {
                let problem = Problem::new(field, "is no plant of the site").value(plant);
                problems.push(problem.allowed(alloc::format!("below the number of plants, {plants}")));
            }
            if let Some(other) = scenario.storage[..i].iter().position(|other| of(other) == Some(plant)) {
                let problem = Problem::new(field, alloc::format!("is already that of battery {other}")).value(plant);
                problems.push(problem.hint("make the batteries behind one inverter one battery"));
            }
        }
    }
}

/// The numbers of [`HybridInverter`] for one plan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HybridStep {
    plant_kw: Series,
    clipped_kw: Series,
    scale: f64,
    rated_kw: f64,
    /// η.
    efficiency: f64,
    per_efficiency: f64,
    /// Of the rectifier, 0 where there is none; and the power that the plain battery's equations take for a kW of it, η·η_r.
    rectifier: f64,
    kept_by_rectifier: f64,
}

/// What a step brings.
#[derive(Debug, Clone, Copy)]
pub(super) struct HybridNow {
    /// What the plant could give to the site, g, kW.
    plant_kw: f64,
    /// What would be clipped, as power at the bus, η·C, kW.
    pub(super) clipped_kw: f64,
    /// What the inverter could give beside the plant, kW.
    pub(super) room_kw: f64,
}

/// What a step did beside the plain battery's equations, kWh.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HybridFlow {
    /// What the inverter clipped, and what of it the battery took, as direct current.
    pub(super) clipped_kwh: f64,
    pub(super) taken_kwh: f64,
    /// The inverter's loss that charging from the arrays spared.
    pub(super) spared_kwh: f64,
    /// Lost in the inverter by what the battery gave, and in the rectifier.
    pub(super) inverter_loss_kwh: f64,
    /// Lost at the battery's direct-current terminals.
    pub(super) cell_loss_kwh: f64,
}

impl HybridFlow {
    /// What came by direct current beyond what the site went without.
    pub(super) fn by_direct_current_kwh(&self) -> f64 {
        self.taken_kwh + self.spared_kwh
    }
}

impl HybridStep {
    pub(super) fn new(hybrid: &HybridInverter, generation: &[crate::generation::SeriesPlant]) -> Self {
        let plant = &generation[hybrid.plant as usize];
        let rectifier = hybrid.rectifier_efficiency.unwrap_or(0.0);
        Self {
            plant_kw: plant.power_kw.clone(),
            clipped_kw: hybrid.clipped_kw.clone(),
            scale: plant.scale,
            rated_kw: hybrid.rated_kw * plant.scale,
            efficiency: hybrid.inverter_efficiency,
            per_efficiency: 1.0 / hybrid.inverter_efficiency,
            rectifier,
            kept_by_rectifier: hybrid.inverter_efficiency * rectifier,
        }
    }

    pub(super) fn at(&self, step: usize) -> HybridNow {
        let plant_kw = self.scale * self.plant_kw.at(step);
        HybridNow {
            plant_kw,
            clipped_kw: self.efficiency * (self.scale * self.clipped_kw.at(step)),
            room_kw: max(self.rated_kw - plant_kw, 0.0),
        }
    }

    /// Most charge at the bus where the plain battery's equations leave room for `most_kw`.
    pub(super) fn charge_limit_kw(&self, now: &HybridNow, most_kw: f64) -> f64 {
        let beyond_kw = most_kw - now.plant_kw;
        if beyond_kw <= 0.0 || self.rectifier == 0.0 {
            return min(most_kw, now.plant_kw);
        }
        now.plant_kw + min(beyond_kw / self.kept_by_rectifier, self.rated_kw)
    }

    /// What the plain battery's equations take for a charge at the bus.
    pub(super) fn charge_hat_kw(&self, now: &HybridNow, charge_kw: f64) -> f64 {
        let own_kw = min(charge_kw, now.plant_kw);
        own_kw + (charge_kw - own_kw) * self.kept_by_rectifier
    }

    /// What a step with these powers did; of charge what the plain battery's equations took in all.
    pub(super) fn run(
        &self,
        battery: &BatteryStep,
        (now, taken_kw): (&HybridNow, f64),
        [charge_kw, charge_hat_kw, discharge_kw]: [f64; 3],
        step_h: f64,
    ) -> HybridFlow {
        let own_kw = min(charge_kw, now.plant_kw);
        let [into_kwh, out_of_kwh] = [charge_hat_kw, discharge_kw].map(|kw| kw * self.per_efficiency * step_h);
        let lost_in = 1.0 - battery.stored_per_charge * self.efficiency / step_h;
        let lost_out = battery.drawn_per_discharge * self.efficiency / step_h - 1.0;
        let inverter_kw = discharge_kw * (self.per_efficiency - 1.0) + (charge_kw - own_kw) * (1.0 - self.rectifier);
        HybridFlow {
            clipped_kwh: now.clipped_kw * self.per_efficiency * step_h,
            taken_kwh: taken_kw * self.per_efficiency * step_h,
            spared_kwh: own_kw * (self.per_efficiency - 1.0) * step_h,
            inverter_loss_kwh: inverter_kw * step_h,
            cell_loss_kwh: lost_in * into_kwh + lost_out * out_of_kwh,
        }
    }
}
