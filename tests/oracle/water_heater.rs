//! One water heater, from the physics of its documentation: C·dT/dt = P − UA·(T − T_amb) − ṁ·c_p·(T − T_cold), solved in
//! temperatures. Heat drawn and lost are integrals of the temperature over the step, by Simpson's rule on its exact course.

use microgrid::demand::{HeatingRule, WaterHeater};
use microgrid::{Plan, Scenario};

use super::run::{hours, value};

/// Heat of a litre and a kelvin, kWh: 4.186 kJ/(kg·K), a kilogram a litre.
const HEAT: f64 = 4.186 / 3600.0;

#[derive(Debug, Clone)]
pub(crate) struct Tank {
    pub(crate) heater: WaterHeater,
    hours: f64,
    is_cheap: Vec<bool>,
    pub(crate) temperature_c: f64,
    /// Least and most power of the step, and what it takes unasked, kW.
    pub(crate) least_kw: f64,
    pub(crate) most_kw: f64,
    pub(crate) unasked_kw: f64,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HeaterEntry {
    pub(crate) power_kw: f64,
    pub(crate) temperature_c: f64,
    pub(crate) drawn_kwh: f64,
    pub(crate) loss_kwh: f64,
    pub(crate) too_cold: bool,
}

impl Tank {
    /// The heaters of a site at rest.
    pub(crate) fn all(site: &Scenario) -> Vec<Self> {
        let is_cheap = if site.water_heaters.is_empty() { Vec::new() } else { cheap_steps(site) };
        let tank = |heater: &WaterHeater| Self {
            heater: heater.clone(),
            hours: hours(site),
            is_cheap: is_cheap.clone(),
            temperature_c: heater.initial_c,
            least_kw: 0.0,
            most_kw: 0.0,
            unasked_kw: 0.0,
        };
        site.water_heaters.iter().map(tank).collect()
    }

    fn capacity(&self) -> f64 {
        self.heater.volume_l * HEAT
    }

    /// Heat that flows with each kelvin above the room, and above cold water, kW.
    fn conductances(&self, step: usize) -> (f64, f64) {
        (self.heater.loss_kw_per_c, value(&self.heater.draw_l_per_h, step) * HEAT)
    }

    /// The temperature after `time_h` of the step under `power_kw`.
    fn at(&self, step: usize, power_kw: f64, time_h: f64) -> f64 {
        let (to_room, to_water) = self.conductances(step);
        let rate = (to_room + to_water) / self.capacity();
        let inflow = power_kw + to_room * self.heater.ambient_c + to_water * self.heater.cold_water_c;
        if rate == 0.0 {
            return self.temperature_c + inflow * time_h / self.capacity();
        }
        // As a change, for a tank that hardly leaks would settle at thousands of degrees.
        let pulls = inflow - (to_room + to_water) * self.temperature_c;
        self.temperature_c - pulls * (-rate * time_h).exp_m1() / (to_room + to_water)
    }

    /// The power within the rating that comes nearest to ending the step at `end_c`: the end is linear in it.
    fn power_to(&self, step: usize, end_c: f64) -> f64 {
        let (without, with) = (self.at(step, 0.0, self.hours), self.at(step, 1.0, self.hours));
        ((end_c - without) / (with - without)).min(self.heater.rating_kw).max(0.0)
    }

    /// Finds what it can do in the step, and takes what it takes unasked off the surplus.
    pub(crate) fn look(&mut self, step: usize, surplus_kw: &mut f64) {
        self.least_kw = self.power_to(step, self.heater.least_c);
        self.most_kw = self.power_to(step, self.heater.most_c).max(self.least_kw);
        let wanted_kw = match self.heater.heating {
            HeatingRule::Thermostat => self.power_to(step, self.heater.set_c),
            HeatingRule::OffPeak if self.is_cheap[step] => self.power_to(step, self.heater.set_c),
            HeatingRule::OffPeak => 0.0,
            HeatingRule::Surplus => *surplus_kw,
        };
        self.unasked_kw = wanted_kw.min(self.most_kw).max(self.least_kw);
        *surplus_kw -= self.unasked_kw;
    }

