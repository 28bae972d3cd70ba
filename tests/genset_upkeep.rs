//! Promise: what a genset costs beside its fuel, a second fuel, and its heat are what they are by hand; whoever decides counts them;
//! the books close, and bounds hold.

use microgrid::demand::WaterHeater;
use microgrid::dispatch::Dispatch;
use microgrid::generation::{FuelCurve, FuelUnit, Genset, HeatRecovery, SecondFuel};
use microgrid::simulation::Carrier;
use microgrid::{Calendar, Load, Outcome, Plan, Scenario, Tariff, run};

fn genset() -> Genset {
    Genset {
        min_load: 0.0,
        fuel_curve: FuelCurve::Line { no_load_per_rated_kwh: 0.02, slope_per_kwh: 0.25 },
        ..Genset::diesel(100.0, 1.0)
    }
}

/// An island with so many hours of 40 kW and none of the rest of the day.
fn island(genset: Genset, hours: usize) -> Scenario {
    let mut site = Scenario::new("island", Calendar::days(3600, 1));
    site.loads = vec![Load::new("works", (0..24).map(|h| if h < hours { 40.0 } else { 0.0 }).collect::<Vec<_>>())];
    site.gensets = vec![genset];
    site.connection.import_limit_kw = 0.0.into();
    site.connection.export_limit_kw = 0.0.into();
    site
}

fn only(site: &Scenario, dispatch: Dispatch) -> Outcome {
    run(site, &[dispatch], None).unwrap().remove(0)
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * (1.0 + expected.abs()), "found {found}, expected {expected}");
}

/// Five hours at 40 kW: 12 L/h. Two of maintenance an hour, and 30 000 over 15 000 h is two more.
#[test]
fn an_hour_costs_maintenance_and_its_part_of_a_life() {
    let worn = Genset { maintenance_cost_per_h: 2.0, life_h: 15_000.0, replacement_cost: 30_000.0, ..genset() };
    let outcome = only(&island(worn, 5), Dispatch::LoadFollowing);
    let totals = &outcome.gensets[0];
    near(totals.fuel, 60.0);
    near(totals.running_cost, 20.0);
    near(totals.life_used_percent, 100.0 * 5.0 / 15_000.0);
    near(outcome.money.wear_cost, 20.0);
    near(outcome.money.objective, 80.0);
    let bound = outcome.bound.unwrap().objective.unwrap();
    assert!(bound <= 80.0 + 1e-9, "{bound}");
}

/// Under a grid price between fuel and fuel with upkeep the plan lets the genset rest.
#[test]
fn plans_count_the_hours() {
    let mut site = island(Genset { maintenance_cost_per_h: 10.0, ..genset() }, 24);
    site.connection.import_limit_kw = 100.0.into();
    // Fuel alone is 0.30 a kWh at 40 kW, with upkeep 0.55.
    site.tariff = Tariff::flat(0.45, 0.0).into();
    let outcome = only(&site, Dispatch::Optimal);
    near(outcome.gensets[0].running_h, 0.0);
    site.gensets[0].maintenance_cost_per_h = 0.0;
    let outcome = only(&site, Dispatch::Optimal);
    near(outcome.gensets[0].running_h, 24.0);
}

/// Of each cubic metre of gas comes with 0.05 L of diesel: amounts, price and carbon by hand.
#[test]
fn a_second_fuel_comes_with_the_first() {
    let second_fuel =
        Some(SecondFuel { unit: FuelUnit::Litre, per_unit: 0.05, price_per_unit: 8.0, carbon_kg_per_unit: 2.7 });
    let gas = Genset {
        fuel_unit: FuelUnit::CubicMetre,
        fuel_price_per_unit: 3.0,
        fuel_carbon_kg_per_unit: 1.9,
        second_fuel,
        ..genset()
    };
    let outcome = only(&island(gas, 5), Dispatch::LoadFollowing);
    let totals = &outcome.gensets[0];
    near(totals.fuel, 60.0);
    let (litres, unit) = totals.second_fuel.unwrap();
    near(litres, 3.0);
    assert_eq!((totals.fuel_unit, unit), ("m3", "L"));
    near(totals.fuel_cost, 60.0 * 3.0 + 3.0 * 8.0);
    near(outcome.carbon_kg, 60.0 * 1.9 + 3.0 * 2.7);
    near(outcome.money.objective, totals.fuel_cost);
}

