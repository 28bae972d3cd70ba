//! What a strategy asks for.

use alloc::vec::Vec;
use core::fmt;

use super::{Reason, Site};

/// Of a device's limit, or of a kilowatt where that is more: a negative power no larger than this is rounding, and counts as 0.
const ROUNDING: f64 = 1e-9;

/// What a strategy asks for in one step. The last word on a device counts.
///
/// A request that cannot be meant is a [`RequestFault`].
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Positive into the site's bus.
    pub(crate) battery_kw: Vec<f64>,
    /// Power, or off.
    pub(crate) genset_kw: Vec<Option<f64>>,
    /// Power, or by its own rule.
    pub(crate) use_kw: Vec<Option<f64>>,
    /// Generation to leave.
    pub(crate) curtailed_kw: f64,
    /// Net import below which generation is to be left.
    pub(crate) least_net_kw: Option<f64>,
    pub(crate) reason: Option<Reason>,
    /// The first device asked that the site does not have.
    pub(super) missing: Option<Device>,
    /// The lowest of negative powers, which may be rounding.
    pub(super) negative: Option<(Device, f64)>,
}

/// What is asked of one battery. Powers in kW at its AC terminals.
pub struct BatteryRequest<'a> {
    index: usize,
    request: &'a mut Request,
}

/// What is asked of one genset.
pub struct GensetRequest<'a> {
    index: usize,
    request: &'a mut Request,
}

/// What is asked of one flexible use.
pub struct FlexibleUseRequest<'a> {
    index: usize,
    request: &'a mut Request,
}

/// What a request is about. Indices count in the order of the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Device {
    /// A battery.
    Battery(u32),
    /// A genset.
    Genset(u32),
    /// A flexible use.
    FlexibleUse(u32),
    /// The generation to leave.
    Curtailment,
}

/// Why a request cannot be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RequestFault {
    /// A power that is not a finite number.
    NotFinite(Device),
    /// A power below 0 where a verb says the direction, by more than rounding: 1e-9 of the device's limit or of a kilowatt.
    Negative(Device),
    /// A device that the site does not have.
    Missing(Device),
}

impl Request {
    /// A battery, to be asked.
    pub fn battery(&mut self, index: usize) -> BatteryRequest<'_> {
        BatteryRequest { index, request: self }
    }
    /// A genset, to be asked.
    pub fn genset(&mut self, index: usize) -> GensetRequest<'_> {
        GensetRequest { index, request: self }
    }
    /// A flexible use ([`Site::flexible_uses`]), to be asked.
    pub fn flexible_use(&mut self, index: usize) -> FlexibleUseRequest<'_> {
        FlexibleUseRequest { index, request: self }
    }
    /// Says why, by a code of the strategy's own, for whoever records the run ([`Reason::Own`]).
    pub fn because(&mut self, code: &'static str) {
        self.reason = Some(Reason::Own(code));
    }
    /// Asks to leave `kw` of the generation that there is, at least 0, as where export costs money; what cannot be
    /// curtailed is not. Generation that the site can neither use nor export is curtailed unasked. What a battery that may
    /// not charge from the grid charges is not left: its charge comes before the curtailment.
    pub fn curtail(&mut self, kw: f64) {
        self.curtailed_kw = self.at_least_0(Device::Curtailment, kw);
    }
    /// Asks to leave generation as far as the site's net import, export negative, would be below `kw`: 0 to export
    /// nothing, minus the tie's limit so that a discharge asked with it goes out before the sun does. What cannot be
    /// curtailed is not. Of this and [`Request::curtail`] the one that leaves more counts.
    pub fn curtail_to_net_import(&mut self, kw: f64) {
        self.least_net_kw = Some(kw);
    }

    /// Keeps a negative power for [`Request::fault`], which knows the limits, and takes 0 in its place.
    fn at_least_0(&mut self, device: Device, kw: f64) -> f64 {
        if kw < 0.0 && self.negative.is_none_or(|(_, lowest)| kw < lowest) {
            self.negative = Some((device, kw));
        }
        if kw < 0.0 && kw.is_finite() { 0.0 } else { kw }
    }

    fn ask_battery(&mut self, index: usize, kw: f64) {
        match self.battery_kw.get_mut(index) {
            Some(ask) => *ask = kw,
            None => self.is_missing(Device::Battery(index as u32)),
        }
    }

    fn ask_genset(&mut self, index: usize, kw: Option<f64>) {
        match self.genset_kw.get_mut(index) {
            Some(ask) => *ask = kw,
            None => self.is_missing(Device::Genset(index as u32)),
        }
    }

    fn is_missing(&mut self, device: Device) {
        self.missing.get_or_insert(device);
    }

    /// Empties the request.
    pub(crate) fn clear(&mut self) {
        self.battery_kw.fill(0.0);
        self.genset_kw.fill(None);
        self.use_kw.fill(None);
        self.curtailed_kw = 0.0;
        self.least_net_kw = None;
        self.reason = None;
        self.missing = None;
        self.negative = None;
    }

    /// What cannot be meant, if anything.
    pub(crate) fn fault(&self, site: &Site) -> Option<RequestFault> {
        if let Some(device) = self.missing {
            return Some(RequestFault::Missing(device));
        }
        if let Some(device) = self.not_finite() {
            return Some(RequestFault::NotFinite(device));
        }
        let (device, kw) = self.negative?;
        let limit_kw = match device {
            Device::Battery(i) => {
                let battery = site.batteries[i as usize];
                battery.charge_limit_kw.max(battery.discharge_limit_kw)
            }
            Device::Genset(i) => site.gensets[i as usize].rating_kw,
            Device::FlexibleUse(i) => {
                let flexible = site.flexible_uses[i as usize];
                flexible.most_kw.max(flexible.give_most_kw)
            }
            Device::Curtailment => site.generation_kw,
        };
        (kw < -ROUNDING * limit_kw.max(1.0)).then_some(RequestFault::Negative(device))
    }

    fn not_finite(&self) -> Option<Device> {
        let bad = |kw: &f64| !kw.is_finite();
        let asked_bad = |kw: &Option<f64>| kw.as_ref().is_some_and(bad);
        let battery = self.battery_kw.iter().position(bad).map(|i| Device::Battery(i as u32));
        let genset = || self.genset_kw.iter().position(asked_bad).map(|i| Device::Genset(i as u32));
        let flexible = || self.use_kw.iter().position(asked_bad).map(|i| Device::FlexibleUse(i as u32));
        let curtailed = || (bad(&self.curtailed_kw) || asked_bad(&self.least_net_kw)).then_some(Device::Curtailment);
        battery.or_else(genset).or_else(flexible).or_else(curtailed)
    }
}

