//! Random sites: every device, limit and price term that a scenario can have, in random company.
//!
//! A site is drawn as a [`Recipe`] (what it has, which proptest shrinks part by part) and a seed (its numbers), so that
//! a failing site is shown by a dozen short fields instead of pages of series.

use std::sync::Arc;

use microgrid::demand::{HeatingRule, Load, Tier, ValueOfLostLoad, WaterHeater};
use microgrid::dispatch::{Controller, Dispatch, Request, Site, Strategy};
use microgrid::distribution::{Connection, Transformer};
use microgrid::generation::{FuelCurve, FuelPoint, Genset, SeriesPlant, SpinningReserve};
use microgrid::simulation::Month;
use microgrid::storage::{Battery, Compressor, Electrolyser, FuelCell, HydrogenPlant, HydrogenSale};
use microgrid::utility::{
    CapacityCharge, Carbon, DailyCharge, DemandCharge, DemandContract, DemandDiscount, DemandTerm, DemandTier,
    FixedCharge, MinimumCharge, MinimumCredit, PeriodPrices, PowerFactorAdjustment, PowerFactorLevel, Price,
    PriceComponent, Proration, Ratchet, Tariff,
};
use microgrid::{Calendar, Plan, Scenario, Series};
use proptest::prelude::{ProptestConfig, any, prop};
use proptest::strategy::Strategy as _;
use proptest::test_runner::RngSeed;

/// So many cases, the same in every run, unless `PROPTEST_RNG_SEED` asks for others.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    match config.rng_seed {
        RngSeed::Random => ProptestConfig { rng_seed: RngSeed::Fixed(2), ..config },
        RngSeed::Fixed(_) => config,
    }
}

/// What a site has; by default nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recipe {
    pub(crate) step_s: u32,
    pub(crate) days: u32,
    pub(crate) uneven_days: bool,
    pub(crate) months: u32,
    pub(crate) plants: usize,
    pub(crate) must_take: bool,
    pub(crate) batteries: usize,
    pub(crate) leaks: bool,
    pub(crate) reserves: bool,
    pub(crate) barred: bool,
    pub(crate) grid_forming: bool,
    pub(crate) loads: usize,
    pub(crate) outages: usize,
    pub(crate) limits: Limits,
    pub(crate) transformer: bool,
    pub(crate) import_prices: usize,
    pub(crate) export_prices: usize,
    pub(crate) demand_charges: usize,
    pub(crate) carbon_series: bool,
    /// Drawn from numbers of their own, so that sites without gensets keep theirs.
    pub(crate) gensets: usize,
    /// Likewise.
    pub(crate) water_heaters: usize,
    /// Likewise.
    pub(crate) hydrogen: usize,
    pub(crate) seed: u64,
}

/// How the tie is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Limits {
    #[default]
    None,
    Constant,
    Series,
}

/// Recipes of all kinds of sites.
pub(crate) fn recipe() -> impl proptest::strategy::Strategy<Value = Recipe> {
    let time = (prop::sample::select(vec![900, 1800, 3600]), 1..6u32, any::<bool>(), 1..4u32);
    let devices = (0..4usize, any::<bool>(), 0..3usize, 0..5usize);
    let storage = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let limits = prop::sample::select(vec![Limits::None, Limits::Constant, Limits::Series]);
    let tie = (0..4usize, limits, any::<bool>());
    let utility = (0..4usize, 0..3usize, 0..3usize, any::<bool>());
    (time, devices, storage, tie, utility, any::<u64>()).prop_map(|(time, devices, storage, tie, utility, seed)| {
        let (step_s, days, uneven_days, months) = time;
        let (plants, must_take, batteries, loads) = devices;
        let (leaks, reserves, barred, grid_forming) = storage;
        let (outages, limits, transformer) = tie;
        let (import_prices, export_prices, demand_charges, carbon_series) = utility;
        Recipe {
            step_s,
            days,
            uneven_days,
            months: months.min(days),
            plants,
            must_take,
            batteries,
            leaks,
            reserves,
            barred,
            grid_forming,
            loads,
            outages,
            limits,
            transformer,
            import_prices,
            export_prices,
            demand_charges,
            carbon_series,
            gensets: 0,
            water_heaters: 0,
            hydrogen: 0,
            seed,
        }
    })
}

