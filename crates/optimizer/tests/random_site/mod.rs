//! Random short sites.

use microgrid_core::demand::{Load, Tier, ValueOfLostLoad};
use microgrid_core::distribution::Transformer;
use microgrid_core::generation::{FuelCurve, FuelPoint, Genset, SeriesPlant};
use microgrid_core::storage::Battery;
use microgrid_core::utility::{
    CapacityCharge, Carbon, DemandCharge, DemandContract, DemandDiscount, DemandTerm, DemandTier, FixedCharge,
    MinimumCharge, MinimumCredit, PowerFactorAdjustment, PowerFactorLevel, Price, PriceComponent, Proration, Ratchet,
    Tariff,
};
use microgrid_core::{Calendar, Scenario, Series};

/// Random numbers by splitmix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.bits().is_multiple_of(n)
    }
    pub(crate) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[(self.bits() % values.len() as u64) as usize]
    }
    fn series(&mut self, steps: usize, make: impl Fn(&mut Self) -> f64) -> Vec<f64> {
        (0..steps).map(|_| make(self)).collect()
    }
}

fn battery(random: &mut Random) -> Battery {
    let lossless = random.one_in(4);
    let mut efficiency = || if lossless { 1.0 } else { random.between(0.8, 1.0) };
    let (charge_efficiency, discharge_efficiency) = (efficiency(), efficiency());
    let soc_min = random.pick(&[0.0, 0.2]);
    Battery {
        charge_max_kw: random.pick(&[2.0, 10.0, 40.0]),
        discharge_max_kw: random.pick(&[2.0, 10.0, 40.0]),
        charge_efficiency,
        discharge_efficiency,
        soc_min,
        initial_soc: random.pick(&[0.2, 0.3, 0.7, 1.0]),
        self_discharge_per_h: random.pick(&[0.0, 0.0, 0.001, 0.05]),
        wear_cost_per_kwh: random.pick(&[0.0, 0.0, 0.03]),
        charge_from_grid: !random.one_in(4),
        export_to_grid: !random.one_in(4),
        reserve_soc: soc_min,
        grid_forming: random.one_in(2),
        ..Battery::lithium_iron_phosphate(random.pick(&[3.0, 20.0, 60.0]), 1.0)
    }
}

/// A site of one battery and one to four days on which the exact plan is exact: no price is negative, export pays at
/// most what import costs, lost load is worth more than any import. Peaks are charged by step only. Energy is held in
/// reserve only where nothing takes the store below: no outage, no self-discharge.
pub(crate) fn convex(seed: u64) -> Scenario {
    let random = &mut Random(seed);
    let days = 1 + (random.bits() % 2) as u32;
    let step_s = random.pick(&[1800, 3600]);
    let mut site = Scenario::new("convex", Calendar::days(step_s, days));
    let steps = site.calendar.steps();
    // Few different prices make ties; 0 and equal prices among them.
    let prices: &[f64] = if random.one_in(2) { &[0.0, 0.1, 0.2, 0.4] } else { &[0.05, 0.11, 0.23, 0.31, 0.47] };
    let import = random.series(steps, |r| if r.one_in(3) { r.between(0.0, 0.5) } else { r.pick(prices) });
    let share = random.pick(&[0.0, 0.5, 1.0]);
    let export: Vec<f64> = import.iter().map(|price| price * share).collect();
    let component = |prices: Vec<f64>| PriceComponent { name: "energy".into(), price: Price::Steps(prices.into()) };
    let mut tariff = Tariff { import: vec![component(import)], export: vec![component(export)], ..Tariff::default() };
    if random.one_in(2) {
        let mut charge = DemandCharge::new("demand", random.pick(&[0.0, 0.2, 1.0]), step_s);
        if random.one_in(2) {
            charge.counted_steps = Some((0..steps).map(|_| !random.one_in(3)).collect());
        }
        tariff.demand.push(charge);
    }
    site.tariff = tariff.into();
    site.carbon = Carbon {
        intensity_kg_per_kwh: random.series(steps, |r| r.between(0.2, 0.8)).into(),
        price_per_kg: random.pick(&[0.0, 0.1]),
    };
    site.loads = vec![Load::new("load", random.series(steps, |r| r.between(0.0, 15.0)))];
    if random.one_in(2) {
        let power = random.series(steps, |r| r.between(0.0, 15.0));
        site.loads.push(Load { tier: Tier::Sheddable, ..Load::new("sheddable", power) });
    }
    site.value_of_lost_load = ValueOfLostLoad::of_tiers(20.0, 12.0, 7.0);
    let sun = random.series(steps, |r| if r.one_in(2) { 0.0 } else { r.between(0.0, 40.0) });
    site.generation = vec![SeriesPlant::new("solar", sun)];
    if random.one_in(2) {
        site.connection.import_limit_kw = random.series(steps, |r| r.between(0.0, 30.0)).into();
        site.connection.export_limit_kw = random.series(steps, |r| r.between(0.0, 20.0)).into();
    }
    if random.one_in(4) {
        site.connection.transformer = Some(Transformer { rating_kva: 25.0, load_power_factor: 0.9 });
    }
    let mut battery = battery(random);
    if random.one_in(3) {
        let first = (random.bits() % (steps as u64 - 6)) as u32;
        site.outages.push(first..first + 1 + (random.bits() % 5) as u32);
    } else if random.one_in(2) && battery.self_discharge_per_h == 0.0 {
        battery.reserve_soc = battery.initial_soc.min(0.6);
    }
    site.storage = vec![battery];
    site.stored_value_per_kwh = random.pick(&[None, Some(0.0), Some(0.1), Some(0.3)]);
    site
}

