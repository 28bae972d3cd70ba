//! Tables within `[[generation.pv]]`: cells, modules, inverters and losses by their own numbers.

use microgrid_core::generation::pv::{CellTemperature, Losses, Module, SandiaInverter, SixParameter};
use schemars::JsonSchema;

use crate::document::Section;

/// Sandia's cell temperature: `T_air + G (e^(a + b · wind) + delta_c / 1000)`.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SapmTable {
    /// Natural logarithm of the warming per irradiance in still air, −6 to −2.
    pub a: f64,
    /// Effect of wind in s/m, −0.3 to 0.
    pub b: f64,
    /// Cell above module back at 1000 W/m² in K, 0 to 10.
    pub delta_c: f64,
}

/// Faiman's cell temperature: `T_air + G / (u0 + u1 · wind)`.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FaimanTable {
    /// Loss in still air in W/(m² K), 5 to 100.
    pub u0_w_per_m2_k: f64,
    /// Loss per wind speed in W s/(m³ K), 0 to 50.
    pub u1_w_s_per_m3_k: f64,
}

/// Direct-current losses in percent of what the ones before leave, 0 to 99 each; PVWatts's where left out.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LossesTable {
    /// Dust and dirt; 2 by default.
    pub soiling_percent: Option<f64>,
    /// Shadows of buildings and trees, beyond the rows' own; 3 by default.
    pub shading_percent: Option<f64>,
    /// Snow, as a yearly mean; 0 by default.
    pub snow_percent: Option<f64>,
    /// Modules that differ within a string; 2 by default.
    pub mismatch_percent: Option<f64>,
    /// Cables; 2 by default.
    pub wiring_percent: Option<f64>,
    /// Connectors; 0.5 by default.
    pub connections_percent: Option<f64>,
    /// Light-induced degradation of the first months; 1.5 by default.
    pub light_induced_degradation_percent: Option<f64>,
    /// Modules weaker than their label; 1 by default.
    pub nameplate_percent: Option<f64>,
    /// Years of service; 0 by default.
    pub age_percent: Option<f64>,
    /// Outages and repairs, as a yearly mean; 3 by default.
    pub availability_percent: Option<f64>,
    /// Dust and dirt by month, twelve values from January, 0 to 100; instead of `soiling_percent`.
    #[schemars(with = "Option<Vec<f64>>")]
    pub soiling_by_month_percent: Option<[f64; 12]>,
    /// Shadows by month, twelve values from January, 0 to 100; instead of `shading_percent`.
    #[schemars(with = "Option<Vec<f64>>")]
    pub shading_by_month_percent: Option<[f64; 12]>,
    /// Snow by month, twelve values from January, 0 to 100; instead of `snow_percent`.
    #[schemars(with = "Option<Vec<f64>>")]
    pub snow_by_month_percent: Option<[f64; 12]>,
}

/// Cell temperature scaled from the nominal operating one, as SAM has it.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NoctTable {
    /// Cell temperature at 800 W/m², 20 °C and 1 m/s without load in °C, 30 to 80.
    pub noct_c: f64,
    /// Efficiency of the module at 1000 W/m² and 25 °C, 0 to 0.5; 0.19127 by default.
    pub module_efficiency: Option<f64>,
}

/// PVsyst's cell temperature: `T_air + 0.9 G (1 − efficiency) / (uc + uv · wind)`.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PvsystTable {
    /// Loss in still air in W/(m² K), 5 to 100.
    pub uc_w_per_m2_k: f64,
    /// Loss per wind speed in W s/(m³ K), 0 to 50; 0 by default.
    pub uv_w_s_per_m3_k: Option<f64>,
    /// Efficiency of the module, 0 to 0.5; 0.1 by default.
    pub module_efficiency: Option<f64>,
}