/// Recipes of sites with gensets, most of them with outages or a tight tie.
pub(crate) fn recipe_with_gensets() -> impl proptest::strategy::Strategy<Value = Recipe> {
    (recipe(), 1..4usize).prop_map(|(recipe, gensets)| Recipe { gensets, ..recipe })
}

/// Recipes of sites with water heaters, half of them with gensets too.
pub(crate) fn recipe_with_water_heaters() -> impl proptest::strategy::Strategy<Value = Recipe> {
    (recipe(), 0..3usize, 1..4usize).prop_map(|(recipe, gensets, water_heaters)| Recipe {
        gensets: gensets.saturating_sub(1),
        water_heaters,
        ..recipe
    })
}

/// Recipes of sites with hydrogen plants, some of them with gensets or water heaters too.
pub(crate) fn recipe_with_hydrogen() -> impl proptest::strategy::Strategy<Value = Recipe> {
    (recipe(), 0..3usize, 0..4usize, 1..3usize).prop_map(|(recipe, gensets, water_heaters, hydrogen)| Recipe {
        gensets: gensets.saturating_sub(1),
        water_heaters: water_heaters.saturating_sub(2),
        hydrogen,
        ..recipe
    })
}

/// Numbers from a seed: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn share(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.share()
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.word() % count as u64) as usize
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// A series that is zero for a part of the time, as sun and shifts are.
    pub(crate) fn series(&mut self, steps: usize, most: f64) -> Vec<f64> {
        (0..steps).map(|_| if self.chance(0.25) { 0.0 } else { self.between(0.0, most) }).collect()
    }
}

/// The site of a recipe. The same recipe gives the same site, and recipes that differ in the seed only give sites of
/// one shape where `shape_seed` is the same.
pub(crate) fn build(recipe: &Recipe) -> Scenario {
    build_lane(recipe, recipe.seed)
}

/// A site of the recipe's shape (time axis, kinds of series, tariff, outages) with numbers of its own.
pub(crate) fn build_lane(recipe: &Recipe, numbers_seed: u64) -> Scenario {
    let shape = &mut Numbers(recipe.seed);
    let numbers = &mut Numbers(numbers_seed ^ 0x5eed);
    let calendar = calendar(recipe, shape);
    let steps = calendar.steps();
    let tariff = tariff(recipe, shape, &calendar);
    let outages = outages(recipe, shape, steps);
    let carbon = if recipe.carbon_series {
        Carbon {
            intensity_kg_per_kwh: (0..steps).map(|_| numbers.between(0.0, 1.2)).collect::<Vec<_>>().into(),
            price_per_kg: 0.08,
        }
    } else {
        Carbon { intensity_kg_per_kwh: numbers.between(0.1, 0.9).into(), price_per_kg: numbers.between(0.0, 0.1) }
    };
    let tiers: Vec<Tier> = (0..recipe.loads).map(|_| Tier::ALL[shape.below(3)]).collect();
    let must_take: Vec<bool> = (0..recipe.plants).map(|_| recipe.must_take && shape.chance(0.5)).collect();
    Scenario {
        generation: must_take.into_iter().map(|must| plant(must, steps, shape, numbers)).collect(),
        gensets: gensets(recipe.gensets, numbers_seed),
        spinning_reserve: spinning_reserve(recipe.gensets, numbers_seed),
        storage: (0..recipe.batteries).map(|i| battery(recipe, i, numbers)).collect(),
        connection: Connection {
            reactive_kvar: tariff.power_factor.is_some().then(|| numbers.series(steps, 60.0).into()),
            ..connection(recipe, steps, numbers)
        },
        water_heaters: water_heaters(recipe.water_heaters, numbers_seed, steps),
        hydrogen: hydrogen(recipe.hydrogen, numbers_seed, steps),
        loads: tiers.into_iter().map(|tier| load(tier, steps, shape, numbers)).collect(),
        value_of_lost_load: ValueOfLostLoad::of_tiers(90.0, 20.0, 3.0),
        tariff: Arc::new(tariff),
        carbon,
        outages,
        stored_value_per_kwh: shape.chance(0.5).then_some(0.4),
        ..Scenario::new("random", calendar)
    }
}

