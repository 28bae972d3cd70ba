//! The recorder that watches a run.

use alloc::vec;
use alloc::vec::Vec;

use super::event::{Event, EventKind, Track};
use super::reliability::{Counter, Reliability};
use super::settings::{AlarmLimit, Meter, Monitoring, Quantity, Reduction};
use crate::Plan;
use crate::demand::Tier;
use crate::distribution::FeederLimits;
use crate::distribution::LoadingOutcome;
use crate::simulation::{Recorder, StepRecord};

/// What a meter measured.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MeterSeries {
    /// The meter, by its place in the settings.
    pub meter: usize,
    /// A number for each window; the last window may be shorter.
    pub values: Vec<f64>,
}

/// What was watched in a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Watched {
    /// The log, by first step.
    pub events: Vec<Event>,
    /// The supply's reliability.
    pub reliability: Reliability,
    /// The meters.
    pub meters: Vec<MeterSeries>,
    /// What the load did to the transformer at the tie, where it is watched.
    pub transformer: Option<LoadingOutcome>,
    /// Energy in each battery at each step's end, kWh: where a question about an outage begins.
    pub stored_kwh: Vec<Vec<f64>>,
}

/// Watches one run of a plan.
pub struct Watcher<'a> {
    plan: &'a Plan,
    settings: &'a Monitoring,
    events: Vec<Event>,
    tracks: Vec<(EventKind, Track)>,
    alarms: Vec<AlarmState>,
    counter: Counter,
    meters: Vec<MeterState>,
    load_pu: Vec<f64>,
    stored_kwh: Vec<Vec<f64>>,
    /// Where lowest and highest voltage and greatest loading of the feeder stand among the devices' numbers.
    feeder_columns: [usize; 3],
    /// And what is reduced to hold its limits.
    reduced_columns: [usize; 3],
}

#[derive(Debug, Clone, Default)]
struct AlarmState {
    track: Track,
    is_on: bool,
    beyond_s: u32,
}

#[derive(Debug, Clone, Default)]
struct MeterState {
    values: Vec<f64>,
    open: f64,
    steps: u32,
}

/// Power that is none, kW.
const TINY_KW: f64 = 1e-6;

impl<'a> Watcher<'a> {
    /// A watcher for a run from its start.
    #[must_use]
    pub fn new(plan: &'a Plan, settings: &'a Monitoring) -> Self {
        let scenario = plan.scenario();
        let kinds = [EventKind::Outage, EventKind::Islanded, EventKind::Dark, EventKind::StorageEmpty];
        let kinds = kinds.into_iter().chain(Tier::ALL.map(EventKind::Shed));
        let kinds = kinds.chain([EventKind::TieAtLimit, EventKind::TransformerOverload]);
        let of_feeder = [EventKind::VoltageLow, EventKind::VoltageHigh, EventKind::FeederOverload];
        let kinds = kinds.chain(of_feeder.into_iter().filter(|_| scenario.feeder.is_some()));
        let holds = scenario.feeder.as_ref().is_some_and(|feeder| feeder.limits == FeederLimits::Hold);
        let kinds = kinds.chain(holds.then_some(EventKind::FeederHeld));
        let columns = plan.device_columns();
        let column = |name: &str| columns.iter().position(|(column, _)| *column == name).unwrap_or(usize::MAX);
        Self {
            feeder_columns: ["lowest_voltage_pu", "highest_voltage_pu", "greatest_loading_percent"].map(column),
            reduced_columns: ["feeder_curtailed_kw", "feeder_unserved_kw", "feeder_reduced_kw"].map(column),
            plan,
            settings,
            events: Vec::new(),
            tracks: kinds.map(|kind| (kind, Track::default())).collect(),
            alarms: vec![AlarmState::default(); settings.alarms.len()],
            counter: Counter::new(scenario, &settings.customers, settings.momentary_s),
            meters: vec![MeterState::default(); settings.meters.len()],
            load_pu: Vec::new(),
            stored_kwh: vec![Vec::with_capacity(plan.steps()); scenario.storage.len()],
        }
    }