/// A site of up to three batteries with anything in it that the linear programme knows.
pub(crate) fn any(seed: u64) -> Scenario {
    let random = &mut Random(seed ^ 0xa5a5);
    let mut site = convex(seed);
    let steps = site.calendar.steps();
    site.storage = (0..1 + random.bits() % 3).map(|_| self::battery(random)).collect();
    let (reserves, rules) = (random.one_in(4), random.one_in(3));
    for battery in &mut site.storage {
        battery.reserve_soc = if reserves { 0.5 } else { battery.soc_min };
        battery.charge_from_grid |= !rules;
        battery.export_to_grid |= !rules;
    }
    if random.one_in(2) {
        site.outages.clear();
        site.connection.import_limit_kw = 200.0.into();
        site.connection.transformer = None;
    }
    if random.one_in(2) {
        site.calendar = months(&site.calendar).into();
    }
    let count = site.calendar.months.len();
    if random.one_in(5) {
        site.gensets = (0..1 + random.bits() % 2).map(|_| genset(random)).collect();
    }
    if random.one_in(6) {
        site.generation[0].curtailable = false;
        let first = (random.bits() % 8) as u32;
        site.outages = vec![first..first + 3, first + 6..first + 8];
    }
    let mut tariff = (*site.tariff).clone();
    if random.one_in(6) {
        let negative: Vec<f64> = (0..steps).map(|_| random.between(-0.4, 0.4)).collect();
        tariff.import.push(PriceComponent { name: "spot".into(), price: Price::Steps(negative.clone().into()) });
        if random.one_in(2) {
            tariff.export.push(PriceComponent { name: "spot".into(), price: Price::Steps(negative.into()) });
        }
        tariff.export_above_import = true;
    }
    for charge in &mut tariff.demand {
        charge.window_s = random.pick(&[1800, 3600]);
        let step_s = site.calendar.step_s;
        if charge.window_s < step_s {
            charge.window_s = step_s;
        }
        charge.ratchet = random.one_in(2).then(|| Ratchet {
            look_back_months: 1 + (random.bits() % 2) as u32,
            percent: 80.0,
            earlier_peaks_kw: if random.one_in(2) { vec![12.0, 5.0] } else { Vec::new() },
            counted_months: random.one_in(2).then(|| (0..count).map(|_| !random.one_in(3)).collect()),
        });
        charge.contract = random.one_in(2).then(|| DemandContract {
            contract_kw: random.between(5.0, 30.0),
            floor_percent: 40.0,
            excess_above_percent: 105.0,
            excess_factor: 2.0,
        });
        charge.discount = random.one_in(4).then(|| DemandDiscount {
            from_kwh_per_kva: random.between(1.0, 20.0),
            capacity_kva: 20.0,
            factor: 0.9,
        });
        if charge.window_s > step_s && random.one_in(2) {
            charge.slide_s = Some(step_s);
        }
        if random.one_in(3) {
            charge.peak_so_far_kw = random.between(0.0, 20.0);
        }
        if random.one_in(4) {
            (charge.ratchet, charge.discount) = (None, None);
            charge.term = Some(DemandTerm { term_of_month: vec![0; count], price_months: 2 });
        }
        if charge.contract.is_none() && random.one_in(2) {
            let tier = |above: f64, price: f64| DemandTier { above_kw: vec![above], price_per_kw: vec![price] };
            charge.tiers = vec![tier(4.0, random.between(0.0, 2.0)), tier(9.0, random.between(0.0, 2.0))];
        }
    }
    if random.one_in(2) {
        tariff.capacity = vec![CapacityCharge { name: "capacity".into(), price_per_kva: 0.3, capacity_kva: 40.0 }];
        tariff.fixed = vec![FixedCharge { name: "fixed".into(), price_per_month: vec![7.0] }];
    }
    if random.one_in(6) {
        let level = |from, percent| PowerFactorLevel { from, percent };
        let levels = vec![level(0.0, 20.0), level(0.8, 5.0), level(0.9, 0.0), level(0.95, -0.75)];
        tariff.power_factor = Some(PowerFactorAdjustment { name: "power factor".into(), levels });
        site.connection.reactive_kvar = Some(Series::Constant(random.between(0.0, 10.0)));
    }
    tariff.minimum = random.one_in(3).then(|| MinimumCharge {
        price_per_month: random.between(0.0, 60.0),
        pool_of_month: random.one_in(3).then(|| vec![0; count]),
        credit: random.pick(&[MinimumCredit::Lost, MinimumCredit::Carried, MinimumCredit::OnTop]),
    });
    tariff.proration = random.pick(&Proration::ALL);
    site.tariff = tariff.into();
    if random.one_in(10) {
        site.stored_value_per_kwh = Some(-0.2);
    }
    site
}