fn calendar(recipe: &Recipe, shape: &mut Numbers) -> Calendar {
    let per_hour = 3600 / recipe.step_s;
    let mut day_first_step = vec![0];
    for _ in 0..recipe.days {
        let hours = if recipe.uneven_days { [23, 24, 25][shape.below(3)] } else { 24 };
        day_first_step.push(day_first_step.last().unwrap() + hours * per_hour);
    }
    let months = (0..recipe.months).map(|i| Month {
        label: format!("month {i}"),
        first_day: i * recipe.days / recipe.months,
        share: if i == 0 { 0.3 } else { 1.0 },
    });
    Calendar { step_s: recipe.step_s, day_first_step, months: months.collect() }
}

fn plant(must_take: bool, steps: usize, shape: &mut Numbers, numbers: &mut Numbers) -> SeriesPlant {
    let power_kw: Series =
        if shape.chance(0.2) { numbers.between(0.0, 40.0).into() } else { numbers.series(steps, 80.0).into() };
    SeriesPlant { scale: numbers.between(0.5, 1.5), curtailable: !must_take, ..SeriesPlant::new("plant", power_kw) }
}

fn load(tier: Tier, steps: usize, shape: &mut Numbers, numbers: &mut Numbers) -> Load {
    let power_kw: Series =
        if shape.chance(0.2) { numbers.between(0.0, 30.0).into() } else { numbers.series(steps, 60.0).into() };
    let (undelivered_kwh, undelivered_cost_per_kwh) = (numbers.between(0.0, 9.0), numbers.between(0.0, 2.0));
    let scale = numbers.between(0.5, 1.5);
    Load { tier, scale, undelivered_kwh, undelivered_cost_per_kwh, ..Load::new(tier.name(), power_kw) }
}

fn battery(recipe: &Recipe, i: usize, numbers: &mut Numbers) -> Battery {
    let soc_min = numbers.between(0.0, 0.4);
    let soc_max = numbers.between(soc_min, 1.0);
    let within = |numbers: &mut Numbers| match numbers.below(4) {
        0 => soc_min,
        1 => soc_max,
        _ => numbers.between(soc_min, soc_max),
    };
    Battery {
        name: format!("battery {i}"),
        capacity_kwh: if numbers.chance(0.1) { 0.0 } else { numbers.between(5.0, 200.0) },
        charge_max_kw: numbers.between(0.0, 80.0),
        discharge_max_kw: numbers.between(0.0, 80.0),
        charge_efficiency: if numbers.chance(0.1) { 1.0 } else { numbers.between(0.7, 1.0) },
        discharge_efficiency: if numbers.chance(0.1) { 1.0 } else { numbers.between(0.7, 1.0) },
        soc_min,
        soc_max,
        initial_soc: within(numbers),
        self_discharge_per_h: if recipe.leaks {
            [0.0, 1e-6, 1e-3, 0.3][numbers.below(4)] * numbers.between(0.5, 2.0)
        } else {
            0.0
        },
        wear_cost_per_kwh: numbers.between(0.0, 0.05),
        charge_from_grid: !(recipe.barred && numbers.chance(0.5)),
        export_to_grid: !(recipe.barred && numbers.chance(0.5)),
        reserve_soc: if recipe.reserves { within(numbers) } else { soc_min },
        grid_forming: recipe.grid_forming && numbers.chance(0.6),
        ageing: None,
        detail: None,
    }
}