    /// What was watched, with events that go on at the end ended there.
    #[must_use]
    pub fn finish(mut self) -> Watched {
        let end = self.stored_steps();
        let ended = self.tracks.iter_mut().filter_map(|(kind, track)| track.end(*kind, end));
        self.events.extend(ended);
        let alarms = self.alarms.iter_mut().enumerate();
        self.events.extend(alarms.filter_map(|(i, alarm)| alarm.track.end(EventKind::Alarm(i), end)));
        self.events.sort_by_key(|event| (event.steps.start, event.kind));
        for (meter, state) in self.settings.meters.iter().zip(&mut self.meters) {
            state.close(meter, self.plan.step_h());
        }
        let step_s = f64::from(self.plan.scenario().calendar.step_s);
        let transformer = self.settings.transformer.as_ref().map(|watch| {
            watch.unit.run(self.load_pu.len(), step_s, |step| (self.load_pu[step], watch.ambient_c.at(step)))
        });
        let meters = self.meters.into_iter().enumerate();
        Watched {
            events: self.events,
            reliability: self.counter.finish(),
            meters: meters.map(|(meter, state)| MeterSeries { meter, values: state.values }).collect(),
            transformer,
            stored_kwh: self.stored_kwh,
        }
    }

    fn stored_steps(&self) -> u32 {
        self.plan.steps() as u32
    }

    fn see_events(&mut self, step: &StepRecord<'_>) {
        let plan = self.plan;
        let at = step.step as usize;
        let is_up = plan.grid_is_up(at);
        let unserved_kw: f64 = step.unserved_kw.iter().sum();
        let unserved_kwh = unserved_kw * plan.step_h();
        let serves = step.load_kw - unserved_kw > TINY_KW || step.load_kw <= TINY_KW;
        let stored_kwh: f64 = step.batteries.iter().map(|battery| battery.stored_kwh).sum();
        let floors = plan.scenario().storage.iter().map(|battery| battery.soc_min * battery.capacity_kwh);
        let is_empty = !step.batteries.is_empty() && stored_kwh <= floors.sum::<f64>() + TINY_KW;
        let limit_kw = plan.import_limit_kw.at(at);
        let load_pu = self.load_pu.last().copied().unwrap_or(0.0);
        let number = |at: usize| step.devices.get(at).copied().unwrap_or(0.0);
        let [lowest_pu, highest_pu, loading_percent] = self.feeder_columns.map(number);
        let reduced_kw: f64 = self.reduced_columns.map(number).iter().sum();
        let limits = plan.scenario().feeder.as_deref();
        for (kind, track) in &mut self.tracks {
            let (is_on, unserved, value) = match *kind {
                EventKind::Outage => (!is_up, unserved_kwh, unserved_kw),
                EventKind::Islanded => (!is_up && serves, unserved_kwh, unserved_kw),
                EventKind::Dark => (!is_up && !serves, unserved_kwh, unserved_kw),
                EventKind::StorageEmpty => (!is_up && is_empty, unserved_kwh, stored_kwh),
                EventKind::Shed(tier) => {
                    let kw = step.unserved_kw[tier as usize];
                    (kw > TINY_KW, kw * plan.step_h(), kw)
                }
                EventKind::TieAtLimit => {
                    let is_at = is_up && step.import_kw > TINY_KW && step.import_kw >= limit_kw * (1.0 - 1e-9);
                    (is_at, unserved_kwh, step.import_kw)
                }
                EventKind::TransformerOverload => (load_pu > 1.0, unserved_kwh, load_pu),
                EventKind::VoltageLow => {
                    let is_low = limits.is_some_and(|limits| lowest_pu > 0.0 && lowest_pu < limits.voltage_least_pu);
                    (is_low, unserved_kwh, lowest_pu)
                }
                EventKind::VoltageHigh => {
                    (limits.is_some_and(|limits| highest_pu > limits.voltage_greatest_pu), unserved_kwh, highest_pu)
                }
                EventKind::FeederOverload => {
                    let is_over = limits.is_some_and(|limits| loading_percent > limits.loading_greatest_percent);
                    (is_over, unserved_kwh, loading_percent)
                }
                EventKind::FeederHeld => (reduced_kw > TINY_KW, unserved_kwh, reduced_kw),
                EventKind::Alarm(_) => continue,
            };
            let farther = if *kind == EventKind::VoltageLow { f64::min } else { f64::max };
            let ended = track.see(*kind, step.step, is_on, unserved, value, farther);
            self.events.extend(ended);
        }
    }

