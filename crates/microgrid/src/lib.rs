//! An in-process simulator of the microgrid: generation, storage, distribution and use behind one utility connection.
//!
//! A [`Scenario`] says what a site has: plants, batteries, loads, a grid connection, a tariff, and the strategy that
//! decides what its storage does. [`Plan::compile`] checks it and computes whatever can be computed ahead;
//! [`simulate`] runs the plan and returns an [`Outcome`]: energy, the bill line by line, the objective that strategies
//! are judged by, carbon, and a residual that says whether the books close. There is no server, no solver to install
//! and no global state; a site-year takes microseconds.
//!
//! # Quick start
//! ```
//! use microgrid::{Battery, Calendar, Controller, Dispatch, Load, Plan, Scenario, SeriesPlant, Tariff, simulate};
//!
//! let sun = |hour: u32| if (8..17).contains(&(hour % 24)) { 60.0 } else { 0.0 };
//! let mut site = Scenario::new("workshop", Calendar::common_year(3600));
//! site.generation.push(SeriesPlant::new("roof", (0..8760).map(sun).collect::<Vec<_>>()));
//! site.loads.push(Load::new("machines", 25.0));
//! site.storage.push(Battery::lithium_iron_phosphate(200.0, 50.0));
//! site.tariff = Tariff::flat(0.80, 0.35).into();
//!
//! let plan = Plan::compile(&site)?;
//! let idle = simulate(&plan, Controller::built_in(&Dispatch::Idle, &plan)?);
//! let stored = simulate(&plan, Controller::built_in(&Dispatch::SelfConsumption, &plan)?);
//! assert!(stored.money.objective < idle.money.objective);
//! println!("{}", microgrid::table(&[idle, stored]));
//! # Ok::<(), microgrid::Problems>(())
//! ```
//! A site that lives in a folder, with civil time, is read by [`load`] and run under several strategies by [`run`].
//!
//! # Guide
//! [Your own site](guide::your_own_site) from nothing to its bill; [tariffs](guide::tariffs), [series](guide::series),
//! [strategies](guide::strategies), [sizing](guide::sizing) and [flexibility](guide::flexibility), a page each; and the same rules [on a chip](guide::on_a_chip).
//!
//! # Signs, time and units
//! - Flows have names instead of signs: charge and discharge, import and export, each at least 0, at the device's AC
//!   terminals unless the name says otherwise. Where there is one signed number, positive flows into the site's bus.
//! - A series holds interval values: n steps have n powers, each the mean of its interval, and n + 1 states. An
//!   interval is labelled by its start.
//! - Every quantity carries its unit at the end of its name: `capacity_kwh`, `import_price_per_kwh`. Money is in the
//!   scenario's currency; the bill is what the utility charges, the objective adds what the site's owner bears beside
//!   it.
//!
//! # Where things are
//! Features, all default: `io` (files), `optimizer` (linear programmes), `report` (tables, pictures), `runner` (threads);
//! without them only the physics, the books and the exact plan are compiled, for which [`simulate`] is enough. Beside them
//! `parquet`, `png` and `mpi`.
//!
//! All that most programs need is here at the root. The modules group the same types by the words of the field
//! ([`generation`], [`storage`], [`distribution`], [`demand`], [`utility`], [`dispatch`]) and by order in time
//! ([`simulation`]); [`io`] holds the readers of files and civil time, [`runner`] runs many variants at once,
//! [`sweep`] runs as many as a description makes into a folder, [`optimizer`] plans by linear programme and proves bounds.

#[cfg(all(feature = "optimizer", feature = "report", feature = "runner"))]
mod bays;
#[cfg(all(feature = "optimizer", feature = "report", feature = "runner"))]
mod compare;
#[cfg(all(feature = "io", feature = "report"))]
mod flexibility;
#[cfg(feature = "io")]
mod folder;
#[cfg(all(feature = "io", feature = "optimizer", feature = "report", feature = "runner"))]
pub mod guide;
#[cfg(all(feature = "optimizer", feature = "report", feature = "runner"))]
mod notes;
#[cfg(feature = "optimizer")]
mod optimum;
#[cfg(all(feature = "io", feature = "optimizer"))]
mod profiles;
#[cfg(feature = "optimizer")]
mod replay;
#[cfg(feature = "report")]
pub mod results;
#[cfg(all(feature = "optimizer", feature = "report", feature = "runner"))]
mod run;
#[cfg(all(feature = "io", feature = "optimizer", feature = "report", feature = "runner"))]
mod run_page;
#[cfg(all(feature = "optimizer", feature = "report", feature = "runner"))]
mod served;
#[cfg(all(feature = "design", feature = "io", feature = "optimizer", feature = "report", feature = "runner"))]
mod sizing;
#[cfg(all(feature = "io", feature = "report"))]
mod solar_yield;
#[cfg(all(feature = "io", feature = "optimizer", feature = "report", feature = "runner"))]
pub mod sweep;
#[cfg(feature = "io")]
mod verdicts;
#[cfg(all(feature = "optimizer", feature = "report"))]
mod watch;
#[cfg(feature = "optimizer")]
mod wear;
#[cfg(feature = "optimizer")]
mod years;

pub use microgrid_core::{demand, dispatch, distribution, generation, simulation, storage, utility};