fn gensets(count: usize, seed: u64) -> Vec<Genset> {
    let numbers = &mut Numbers(seed ^ 0x6e5e7);
    let genset = |i| {
        let rating_kw = if numbers.chance(0.1) { 0.0 } else { numbers.between(5.0, 90.0) };
        let point = |power_kw: f64, fuel_per_h: f64| FuelPoint { power_kw, fuel_per_h };
        let fuel_curve = if numbers.chance(0.5) {
            FuelCurve::Line {
                no_load_per_rated_kwh: numbers.between(0.0, 0.1),
                slope_per_kwh: numbers.between(0.1, 0.4),
            }
        } else {
            let (half, slope) = (0.5 * rating_kw + 1.0, numbers.between(0.1, 0.3));
            let (first, steeper) = (point(0.0, numbers.between(0.0, 5.0)), slope + numbers.between(0.0, 0.2));
            let middle = point(half, first.fuel_per_h + slope * half);
            FuelCurve::Points(vec![first, middle, point(2.0 * half, middle.fuel_per_h + steeper * half)])
        };
        let mut hours = || [0.0, 0.5, 1.0, 2.2, 6.0][numbers.below(5)];
        let (min_up_h, min_down_h) = (hours(), hours());
        Genset {
            name: format!("genset {i}"),
            min_load: if numbers.chance(0.3) { 0.0 } else { numbers.between(0.1, 0.8) },
            fuel_curve,
            fuel_price_per_unit: numbers.between(0.2, 2.0),
            fuel_carbon_kg_per_unit: numbers.between(0.0, 3.0),
            start_cost: numbers.between(0.0, 20.0),
            min_up_h,
            min_down_h,
            ramp_kw_per_h: if numbers.chance(0.5) { f64::INFINITY } else { numbers.between(5.0, 200.0) },
            grid_forming: numbers.chance(0.7),
            ..Genset::diesel(rating_kw, 1.0)
        }
    };
    (0..count).map(genset).collect()
}

fn water_heaters(count: usize, seed: u64, steps: usize) -> Vec<WaterHeater> {
    let numbers = &mut Numbers(seed ^ 0x7a27);
    let heater = |i| {
        let cold_water_c = numbers.between(0.0, 20.0);
        let most_c = numbers.between(60.0, 95.0);
        let least_c = if numbers.chance(0.2) { cold_water_c } else { numbers.between(cold_water_c, most_c) };
        WaterHeater {
            name: format!("heater {i}"),
            draw_l_per_h: match i % 2 {
                0 => numbers.series(steps, 120.0).into(),
                _ => numbers.between(0.0, 20.0).into(),
            },
            loss_kw_per_c: if numbers.chance(0.2) { 0.0 } else { numbers.between(0.0, 0.01) },
            ambient_c: numbers.between(-10.0, 40.0),
            cold_water_c,
            least_c,
            set_c: numbers.between(least_c, most_c),
            most_c,
            initial_c: numbers.between(cold_water_c, most_c),
            heating: HeatingRule::ALL[numbers.below(3)],
            flexible: numbers.chance(0.7),
            ..WaterHeater::electric(
                numbers.between(20.0, 600.0),
                if numbers.chance(0.1) { 0.0 } else { numbers.between(0.0, 12.0) },
            )
        }
    };
    (0..count).map(heater).collect()
}