/// A module by the six parameters of the California Energy Commission's list.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SixParameterTable {
    /// Voltage of the label's power in V (`V_mp_ref`), 1 to 1000.
    pub vmp_v: f64,
    /// Current of the label's power in A (`I_mp_ref`), 0.01 to 100.
    pub imp_a: f64,
    /// Change of the short-circuit current with temperature in A/K (`alpha_sc`), −0.1 to 0.1.
    pub alpha_isc_a_per_c: f64,
    /// Modified ideality factor in V (`a_ref`), 0.1 to 50.
    pub a_v: f64,
    /// Light current in A (`I_L_ref`), at least `imp_a`.
    pub il_a: f64,
    /// Diode's saturation current in A (`I_o_ref`), above 0.
    pub io_a: f64,
    /// Series resistance in Ω (`R_s`), at least 0.
    pub rs_ohm: f64,
    /// Shunt resistance in Ω (`R_sh_ref`), at least 1.
    pub rsh_ohm: f64,
    /// Adjustment of the temperature coefficients in % (`Adjust`), −100 to 100.
    pub adjust_percent: f64,
}

/// One inverter by the coefficients of the California Energy Commission's list.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SandiaTable {
    /// Rated power out in W (`Paco`), at least 1.
    pub paco_w: f64,
    /// Power in at the rated power out in W (`Pdco`), above `paco_w`.
    pub pdco_w: f64,
    /// Voltage in at the rated power out in V (`Vdco`), 1 to 3000.
    pub vdco_v: f64,
    /// Power in at which it starts in W (`Pso`), at least 0.
    pub pso_w: f64,
    /// Curvature of power out over power in, per W (`C0`).
    pub c0_per_w: f64,
    /// Change of `pdco_w` with the voltage, per V (`C1`); 0 by default.
    pub c1_per_v: Option<f64>,
    /// Change of `pso_w` with the voltage, per V (`C2`); 0 by default.
    pub c2_per_v: Option<f64>,
    /// Change of `c0_per_w` with the voltage, per V (`C3`); 0 by default.
    pub c3_per_v: Option<f64>,
    /// What it draws at night in W (`Pnt`), at least 0; 0 by default.
    pub pnt_w: Option<f64>,
    /// Voltage in at which it runs in V; `vdco_v` by default.
    pub vdc_v: Option<f64>,
}

impl SapmTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            a: section.required_number("a"),
            b: section.required_number("b"),
            delta_c: section.required_number("delta_c"),
        }
    }

    pub(super) fn law(self) -> CellTemperature {
        CellTemperature::Sapm { a: self.a, b: self.b, delta_c: self.delta_c }
    }
}

impl FaimanTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            u0_w_per_m2_k: section.required_number("u0_w_per_m2_k"),
            u1_w_s_per_m3_k: section.required_number("u1_w_s_per_m3_k"),
        }
    }

    pub(super) fn law(self) -> CellTemperature {
        CellTemperature::Faiman { u0_w_per_m2_k: self.u0_w_per_m2_k, u1_w_s_per_m3_k: self.u1_w_s_per_m3_k }
    }
}

impl NoctTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self { noct_c: section.required_number("noct_c"), module_efficiency: section.number("module_efficiency") }
    }

    pub(super) fn law(self) -> CellTemperature {
        CellTemperature::Noct { noct_c: self.noct_c, module_efficiency: self.module_efficiency.unwrap_or(0.191_27) }
    }
}

impl PvsystTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            uc_w_per_m2_k: section.required_number("uc_w_per_m2_k"),
            uv_w_s_per_m3_k: section.number("uv_w_s_per_m3_k"),
            module_efficiency: section.number("module_efficiency"),
        }
    }

    pub(super) fn law(self) -> CellTemperature {
        CellTemperature::Pvsyst {
            uc_w_per_m2_k: self.uc_w_per_m2_k,
            uv_w_s_per_m3_k: self.uv_w_s_per_m3_k.unwrap_or(0.0),
            module_efficiency: self.module_efficiency.unwrap_or(0.1),
        }
    }
}

impl SixParameterTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            vmp_v: section.required_number("vmp_v"),
            imp_a: section.required_number("imp_a"),
            alpha_isc_a_per_c: section.required_number("alpha_isc_a_per_c"),
            a_v: section.required_number("a_v"),
            il_a: section.required_number("il_a"),
            io_a: section.required_number("io_a"),
            rs_ohm: section.required_number("rs_ohm"),
            rsh_ohm: section.required_number("rsh_ohm"),
            adjust_percent: section.required_number("adjust_percent"),
        }
    }

    pub(super) fn module(self) -> Module {
        Module::SixParameter(SixParameter {
            vmp_v: self.vmp_v,
            imp_a: self.imp_a,
            alpha_isc_a_per_c: self.alpha_isc_a_per_c,
            a_v: self.a_v,
            il_a: self.il_a,
            io_a: self.io_a,
            rs_ohm: self.rs_ohm,
            rsh_ohm: self.rsh_ohm,
            adjust_percent: self.adjust_percent,
        })
    }
}