pub use microgrid_core::demand::{Load, Tier, ValueOfLostLoad};
pub use microgrid_core::dispatch::{
    BatterySchedule, Bound, BoundKind, Break, CheapestRule, Controller, Dispatch, Forecast, Gap, GapPart,
    GensetSchedule, Guidance, HorizonEnd, Limit, NamedForecast, OptimalPlan, Outlook, Past, PriceWindow, Reason,
    ReplayError, Request, RequestFault, RollingHorizon, Schedule, Site, StepRule, Strategy,
};
pub use microgrid_core::distribution::{Connection, Transformer};
pub use microgrid_core::generation::{FuelCurve, FuelPoint, FuelUnit, Genset, SeriesPlant, SpinningReserve};
pub use microgrid_core::simulation::{
    BatteryRecord, BatteryTotals, Block, Calendar, ControllerSite, Energy, GensetRecord, GensetTotals, Indicators,
    InputFault, Money, Month, MonthTotals, Outcome, Plan, PlanCache, PlanHandle, Recorder, RunEnd, Scenario, Series,
    Snapshot, Status, StepController, StepInputs, StepRecord, YearRun, YearState, Years, simulate,
};
pub use microgrid_core::storage::{Ageing, Battery, BatteryDetail, EndOfLife, EndOfLifeAction, FadeModel, Warranty};
pub use microgrid_core::utility::{
    Bill, BillKind, BillLine, BlockCount, BlockPrices, CapacityCharge, Carbon, CreditPays, DailyCharge, DemandCharge,
    DemandContract, DemandDiscount, FixedCharge, Metering, MeteringForm, PeriodPrices, PlanningPrices,
    PowerFactorAdjustment, PowerFactorLevel, Price, PriceComponent, Ratchet, Tariff, YearEnd,
};
pub use microgrid_core::{Place, Problem, Problems};

#[cfg(feature = "report")]
pub use microgrid_report::html;
#[cfg(feature = "png")]
pub use microgrid_report::png;
#[cfg(feature = "report")]
pub use microgrid_report::{
    Audit, BatteryTrace, BayDay, BayDraw, BayStay, CarCourse, Choice, CostSwing, Delivery, DeviceTrace, FleetBids,
    FleetReport, FleetRow, GensetTrace, PowerTrace, RESIDUAL_TOLERANCE, SolarYield, Trace, WatchedRun, YearOfMoney,
    bays_svg, bill_svg, broken_json, capacity_svg, cash_flow_svg, choices, comparison, duration_curves_svg,
    energy_flow_svg, fault_json, fault_table, flexibility_json, flexibility_table, flow_json, flow_table, heat_map_svg,
    hosting_json, hosting_table, invoice, json, json_with, json_with_choices, json_with_deliveries, one_line_svg,
    phase_flow_json, phase_flow_table, solar_yield_json, solar_yield_table, strategies, survey_json, survey_table,
    table, time_current_svg, tornado_svg, watched_table, waterfall_svg, week_svg, write_bill_csv, write_cars_csv,
    write_deliveries_csv, write_events_csv, write_flexibility_csv, write_meters_csv, write_months_csv,
    write_reliability_csv, write_summary_csv, write_survival_csv, write_years_csv, years_json, years_table,
};

/// Sizes with their proof, and economics: from yearly figures and prices of equipment to net present cost and cash flow.
#[cfg(feature = "design")]
pub use microgrid_design as design;
/// Readers of files: scenario folders, series, tariffs, civil time.
#[cfg(feature = "io")]
pub use microgrid_io as io;
#[cfg(feature = "io")]
pub use microgrid_io::read_plan_file;
#[cfg(feature = "io")]
pub use microgrid_io::time::Clock;
/// Linear programmes: the optimum of several storages, bounds that trust no solver, plans to follow.
#[cfg(feature = "optimizer")]
pub use microgrid_optimizer as optimizer;
/// Many runs over all processors, in lanes.
#[cfg(feature = "runner")]
pub use microgrid_runner as runner;

#[cfg(all(feature = "optimizer", feature = "report", feature = "runner"))]
pub use bays::bay_day;
#[cfg(all(feature = "optimizer", feature = "report", feature = "runner"))]
pub use compare::{Comparison, compare, compare_without_bound};
#[cfg(all(feature = "io", feature = "report"))]
pub use flexibility::{FlexibilityQuestion, GiveBack, flexibility};
#[cfg(feature = "io")]
pub use folder::{
    Loaded, Setting, catalogue_schema, checks_schema, design_schema, load, load_with, network_schema,
    protection_schema, schema, sweep_schema, tariff_schema,
};
#[cfg(feature = "optimizer")]
pub use optimum::{bound, controller, fits, wider_bound};
#[cfg(all(feature = "io", feature = "optimizer"))]
pub use profiles::charging_profiles;
#[cfg(feature = "optimizer")]
pub use replay::replay;
#[cfg(all(feature = "optimizer", feature = "report", feature = "runner"))]
pub use run::{run, run_without_bound, trace};
#[cfg(all(feature = "io", feature = "optimizer", feature = "report", feature = "runner"))]
pub use run_page::run_html;
#[cfg(all(feature = "optimizer", feature = "report", feature = "runner"))]
pub use served::deliveries;
#[cfg(all(feature = "design", feature = "io", feature = "optimizer", feature = "report", feature = "runner"))]
pub use sizing::{
    BankFigures, CarbonCap, Check, Checks, Design, DesignMoney, DesignOptions, DesignedSize, FrontPoint, GridCarbon,
    LeanYears, LevelisedCosts, LoanFigures, RuleDesign, Sensitivity, Settlement, Survival, Swing, VariantDesign,
    design_folder, design_folder_with, design_json, design_page, design_table, write_design_csv,
};
#[cfg(all(feature = "io", feature = "report"))]
pub use solar_yield::solar_yields;
#[cfg(feature = "io")]
pub use verdicts::verdicts;
#[cfg(all(feature = "optimizer", feature = "report"))]
pub use watch::watch;
#[cfg(feature = "optimizer")]
pub use wear::{WornYears, run_worn_years};
#[cfg(feature = "optimizer")]
pub use years::{run_years, run_years_after};