    pub(crate) fn advance(&mut self, step: usize, entry: &mut HeaterEntry) {
        let ((to_room, to_water), heater) = (self.conductances(step), &self.heater);
        // Simpson's rule on enough pieces of an exponential is exact to rounding.
        let pieces = 2000;
        let width_h = self.hours / f64::from(pieces);
        let sum: f64 = (0..=pieces)
            .map(|i| {
                let weight = if i == 0 || i == pieces { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
                weight * self.at(step, entry.power_kw, f64::from(i) * width_h)
            })
            .sum();
        let degree_hours = sum * width_h / 3.0;
        entry.loss_kwh = to_room * (degree_hours - heater.ambient_c * self.hours);
        entry.drawn_kwh = to_water * (degree_hours - heater.cold_water_c * self.hours);
        entry.temperature_c = self.at(step, entry.power_kw, self.hours);
        entry.too_cold = entry.temperature_c < heater.least_c - 1e-6;
        self.temperature_c = entry.temperature_c;
    }
}

/// The heaters of a step while it is balanced.
pub(crate) struct Heaters<'m> {
    tanks: &'m [Tank],
    pub(crate) entries: Vec<HeaterEntry>,
}

impl<'m> Heaters<'m> {
    pub(crate) fn asked(tanks: &'m [Tank], asked: &[Option<f64>]) -> Self {
        let held = |(tank, kw): (&Tank, &Option<f64>)| HeaterEntry {
            power_kw: kw.map_or(tank.unasked_kw, |kw| kw.min(tank.most_kw).max(tank.least_kw)),
            ..HeaterEntry::default()
        };
        Self { tanks, entries: tanks.iter().zip(asked).map(held).collect() }
    }

    /// What they take beyond what they would unasked.
    pub(crate) fn beyond_unasked_kw(&self) -> f64 {
        self.entries.iter().zip(self.tanks).map(|(entry, tank)| entry.power_kw - tank.unasked_kw).sum()
    }

    /// The last first; returns what is still short.
    pub(crate) fn cut(&mut self, mut short_kw: f64, altogether: bool) -> f64 {
        for (entry, tank) in self.entries.iter_mut().zip(self.tanks).rev() {
            if altogether || tank.heater.flexible {
                let floor_kw = if altogether { 0.0 } else { tank.least_kw };
                let less_kw = (entry.power_kw - floor_kw).max(0.0).min(short_kw);
                entry.power_kw -= less_kw;
                short_kw -= less_kw;
            }
        }
        short_kw
    }

    /// The first first; returns what is still over.
    pub(crate) fn absorb(&mut self, mut over_kw: f64) -> f64 {
        for (entry, tank) in self.entries.iter_mut().zip(self.tanks).filter(|(_, tank)| tank.heater.flexible) {
            let more_kw = (tank.most_kw - entry.power_kw).max(0.0).min(over_kw);
            entry.power_kw += more_kw;
            over_kw -= more_kw;
        }
        over_kw
    }
}

/// Whether each step's import price is at or below the mean of its day.
fn cheap_steps(site: &Scenario) -> Vec<bool> {
    // The prices that the plan publishes: the bill's oracle checks them.
    let plan = Plan::compile(&Scenario { water_heaters: Vec::new(), ..site.clone() }).unwrap();
    let prices = plan.import_price_per_kwh();
    let days = site.calendar.day_first_step.windows(2).map(|day| &prices[day[0] as usize..day[1] as usize]);
    let of_day = days.flat_map(|of_day| {
        let mean = of_day.iter().sum::<f64>() / of_day.len() as f64;
        of_day.iter().map(move |price| *price <= mean + 1e-9 * mean.abs())
    });
    of_day.collect()
}