    fn see_alarms(&mut self, step: &StepRecord<'_>) {
        let scenario = self.plan.scenario();
        for (i, (alarm, state)) in self.settings.alarms.iter().zip(&mut self.alarms).enumerate() {
            let value = alarm.quantity.of(step, scenario);
            let (is_beyond, is_back, farther): (bool, bool, fn(f64, f64) -> f64) = match alarm.limit {
                AlarmLimit::Above(limit) => (value > limit, value <= limit - alarm.hysteresis, f64::max),
                AlarmLimit::Below(limit) => (value < limit, value >= limit + alarm.hysteresis, f64::min),
            };
            state.beyond_s = if is_beyond { state.beyond_s + scenario.calendar.step_s } else { 0 };
            state.is_on = if state.is_on { !is_back } else { is_beyond && state.beyond_s > alarm.delay_s };
            let ended = state.track.see(EventKind::Alarm(i), step.step, state.is_on, 0.0, value, farther);
            self.events.extend(ended);
        }
    }
}

impl MeterState {
    fn see(&mut self, meter: &Meter, value: f64, step_s: u32, step_h: f64) {
        self.open = match meter.reduction {
            _ if self.steps == 0 => value,
            Reduction::Mean | Reduction::Energy => self.open + value,
            Reduction::Greatest => self.open.max(value),
            Reduction::Least => self.open.min(value),
        };
        self.steps += 1;
        if self.steps * step_s >= meter.window_s {
            self.close(meter, step_h);
        }
    }

    fn close(&mut self, meter: &Meter, step_h: f64) {
        if self.steps == 0 {
            return;
        }
        self.values.push(match meter.reduction {
            Reduction::Mean => self.open / f64::from(self.steps),
            Reduction::Energy => self.open * step_h,
            Reduction::Greatest | Reduction::Least => self.open,
        });
        self.steps = 0;
    }
}