/// Plants of all parts, from tanks that fill within hours on.
fn hydrogen(count: usize, seed: u64, steps: usize) -> Vec<HydrogenPlant> {
    let numbers = &mut Numbers(seed ^ 0x42);
    let plant = |i: usize| {
        let parts = numbers.below(4);
        let rating_kw = numbers.between(5.0, 80.0);
        let electrolyser =
            if numbers.chance(0.5) { Electrolyser::pem(rating_kw) } else { Electrolyser::alkaline(rating_kw) };
        let electrolyser = Electrolyser {
            standby_h: [0.0, 0.3, 2.0][numbers.below(3)],
            cold_start_s: [0.0, 100.0, 1800.0, 7200.0][numbers.below(4)],
            ramp_kw_per_h: if numbers.chance(0.7) { f64::INFINITY } else { numbers.between(5.0, 200.0) },
            grid_below_level: if numbers.chance(0.7) { 0.0 } else { numbers.between(0.0, 1.0) },
            grid_up_to_price_per_kwh: if numbers.chance(0.7) { f64::NEG_INFINITY } else { numbers.between(0.0, 1.0) },
            ..electrolyser
        };
        let fuel_cell = FuelCell {
            from_price_per_kwh: if numbers.chance(0.7) { f64::NEG_INFINITY } else { numbers.between(0.0, 1.0) },
            reserve_level: if numbers.chance(0.7) { 0.0 } else { numbers.between(0.0, 1.0) },
            grid_forming: numbers.chance(0.5),
            ..FuelCell::pem(numbers.between(5.0, 60.0))
        };
        let usual = HydrogenPlant::with_tank([0.1, 1.0, 20.0][numbers.below(3)], numbers.between(60.0, 700.0));
        HydrogenPlant {
            name: format!("plant {i}"),
            electrolyser: (parts != 1).then_some(electrolyser),
            compressor: (parts != 1).then(Compressor::default),
            fuel_cell: (parts != 2).then_some(fuel_cell),
            load_kg_per_h: match i % 2 {
                0 => numbers.series(steps, 1.0).into(),
                _ => numbers.between(0.0, 0.3).into(),
            },
            load_price_per_kg: numbers.between(0.0, 8.0),
            unserved_cost_per_kg: numbers.between(0.0, 20.0),
            sale: numbers.chance(0.4).then(|| HydrogenSale {
                price_per_kg: numbers.between(0.0, 5.0),
                most_kg_per_h: numbers.between(0.0, 3.0),
                above_level: numbers.between(0.0, 1.0),
            }),
            stored_value_per_kg: numbers.chance(0.5).then(|| numbers.between(0.0, 9.0)),
            tank: microgrid::storage::HydrogenTank {
                initial_level: [0.0, 0.5, 1.0][numbers.below(3)],
                least_bar: numbers.between(1.0, 40.0),
                temperature_c: numbers.between(-20.0, 40.0),
                ..usual.tank
            },
        }
    };
    (0..count).map(plant).collect()
}

/// None at sites without gensets, and at half of the others.
fn spinning_reserve(gensets: usize, seed: u64) -> SpinningReserve {
    let numbers = &mut Numbers(seed ^ 0x5219);
    if gensets == 0 || numbers.chance(0.5) {
        return SpinningReserve::default();
    }
    SpinningReserve { load_share: numbers.between(0.0, 0.5), generation_share: numbers.between(0.0, 0.8) }
}

fn connection(recipe: &Recipe, steps: usize, numbers: &mut Numbers) -> Connection {
    let mut limit = |most: f64| match recipe.limits {
        Limits::None => f64::INFINITY.into(),
        Limits::Constant => {
            let least = if numbers.chance(0.2) { 0.0 } else { numbers.between(0.0, most) };
            least.into()
        }
        Limits::Series => numbers.series(steps, most).into(),
    };
    let (import_limit_kw, export_limit_kw) = (limit(120.0), limit(60.0));
    let transformer = recipe.transformer.then(|| Transformer {
        rating_kva: numbers.between(20.0, 150.0),
        load_power_factor: numbers.between(0.8, 1.0),
    });
    Connection { import_limit_kw, export_limit_kw, transformer, reactive_kvar: None }
}

fn outages(recipe: &Recipe, shape: &mut Numbers, steps: usize) -> Vec<std::ops::Range<u32>> {
    let mut from = 0;
    let outages = (0..recipe.outages).map(|_| {
        let start = from + shape.below(steps / 4) as u32;
        let end = start + 1 + shape.below(8) as u32;
        from = end;
        start..end
    });
    outages.filter(|outage| outage.end as usize <= steps).collect()
}

fn tariff(recipe: &Recipe, shape: &mut Numbers, calendar: &Calendar) -> Tariff {
    let mut components = |count: usize, most: f64| {
        let component = |i| PriceComponent { name: format!("component {i}"), price: price(shape, calendar, most) };
        (0..count).map(component).collect::<Vec<_>>()
    };
    let (import, export) = (components(recipe.import_prices, 1.0), components(recipe.export_prices, 0.4));
    Tariff {
        import,
        export,
        demand: (0..recipe.demand_charges).map(|_| demand_charge(recipe, shape, calendar)).collect(),
        capacity: vec![CapacityCharge { name: "capacity".into(), price_per_kva: 20.0, capacity_kva: 160.0 }],
        fixed: vec![FixedCharge {
            name: "meter".into(),
            price_per_month: (0..calendar.months.len()).map(|_| shape.between(0.0, 90.0)).collect(),
        }],
        daily: vec![DailyCharge { name: "day".into(), price_per_day: 1.5 }],
        power_factor: shape.chance(0.3).then(|| PowerFactorAdjustment {
            name: "power factor".into(),
            levels: [(0.0, 60.0), (0.7, 15.0), (0.9, 0.0), (0.95, -1.0)]
                .map(|(from, percent)| PowerFactorLevel { from, percent })
                .to_vec(),
        }),
        minimum: shape.chance(0.3).then(|| minimum(shape, calendar.months.len())),
        proration: Proration::ALL[shape.below(4)],
        export_above_import: true,
        ..Tariff::default()
    }
}