impl SandiaTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            paco_w: section.required_number("paco_w"),
            pdco_w: section.required_number("pdco_w"),
            vdco_v: section.required_number("vdco_v"),
            pso_w: section.required_number("pso_w"),
            c0_per_w: section.required_number("c0_per_w"),
            c1_per_v: section.number("c1_per_v"),
            c2_per_v: section.number("c2_per_v"),
            c3_per_v: section.number("c3_per_v"),
            pnt_w: section.number("pnt_w"),
            vdc_v: section.number("vdc_v"),
        }
    }

    pub(super) fn inverter(self) -> SandiaInverter {
        SandiaInverter {
            paco_w: self.paco_w,
            pdco_w: self.pdco_w,
            vdco_v: self.vdco_v,
            pso_w: self.pso_w,
            c0_per_w: self.c0_per_w,
            c1_per_v: self.c1_per_v.unwrap_or(0.0),
            c2_per_v: self.c2_per_v.unwrap_or(0.0),
            c3_per_v: self.c3_per_v.unwrap_or(0.0),
            vdc_v: self.vdc_v.unwrap_or(self.vdco_v),
        }
    }

    /// What it draws at night in W per kW of its rating.
    pub(super) fn night_w_per_kw(self) -> f64 {
        self.pnt_w.unwrap_or(0.0) * 1000.0 / self.paco_w
    }
}

impl LossesTable {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let table = Self {
            soiling_percent: section.number("soiling_percent"),
            shading_percent: section.number("shading_percent"),
            snow_percent: section.number("snow_percent"),
            mismatch_percent: section.number("mismatch_percent"),
            wiring_percent: section.number("wiring_percent"),
            connections_percent: section.number("connections_percent"),
            light_induced_degradation_percent: section.number("light_induced_degradation_percent"),
            nameplate_percent: section.number("nameplate_percent"),
            age_percent: section.number("age_percent"),
            availability_percent: section.number("availability_percent"),
            soiling_by_month_percent: section.months("soiling_by_month_percent"),
            shading_by_month_percent: section.months("shading_by_month_percent"),
            snow_by_month_percent: section.months("snow_by_month_percent"),
        };
        for [yearly, by_month] in [
            ["soiling_percent", "soiling_by_month_percent"],
            ["shading_percent", "shading_by_month_percent"],
            ["snow_percent", "snow_by_month_percent"],
        ] {
            section.allow_one(&[yearly, by_month]);
        }
        table
    }

    /// Core's losses.
    #[must_use]
    pub fn losses(&self) -> Losses {
        let usual = Losses::default();
        Losses {
            soiling_percent: self.soiling_percent.unwrap_or(usual.soiling_percent),
            shading_percent: self.shading_percent.unwrap_or(usual.shading_percent),
            snow_percent: self.snow_percent.unwrap_or(usual.snow_percent),
            mismatch_percent: self.mismatch_percent.unwrap_or(usual.mismatch_percent),
            wiring_percent: self.wiring_percent.unwrap_or(usual.wiring_percent),
            connections_percent: self.connections_percent.unwrap_or(usual.connections_percent),
            light_induced_degradation_percent: self
                .light_induced_degradation_percent
                .unwrap_or(usual.light_induced_degradation_percent),
            nameplate_percent: self.nameplate_percent.unwrap_or(usual.nameplate_percent),
            age_percent: self.age_percent.unwrap_or(usual.age_percent),
            availability_percent: self.availability_percent.unwrap_or(usual.availability_percent),
            soiling_by_month_percent: self.soiling_by_month_percent,
            shading_by_month_percent: self.shading_by_month_percent,
            snow_by_month_percent: self.snow_by_month_percent,
        }
    }
}
