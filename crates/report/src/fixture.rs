//! Outcomes and traces made by hand for this crate's tests: consistent books, round numbers.

use microgrid_core::simulation::{BatteryTotals, Energy, Indicators, Money, MonthTotals, Outcome, Status};
use microgrid_core::utility::{Bill, BillKind, BillLine};

use crate::{BatteryTrace, Trace};

/// What differs between the strategies of one site.
struct Case {
    strategy: &'static str,
    foresight: &'static str,
    charge_kwh: f64,
    discharge_kwh: f64,
    export_kwh: f64,
    curtailed_kwh: f64,
    peak_import_kw: f64,
    /// Import shares of peak, flat and valley.
    shares: [f64; 3],
    residual_kwh: f64,
}

/// Two months of an industrial site under four strategies, idle first.
pub(crate) fn industrial_park() -> Vec<Outcome> {
    let case = |strategy,
                foresight,
                [charge_kwh, discharge_kwh, export_kwh, curtailed_kwh]: [f64; 4],
                peak_import_kw,
                shares| Case {
        strategy,
        foresight,
        charge_kwh,
        discharge_kwh,
        export_kwh,
        curtailed_kwh,
        peak_import_kw,
        shares,
        residual_kwh: 1.25e-9,
    };
    [
        case("idle", "none", [0.0, 0.0, 212_000.0, 12.0], 4_813.2, [0.38, 0.32, 0.30]),
        case("self_consumption", "none", [205_000.0, 184_500.0, 7_000.0, 0.0], 4_702.9, [0.36, 0.33, 0.31]),
        case("time_of_use", "tariff", [521_000.0, 470_000.0, 31_400.0, 0.0], 6_120.4, [0.21, 0.32, 0.47]),
        case("peak_shaving", "month", [96_000.0, 86_300.0, 118_000.0, 3.5], 3_950.0, [0.37, 0.32, 0.31]),
    ]
    .iter()
    .map(outcome)
    .collect()
}

fn outcome(case: &Case) -> Outcome {
    let (load_kwh, generation_available_kwh) = (4_250_000.0, 1_310_000.0);
    let storage_loss_kwh = case.charge_kwh * 0.0975;
    let import_kwh = load_kwh + case.charge_kwh + case.export_kwh + case.curtailed_kwh
        - generation_available_kwh
        - case.discharge_kwh;
    let bill = bill(case, import_kwh);
    let money = money(case, &bill);
    let energy = Energy {
        load_kwh,
        generation_available_kwh,
        curtailed_kwh: case.curtailed_kwh,
        import_kwh,
        export_kwh: case.export_kwh,
        charge_kwh: case.charge_kwh,
        discharge_kwh: case.discharge_kwh,
        storage_loss_kwh,
        stored_change_kwh: case.charge_kwh - case.discharge_kwh - storage_loss_kwh,
        residual_kwh: case.residual_kwh,
        ..Energy::default()
    };
    let stored_drawn_kwh = case.discharge_kwh / 0.95;
    let month = |i: usize, label: &str| MonthTotals {
        month: label.into(),
        import_kwh: import_kwh / 2.0,
        export_kwh: case.export_kwh / 2.0,
        peak_import_kw: case.peak_import_kw,
        bill_total: bill.total_of_month(i),
    };
    Outcome {
        scenario: "industrial-park".into(),
        strategy: case.strategy.into(),
        follows: None,
        foresight: case.foresight.into(),
        status: Status::Completed,
        steps: 5_856,
        step_s: 900,
        energy,
        carbon_kg: import_kwh * 0.58,
        indicators: Indicators {
            self_consumption_percent: Some(
                100.0 * (1.0 - (case.export_kwh + case.curtailed_kwh) / generation_available_kwh),
            ),
            self_sufficiency_percent: Some(100.0 * (1.0 - import_kwh / load_kwh)),
            peak_import_kw: case.peak_import_kw,
            renewable_share_percent: Some(100.0 * (1.0 - import_kwh / (load_kwh + case.export_kwh))),
            shed_h: Some(0.0),
            shed_max_kw: Some(0.0),
            equivalent_full_cycles: Some(stored_drawn_kwh / 4_000.0),
        },
        batteries: vec![BatteryTotals {
            name: "lfp".into(),
            charge_kwh: case.charge_kwh,
            discharge_kwh: case.discharge_kwh,
            conversion_loss_kwh: storage_loss_kwh,
            self_discharge_kwh: 0.0,
            start_kwh: 2_000.0,
            end_kwh: 2_000.0 + energy.stored_change_kwh,
            residual_kwh: 1e-10,
            equivalent_full_cycles: stored_drawn_kwh / 4_000.0,
            health: None,
            cells: None,
            hybrid: None,
        }],
        gensets: Vec::new(),
        devices: Vec::new(),
        months: vec![month(0, "2025-06"), month(1, "2025-07")],
        money,
        bill,
        bound: None,
        gap: None,
        worst_component: "bus".into(),
        notes: vec!["utility.demand[0]: the 15 min window is met by the step".into()],
    }
}