impl Recorder for Watcher<'_> {
    fn record(&mut self, _lane: usize, step: &StepRecord<'_>) {
        if let Some(watch) = &self.settings.transformer {
            let through_kw = step.import_kw.max(step.export_kw);
            self.load_pu.push(through_kw / watch.load_power_factor / watch.rated_kva);
        }
        self.see_events(step);
        self.see_alarms(step);
        let is_up = self.plan.grid_is_up(step.step as usize);
        self.counter.see(self.plan, step.step as usize, &step.unserved_kw, is_up);
        let calendar = &self.plan.scenario().calendar;
        for (meter, state) in self.settings.meters.iter().zip(&mut self.meters) {
            let value = Quantity::of(meter.quantity, step, self.plan.scenario());
            state.see(meter, value, calendar.step_s, calendar.step_h());
        }
        for (column, battery) in self.stored_kwh.iter_mut().zip(step.batteries) {
            column.push(battery.stored_kwh);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Alarm, TransformerWatch};
    use super::*;
    use crate::demand::Load;
    use crate::dispatch::{Controller, Dispatch};
    use crate::distribution::{OilTransformer, Transformer};
    use crate::simulation::Block;
    use crate::storage::Battery;
    use crate::{Calendar, Scenario};

    fn load(name: &str, tier: Tier, power_kw: f64) -> Load {
        Load { tier, ..Load::new(name, power_kw) }
    }

    /// 10, 20 and 30 kW of the three tiers, with 1, 4 and 5 customers; two days of steps of `step_s`.
    fn village(step_s: u32) -> (Scenario, Monitoring) {
        let mut site = Scenario::new("village", Calendar::days(step_s, 2));
        site.loads = vec![
            load("clinic", Tier::Critical, 10.0),
            load("houses", Tier::Normal, 20.0),
            load("workshop", Tier::Sheddable, 30.0),
        ];
        (site, Monitoring { customers: vec![1.0, 4.0, 5.0], ..Monitoring::default() })
    }

    fn watched(site: &Scenario, settings: &Monitoring) -> Watched {
        let plan = Plan::compile(site).unwrap();
        assert!(settings.check(site).is_empty(), "{}", settings.check(site));
        let controller = Controller::built_in(&Dispatch::SelfConsumption, &plan).unwrap();
        let mut watcher = Watcher::new(&plan, settings);
        let mut block: Block<'_, 1> = Block::pack([&plan], [controller]);
        block.march(plan.days(), &mut watcher);
        let unserved_kwh = block.outcome(0).energy.unserved_kwh;
        let watched = watcher.finish();
        assert!((watched.reliability.energy_not_served_kwh() - unserved_kwh).abs() < 1e-9, "as the books have it");
        watched
    }

    fn found(watched: &Watched) -> Vec<(EventKind, core::ops::Range<u32>)> {
        watched.events.iter().map(|event| (event.kind, event.steps.clone())).collect()
    }

    /// Nothing forms the grid: an outage of three hours is dark, every customer is interrupted once for three hours.
    #[test]
    fn an_outage_without_own_power_is_dark() {
        let (mut site, settings) = village(3600);
        site.outages.push(5..8);
        let watched = watched(&site, &settings);
        let shed = |tier| (EventKind::Shed(tier), 5..8);
        let [critical, normal, sheddable] = Tier::ALL.map(shed);
        assert_eq!(found(&watched), [(EventKind::Outage, 5..8), (EventKind::Dark, 5..8), critical, normal, sheddable]);
        assert_eq!(watched.events[0].unserved_kwh, 180.0);
        assert_eq!(watched.events[2].unserved_kwh, 30.0);
        let reliability = &watched.reliability;
        assert_eq!((reliability.saifi(), reliability.saidi_h(), reliability.caidi_h()), (1.0, 3.0, Some(3.0)));
        assert_eq!((reliability.maifi(), reliability.outage_count, reliability.outage_h), (0.0, 1, 3.0));
        assert!((reliability.availability() - 45.0 / 48.0).abs() < 1e-12);
    }

    /// A battery that forms the grid serves what its power allows: 30 of 60 kW, the highest tiers first. The workshop alone
    /// is interrupted: 5 of 10 customers.
    #[test]
    fn an_island_sheds_its_lowest_tier() {
        let (mut site, settings) = village(3600);
        site.outages.push(5..8);
        site.storage.push(Battery { grid_forming: true, ..Battery::lithium_iron_phosphate(1000.0, 30.0) });
        let watched = watched(&site, &settings);
        let expected =
            [(EventKind::Outage, 5..8), (EventKind::Islanded, 5..8), (EventKind::Shed(Tier::Sheddable), 5..8)];
        assert_eq!(found(&watched), expected);
        let reliability = &watched.reliability;
        assert!((reliability.saifi() - 0.5).abs() < 1e-12 && (reliability.saidi_h() - 1.5).abs() < 1e-12);
        assert_eq!(reliability.caidi_h(), Some(3.0));
    }

    /// A tie of 50 kW leaves a third of the workshop without power all the time, as if its customers took turns; with a
    /// transformer of 50 kVA at power factor 1 it is loaded at its rating, never above.
    #[test]
    fn a_tie_at_its_limit_is_an_event() {
        let (mut site, mut settings) = village(3600);
        site.connection.transformer = Some(Transformer { rating_kva: 50.0, load_power_factor: 1.0 });
        settings.transformer = Some(TransformerWatch {
            unit: OilTransformer::DISTRIBUTION,
            rated_kva: 50.0,
            load_power_factor: 1.0,
            ambient_c: 20.0.into(),
        });
        let watched = watched(&site, &settings);
        assert_eq!(found(&watched), [(EventKind::Shed(Tier::Sheddable), 0..48), (EventKind::TieAtLimit, 0..48)]);
        let reliability = &watched.reliability;
        assert!((reliability.saifi() - 5.0 / 3.0 / 10.0).abs() < 1e-9);
        assert!((reliability.loads[2].customer_hours_h - 5.0 / 3.0 * 48.0).abs() < 1e-9);
        let loading = watched.transformer.unwrap();
        assert!((loading.life_lost_h - 48.0).abs() < 1e-6 && loading.overload_h == 0.0, "{loading:?}");
    }

    /// By the minute: five are momentary, six are not.
    #[test]
    fn five_minutes_are_momentary() {
        let (mut site, settings) = village(60);
        site.outages = vec![100..105, 200..206];
        let reliability = watched(&site, &settings).reliability;
        assert_eq!((reliability.maifi(), reliability.saifi(), reliability.saidi_h()), (1.0, 1.0, 0.1));
        assert_eq!((reliability.outage_count, reliability.sustained_outage_count), (2, 1));
    }

    /// An alarm begins above its limit after its delay and ends within its hysteresis; one below begins and ends the other
    /// way round. What goes on at the end ends there.
    #[test]
    fn alarms_have_hysteresis_and_delay() {
        let mut site = Scenario::new("site", Calendar::days(3600, 1));
        let course = [1.0, 6.0, 4.5, 6.0, 3.0, 6.0, 6.0, 6.0, 4.5, 4.0, 9.0];
        let hours: Vec<f64> = (0..24).map(|hour| course.get(hour).copied().unwrap_or(6.0)).collect();
        site.loads.push(Load::new("load", hours));
        let alarm = |limit, hysteresis, delay_s| Alarm {
            name: "a".into(),
            quantity: Quantity::Load,
            limit,
            hysteresis,
            delay_s,
        };
        let settings = Monitoring {
            alarms: vec![
                alarm(AlarmLimit::Above(5.0), 1.0, 0),
                alarm(AlarmLimit::Above(5.0), 0.0, 3600),
                alarm(AlarmLimit::Below(4.0), 1.0, 0),
            ],
            ..Monitoring::default()
        };
        let watched = watched(&site, &settings);
        let of = |i: usize| {
            let events = watched.events.iter().filter(move |event| event.kind == EventKind::Alarm(i));
            events.map(|event| (event.steps.clone(), event.extreme)).collect::<Vec<_>>()
        };
        assert_eq!(of(0), [(1..4, 6.0), (5..9, 6.0), (10..24, 9.0)]);
        assert_eq!(of(1), [(6..8, 6.0), (11..24, 6.0)]);
        assert_eq!(of(2), [(0..1, 1.0), (4..5, 3.0)]);
    }

    /// Windows of a meter follow each other; their energies are the books'.
    #[test]
    fn meters_reduce_their_windows() {
        let mut site = Scenario::new("site", Calendar::days(900, 1));
        let quarters: Vec<f64> = (0..96).map(|i| f64::from(i % 7)).collect();
        site.loads.push(Load::new("load", quarters.clone()));
        let meter = |reduction, window_s| Meter { name: "m".into(), quantity: Quantity::Import, reduction, window_s };
        let settings = Monitoring {
            meters: vec![
                meter(Reduction::Mean, 3600),
                meter(Reduction::Greatest, 3600),
                meter(Reduction::Least, 3600),
                meter(Reduction::Energy, 9 * 3600),
            ],
            ..Monitoring::default()
        };
        let meters = watched(&site, &settings).meters;
        let of = |reduce: fn(&[f64]) -> f64| quarters.chunks(4).map(reduce).collect::<Vec<f64>>();
        let close = |a: &[f64], b: &[f64]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(&meters[0].values, &of(|four| four.iter().sum::<f64>() / 4.0)));
        assert!(close(&meters[1].values, &of(|four| four.iter().copied().fold(0.0, f64::max))));
        assert!(close(&meters[2].values, &of(|four| four.iter().copied().fold(f64::INFINITY, f64::min))));
        // Two windows of nine hours and the rest of the day.
        let total: f64 = meters[3].values.iter().sum();
        assert!(meters[3].values.len() == 3 && (total - quarters.iter().sum::<f64>() / 4.0).abs() < 1e-9);
    }
}