/// 12 L/h of 10 kWh are 120 kW, of which 40 are power: of the other 80 half is heat. A tank of 1000 L from 10 to 60 °C takes
/// 58.1 kWh of the 200 in five hours, and stays hot; the rest is lost by name. The tank's own element, set to 10 °C, draws nothing.
#[test]
fn heat_goes_into_tanks_until_they_are_hot() {
    let recovery = Some(HeatRecovery { fuel_kwh_per_unit: 10.0, recovered_percent: 50.0 });
    let mut site = island(Genset { heat_recovery: recovery, ..genset() }, 5);
    site.water_heaters = vec![WaterHeater {
        least_c: 10.0,
        set_c: 10.0,
        most_c: 60.0,
        initial_c: 10.0,
        cold_water_c: 10.0,
        ambient_c: 10.0,
        loss_kw_per_c: 0.0,
        draw_l_per_h: 0.0.into(),
        ..WaterHeater::electric(1000.0, 6.0)
    }];
    let outcome = only(&site, Dispatch::LoadFollowing);
    let heat = outcome.gensets[0].heat.unwrap();
    let tank_kwh = 1000.0 * 4.186 / 3600.0 * 50.0;
    near(heat.recovered_kwh, 200.0);
    near(heat.used_kwh, tank_kwh);
    near(heat.lost_kwh, 200.0 - tank_kwh);
    let tank = &outcome.devices[0];
    near(tank.get("heat_taken_kwh").unwrap(), tank_kwh);
    near(tank.get("electricity_kwh").unwrap(), 0.0);
    near(tank.get("temperature_end_c").unwrap(), 60.0);
    near(tank.balance_kwh(Carrier::Heat), 0.0);
    assert!(outcome.energy.residual_kwh < 1e-9);
}

/// A week of draws: with the heat of the genset the element draws less, and every book closes.
#[test]
fn heat_spares_electricity() {
    let mut site = island(genset(), 24);
    site.calendar = Calendar::days(900, 7).into();
    let load: Vec<f64> = (0..672).map(|step| 20.0 + 10.0 * ((step * 7) % 5) as f64).collect();
    site.loads = vec![Load::new("works", load)];
    site.water_heaters = vec![WaterHeater { draw_l_per_h: 60.0.into(), ..WaterHeater::electric(500.0, 6.0) }];
    let drawn = |outcome: &Outcome| outcome.devices[0].get("electricity_kwh").unwrap();
    let without = only(&site, Dispatch::LoadFollowing);
    site.gensets[0].heat_recovery = Some(HeatRecovery { fuel_kwh_per_unit: 10.0, recovered_percent: 40.0 });
    let with = only(&site, Dispatch::LoadFollowing);
    assert!(drawn(&with) < 0.2 * drawn(&without), "{} {}", drawn(&with), drawn(&without));
    assert!(with.gensets[0].fuel < without.gensets[0].fuel);
    for outcome in [&without, &with] {
        near(outcome.devices[0].balance_kwh(Carrier::Heat), 0.0);
        assert!(outcome.energy.residual_kwh < 1e-9 * outcome.energy.throughput_kwh());
        assert!(outcome.bound.as_ref().unwrap().objective.is_none_or(|bound| bound <= outcome.money.objective + 1e-9));
    }
}

#[test]
fn what_cannot_be_is_refused_all_at_once() {
    let wrong = Genset {
        maintenance_cost_per_h: -1.0,
        life_h: 0.0,
        replacement_cost: f64::NAN,
        second_fuel: Some(SecondFuel {
            unit: FuelUnit::Litre,
            per_unit: -0.1,
            price_per_unit: 0.0,
            carbon_kg_per_unit: 0.0,
        }),
        heat_recovery: Some(HeatRecovery { fuel_kwh_per_unit: 1.0, recovered_percent: 120.0 }),
        ..genset()
    };
    let problems = Plan::compile(&island(wrong, 5)).unwrap_err();
    let fields: Vec<&str> =
        problems.iter().map(|problem| problem.field.strip_prefix("generation.genset[0].").unwrap()).collect();
    let expected = [
        "maintenance_cost_per_h",
        "replacement_cost",
        "life_h",
        "second_fuel.per_unit",
        "heat_recovery.recovered_percent",
        "heat_recovery.fuel_kwh_per_unit",
        "heat_recovery",
    ];
    assert_eq!(fields, expected);
}