fn bill(case: &Case, import_kwh: f64) -> Bill {
    let mut lines = Vec::new();
    let mut line = |month, kind, component: &str, period: Option<&str>, quantity: f64, unit, price: f64| {
        lines.push(BillLine {
            month,
            kind,
            component: component.into(),
            block: None,
            period: period.map(Into::into),
            quantity,
            unit,
            price,
            amount: if kind == BillKind::Export { -quantity * price } else { quantity * price },
        });
    };
    for month in 0..2 {
        for ((period, price), share) in [("peak", 1.0373), ("flat", 0.6331), ("valley", 0.2877)].iter().zip(case.shares)
        {
            line(month, BillKind::Energy, "energy", Some(period), import_kwh / 2.0 * share, "kWh", *price);
        }
        line(month, BillKind::Demand, "maximum demand", None, case.peak_import_kw, "kW", 51.2);
        line(month, BillKind::Fixed, "metering", None, 1.0, "month", 120.0);
        line(month, BillKind::Export, "feed-in", None, case.export_kwh / 2.0, "kWh", 0.391);
    }
    Bill { lines }
}

fn money(case: &Case, bill: &Bill) -> Money {
    let stored_value_per_kwh = 0.66;
    let stored_change_kwh = case.charge_kwh * (1.0 - 0.0975) - case.discharge_kwh;
    let (wear_cost, stored_credit) = (case.discharge_kwh * 0.05, stored_change_kwh * stored_value_per_kwh);
    Money {
        currency: "CNY".into(),
        energy_charge: bill.total_of(BillKind::Energy),
        demand_charge: bill.total_of(BillKind::Demand),
        capacity_charge: 0.0,
        fixed_charge: bill.total_of(BillKind::Fixed),
        export_revenue: -bill.total_of(BillKind::Export),
        bill_total: bill.total(),
        wear_cost,
        stored_credit,
        stored_value_per_kwh,
        objective: bill.total() + wear_cost - stored_credit,
        ..Money::default()
    }
}

/// A trace of `days` days by `step_s`: a working-day load, a solar bell, a battery that shifts it, three price levels.
pub(crate) fn trace(step_s: u32, days: u32) -> Trace {
    let per_day = 86_400 / step_s;
    let steps = (per_day * days) as usize;
    let step_h = f64::from(step_s) / 3600.0;
    let mut trace = Trace {
        scenario: "industrial-park".into(),
        strategy: "self_consumption".into(),
        currency: "CNY".into(),
        step_s,
        day_first_step: (0..=days).map(|day| day * per_day).collect(),
        ..Trace::default()
    };
    let mut battery = BatteryTrace { name: "lfp".into(), capacity_kwh: 4_000.0, ..BatteryTrace::default() };
    let mut stored_kwh = 2_000.0;
    for step in 0..steps {
        let (day, hour) = (step as u32 / per_day, f64::from(step as u32 % per_day) * step_h);
        let working = if day % 7 < 5 { 1.0 } else { 0.45 };
        let load = working * (1_500.0 + 1_300.0 * bell(hour, 10.0, 3.0) + 900.0 * bell(hour, 16.0, 3.0));
        let solar = 4_300.0 * bell(hour, 12.5, 2.4) * if day % 3 == 2 { 0.4 } else { 1.0 };
        let charge = (solar - load).clamp(0.0, 2_000.0).min((4_000.0 - stored_kwh) / 0.95 / step_h);
        let discharge = (load - solar).clamp(0.0, 2_000.0).min((stored_kwh - 400.0).max(0.0) * 0.95 / step_h);
        stored_kwh += (charge * 0.95 - discharge / 0.95) * step_h;
        let balance = load + charge - discharge - solar;
        trace.time.push(format!("2025-{:02}-{:02}T{:02}:{:02}+08:00", 1 + day / 28 % 12, 1 + day % 28, hour as u32, {
            (hour.fract() * 60.0) as u32
        }));
        trace.load_kw.push(load);
        trace.generation_kw.push(solar);
        trace.curtailed_kw.push((-balance - 900.0).max(0.0));
        trace.dumped_kw.push(0.0);
        trace.import_kw.push(balance.max(0.0));
        trace.export_kw.push((-balance).clamp(0.0, 900.0));
        trace.unserved_kw.push(0.0);
        let level = [0.2877, 0.6331, 1.0373][usize::from(hour >= 6.0) + usize::from((14.0..22.0).contains(&hour))];
        trace.import_price_per_kwh.push(level);
        trace.export_price_per_kwh.push(0.391);
        trace.grid_up.push(1.0);
        trace.step_cost.push((balance.max(0.0) * level - (-balance).clamp(0.0, 900.0) * 0.391) * step_h);
        trace.why.push(if balance > 0.0 { "cover_deficit" } else { "store_surplus" });
        trace.limit.push("");
        trace.stored_value_per_kwh.push(None);
        battery.charge_kw.push(charge);
        battery.discharge_kw.push(discharge);
        battery.stored_kwh.push(stored_kwh);
        battery.soc.push(stored_kwh / 4_000.0);
    }
    trace.batteries.push(battery);
    trace
}

fn bell(hour: f64, centre: f64, width: f64) -> f64 {
    (-((hour - centre) / width).powi(2)).exp()
}

/// Compares `text` with `tests/golden/<name>`; with `UPDATE_GOLDEN` set in the environment, writes it instead.
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "differs from tests/golden/{name} (UPDATE_GOLDEN=1 rewrites it); now:\n{text}");
}