fn price(shape: &mut Numbers, calendar: &Calendar, most: f64) -> Price {
    match shape.below(3) {
        0 => Price::Constant(shape.between(-0.1, most)),
        1 => {
            let periods = 1 + shape.below(4);
            let rows = if shape.chance(0.5) { 1 } else { calendar.months.len() };
            // By the hour of day, so that prices have shape.
            let by_hour: Vec<u16> = (0..25).map(|_| shape.below(periods) as u16).collect();
            let per_hour = 3600 / calendar.step_s;
            let hours = calendar.day_first_step.windows(2).flat_map(|day| (0..day[1] - day[0]).map(|s| s / per_hour));
            Price::Periods(PeriodPrices {
                periods: (0..periods).map(|period| format!("period {period}")).collect(),
                period_of_step: hours.map(|hour| by_hour[hour as usize]).collect(),
                price_per_kwh: (0..rows).map(|_| (0..periods).map(|_| shape.between(0.0, most)).collect()).collect(),
            })
        }
        _ => Price::Steps((0..calendar.steps()).map(|_| shape.between(-0.2, most)).collect()),
    }
}

fn minimum(shape: &mut Numbers, months: usize) -> MinimumCharge {
    MinimumCharge {
        price_per_month: if shape.chance(0.5) { shape.between(0.0, 2e4) } else { shape.between(0.0, 500.0) },
        pool_of_month: shape.chance(0.4).then(|| groups(shape, months)),
        credit: [MinimumCredit::Lost, MinimumCredit::Carried, MinimumCredit::OnTop][shape.below(3)],
    }
}

/// Months in groups that follow each other.
fn groups(shape: &mut Numbers, months: usize) -> Vec<u32> {
    let mut group = 0;
    let mut next = |month: usize| {
        group += u32::from(month > 0 && shape.chance(0.5));
        group
    };
    (0..months).map(&mut next).collect()
}

fn demand_charge(recipe: &Recipe, shape: &mut Numbers, calendar: &Calendar) -> DemandCharge {
    let fits = [900, 1800, 3600].into_iter().filter(|window| *window <= recipe.step_s || window % recipe.step_s == 0);
    let windows: Vec<u32> = fits.collect();
    let months = if shape.chance(0.5) { 1 } else { calendar.months.len() };
    let mut charge = DemandCharge {
        price_per_kw: (0..months).map(|_| shape.between(0.0, 50.0)).collect(),
        counted_steps: shape.chance(0.5).then(|| (0..calendar.steps()).map(|_| shape.chance(0.5)).collect()),
        peak_so_far_kw: if shape.chance(0.3) { shape.between(0.0, 120.0) } else { 0.0 },
        ..DemandCharge::new("demand", 0.0, windows[shape.below(windows.len())])
    };
    if charge.window_s > recipe.step_s && shape.chance(0.5) {
        charge.slide_s = Some(recipe.step_s);
    }
    if shape.chance(0.25) {
        let term_of_month = groups(shape, calendar.months.len());
        charge.term = Some(DemandTerm { term_of_month, price_months: 1 + shape.below(12) as u32 });
    } else {
        charge.ratchet = shape.chance(0.4).then(|| ratchet(shape, calendar.months.len()));
        charge.discount = shape.chance(0.3).then(|| DemandDiscount {
            from_kwh_per_kva: shape.between(0.1, 10.0),
            capacity_kva: 160.0,
            factor: shape.share(),
        });
    }
    if shape.chance(0.4) {
        charge.contract = Some(DemandContract {
            contract_kw: shape.between(1.0, 150.0),
            floor_percent: shape.between(0.0, 110.0),
            excess_above_percent: shape.between(100.0, 130.0),
            excess_factor: shape.between(1.0, 3.0),
        });
    } else if shape.chance(0.5) {
        let tier = |above: f64, price: f64| DemandTier { above_kw: vec![above], price_per_kw: vec![price] };
        let above = shape.between(0.0, 80.0);
        charge.tiers = vec![
            tier(above, shape.between(0.0, 50.0)),
            tier(above + shape.between(0.0, 60.0), shape.between(0.0, 50.0)),
        ];
    }
    charge
}

