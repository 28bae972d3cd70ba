//! Scenario folders: `scenario.toml` with its data files becomes core's [`Scenario`](microgrid_core::Scenario).
//!
//! The top tables are the words of the project: `[site]`, `[time]`, `[generation]`, `[storage]`, `[distribution]`,
//! `[demand]`, `[utility]`, `[dispatch]`, `[monitoring]`. Each is read by its own file here. Every key is used or refused, and all
//! problems of a stage are told at once, each on its line: first the syntax; then the tables, the data files they name
//! and what core finds wrong with the whole.

mod ageing;
mod ambient;
mod auxiliaries;
mod battery_detail;
mod building;
mod deferrable;
mod demand;
mod dispatch;
mod distribution;
mod feeder;
mod file;
mod generation;
mod genset;
mod hybrid;
mod hydrogen;
mod inverter;
mod loading;
mod monitoring;
mod months;
mod pv;
mod pv_parts;
mod scaling;
mod sessions;
mod shiftable;
mod site;
mod station;
mod station_car;
mod storage;
mod swap_station;
mod tap_changer;
mod time;
mod utility;
mod water_heater;
mod weather;
mod wind;
mod windows;
mod years;

pub use ageing::{AgeingTable, WarrantyTable};
pub use auxiliaries::AuxiliariesTable;
pub use battery_detail::{CellsTable, PartLoadTable, PowerByTemperatureTable, TaperTable, WellsTable};
pub use building::{BuildingTable, BuildingWindowTable, HeatPumpPointTable, HeatPumpTable, ThermalMassTable};
pub use deferrable::{DeferrableTable, WindowTable};
pub use demand::{DemandTable, LoadTable, ValueOfLostLoadTable};
pub use dispatch::DispatchTable;
pub(crate) use dispatch::StrategySetting;
pub use distribution::{DistributionTable, TransformerTable};
pub use feeder::{FeederTable, PlaceTable};
pub use file::{ScenarioFile, schema};
pub use generation::{GenerationTable, SeriesPlantTable, SpinningReserveTable};
pub use genset::{FuelPointTable, GensetTable, HeatRecoveryTable, SecondFuelTable};
pub use hybrid::HybridTable;
pub use hydrogen::{
    CompressorTable, ElectrolyserTable, FuelCellTable, HydrogenLoadTable, HydrogenSaleTable, HydrogenTable,
    HydrogenTankTable, PolarisationPointTable, Technology,
};
pub use inverter::InverterTable;
pub use loading::{Loaded, OtherChoice, SolarSite, read_folder, read_folder_with, read_text};
pub(crate) use loading::{read_whole, scenario_text};
pub use monitoring::{AlarmTable, CustomersTable, MeterTable, MonitoringTable, SurvivalTable, TransformerWatchTable};
pub use pv::{ArrayTable, Preset, PvTable, TrackerTable};
pub use pv_parts::{FaimanTable, LossesTable, NoctTable, PvsystTable, SandiaTable, SapmTable, SixParameterTable};
pub use sessions::{DrawTable, SessionsTable};
pub use shiftable::{JobWindowTable, ShiftableTable};
pub use site::SiteTable;
pub use station::{StationLimitTable, StationTable};
pub use station_car::StationCarTable;
pub use storage::{BatteryTable, StorageTable};
pub use swap_station::SwapStationTable;
pub use tap_changer::TapChangerTable;
pub use time::TimeTable;
pub use utility::{CarbonTable, MeteredTable, OutageTable, RandomOutagesTable, UtilityTable};
pub use water_heater::WaterHeaterTable;
pub use weather::{HorizonTable, NormalsTable, WeatherTable, WindTable};
pub use wind::{WindLossesTable, WindPointTable, WindTurbineTable};
pub use years::YearsTable;