fn genset(random: &mut Random) -> Genset {
    let rating_kw = random.pick(&[8.0, 20.0]);
    let point =
        |power: f64, fuel_per_h: f64| FuelPoint { power_kw: power * rating_kw, fuel_per_h: fuel_per_h * rating_kw };
    let line = FuelCurve::Line { no_load_per_rated_kwh: 0.05, slope_per_kwh: 0.25 };
    let points = FuelCurve::Points(vec![point(0.2, 0.09), point(0.6, 0.18), point(1.0, 0.3)]);
    Genset {
        min_load: random.pick(&[0.2, 0.4]),
        fuel_curve: if random.one_in(2) { line } else { points },
        start_cost: random.pick(&[0.0, 1.5]),
        min_up_h: random.pick(&[0.0, 2.0, 5.0]),
        min_down_h: random.pick(&[0.0, 1.5, 4.0]),
        ramp_kw_per_h: random.pick(&[f64::INFINITY, 5.0, 12.0]),
        grid_forming: random.one_in(2),
        ..Genset::diesel(rating_kw, random.pick(&[0.4, 1.2]))
    }
}

/// The same days, each a billing month of its own.
pub(crate) fn months(calendar: &Calendar) -> Calendar {
    let month = |day: u32| microgrid_core::simulation::Month {
        label: format!("{day}"),
        first_day: day,
        share: if day == 0 { 0.5 } else { 1.0 },
    };
    let days = calendar.day_first_step.len() as u32 - 1;
    Calendar { months: (0..days).map(month).collect(), ..calendar.clone() }
}