fn ratchet(shape: &mut Numbers, months: usize) -> Ratchet {
    Ratchet {
        look_back_months: 1 + shape.below(4) as u32,
        percent: shape.between(0.0, 100.0),
        earlier_peaks_kw: (0..shape.below(4)).map(|_| shape.between(0.0, 120.0)).collect(),
        counted_months: shape.chance(0.5).then(|| (0..months).map(|_| shape.chance(0.6)).collect()),
    }
}

/// The plan of a site; a random site that is refused is a mistake of this file.
pub(crate) fn compile(scenario: &Scenario) -> Plan {
    Plan::compile(scenario).unwrap_or_else(|problems| panic!("random sites are valid:\n{problems}"))
}

/// Every built-in rule whose decisions need no search, by index.
pub(crate) const RULES: [Dispatch; 4] =
    [Dispatch::Idle, Dispatch::SelfConsumption, Dispatch::PeakShaving { target_kw: Some(25.0) }, Dispatch::TimeOfUse];

/// Every rule for sites with gensets, and those that leave gensets to the order of recourse.
pub(crate) const GENSET_RULES: [Dispatch; 9] = [
    Dispatch::LoadFollowing,
    Dispatch::CycleCharging { setpoint_soc: 0.7 },
    Dispatch::CycleCharging { setpoint_soc: 0.0 },
    Dispatch::Combined,
    Dispatch::PriorityList,
    Dispatch::Idle,
    Dispatch::SelfConsumption,
    Dispatch::PeakShaving { target_kw: Some(25.0) },
    Dispatch::TimeOfUse,
];

/// A strategy that asks for anything, within limits and far beyond, and remembers where it was.
#[derive(Debug, Clone)]
pub(crate) struct Whim {
    numbers: Numbers,
    /// Sum of the stored energies it has seen, kWh; its requests depend on it.
    seen_kwh: f64,
}

impl Whim {
    pub(crate) fn controller(seed: u64) -> Controller {
        Controller::own("whim", "none", Box::new(Self { numbers: Numbers(seed), seen_kwh: 0.0 }))
    }
}

impl Strategy for Whim {
    fn decide(&mut self, site: &Site, ask: &mut Request) {
        for (i, battery) in site.batteries().iter().enumerate() {
            self.seen_kwh += battery.stored_kwh();
            let kw = self.numbers.between(-50.0, 50.0) + (self.seen_kwh % 7.0);
            match self.numbers.below(6) {
                0 => {}
                1 => ask.battery(i).charge(battery.charge_limit_kw()),
                2 => ask.battery(i).discharge(battery.discharge_limit_kw()),
                3 => ask.battery(i).power(-1e9 * kw),
                4 if kw < 0.0 => ask.battery(i).charge(-kw),
                4 => ask.battery(i).discharge(kw),
                _ => ask.battery(i).power(kw),
            }
        }
        for (i, genset) in site.gensets().iter().enumerate() {
            let kw = self.numbers.between(-20.0, 1.5 * genset.rating_kw()).max(0.0);
            match self.numbers.below(5) {
                0 | 1 => {}
                2 => ask.genset(i).run(genset.least_kw()),
                3 => ask.genset(i).run(1e9 * kw),
                _ => ask.genset(i).run(kw),
            }
        }
    }

    fn save(&self) -> Vec<f64> {
        vec![(self.numbers.0 >> 32) as f64, (self.numbers.0 & 0xffff_ffff) as f64, self.seen_kwh]
    }

    fn restore(&mut self, memory: &[f64]) {
        self.numbers = Numbers(((memory[0] as u64) << 32) | memory[1] as u64);
        self.seen_kwh = memory[2];
    }
}