impl RequestFault {
    /// As two numbers of a snapshot.
    pub(crate) fn words(self) -> [f64; 2] {
        let (kind, device) = match self {
            Self::NotFinite(device) => (0.0, device),
            Self::Negative(device) => (1.0, device),
            Self::Missing(device) => (2.0, device),
        };
        match device {
            Device::Battery(i) => [kind, f64::from(i)],
            Device::Genset(i) => [kind + 3.0, f64::from(i)],
            Device::FlexibleUse(i) => [kind + 6.0, f64::from(i)],
            Device::Curtailment => [kind + 9.0, 0.0],
        }
    }

    /// From the numbers of [`RequestFault::words`].
    pub(crate) fn of_words([code, index]: [f64; 2]) -> Self {
        let (code, index) = (code as u32, index as u32);
        let device = match code / 3 {
            0 => Device::Battery(index),
            1 => Device::Genset(index),
            2 => Device::FlexibleUse(index),
            _ => Device::Curtailment,
        };
        match code % 3 {
            0 => Self::NotFinite(device),
            1 => Self::Negative(device),
            _ => Self::Missing(device),
        }
    }
}

impl BatteryRequest<'_> {
    /// Asks it to charge with `kw`, at least 0.
    pub fn charge(self, kw: f64) {
        let kw = self.request.at_least_0(Device::Battery(self.index as u32), kw);
        self.request.ask_battery(self.index, -kw);
    }
    /// Asks it to discharge with `kw`, at least 0.
    pub fn discharge(self, kw: f64) {
        let kw = self.request.at_least_0(Device::Battery(self.index as u32), kw);
        self.request.ask_battery(self.index, kw);
    }
    /// Asks it to discharge with `kw` where that is positive, to charge with −`kw` where it is negative.
    pub fn power(self, kw: f64) {
        self.request.ask_battery(self.index, kw);
    }
}

impl GensetRequest<'_> {
    /// Asks it to run, with `kw`, at least 0, or as near to it as its least load and its ramp let it.
    pub fn run(self, kw: f64) {
        let kw = self.request.at_least_0(Device::Genset(self.index as u32), kw);
        self.request.ask_genset(self.index, Some(kw));
    }
    /// Asks it to be off, which it is unless asked to run; one that started too short a time ago goes on.
    pub fn stop(self) {
        self.request.ask_genset(self.index, None);
    }
}

impl FlexibleUseRequest<'_> {
    /// Asks it to take `kw`, at least 0, at its AC terminals, or as near to it as its limits let it; unasked it follows its own
    /// rule. One that cannot take as little as it is asked for but nothing, such as an electrolyser below its least load,
    /// takes nothing.
    pub fn draw(self, kw: f64) {
        self.ask(kw, 1.0);
    }
    /// Asks it to give `kw`, at least 0, at its AC terminals, as far as it can give anything
    /// ([`FlexibleUse::give_most_kw`](super::FlexibleUse::give_most_kw)); one that cannot takes its least.
    pub fn give(self, kw: f64) {
        self.ask(kw, -1.0);
    }
    fn ask(self, kw: f64, sign: f64) {
        let device = Device::FlexibleUse(self.index as u32);
        let kw = self.request.at_least_0(device, kw);
        match self.request.use_kw.get_mut(self.index) {
            Some(ask) => *ask = Some(sign * kw),
            None => self.request.is_missing(device),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Battery(i) => write!(f, "battery {i}"),
            Self::Genset(i) => write!(f, "genset {i}"),
            Self::FlexibleUse(i) => write!(f, "flexible use {i}"),
            Self::Curtailment => f.write_str("the curtailment"),
        }
    }
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite(device) => write!(f, "a power of {device} that is not a finite number"),
            Self::Negative(device) => write!(f, "a power of {device} below 0"),
            Self::Missing(device) => write!(f, "{device}, which the site does not have"),
        }
    }
}
