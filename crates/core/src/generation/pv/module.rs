//! From light to direct current.

use alloc::format;

use crate::Problems;

/// How a module's power follows light and warmth.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Module {
    /// Power in proportion to the light, less the array's `temperature_coefficient_per_c`: PVWatts up to its version 7.
    #[default]
    Linear,
    /// The six parameters of the California Energy Commission's list; the array's temperature coefficient then has no
    /// meaning, for they bring their own.
    SixParameter(SixParameter),
}

/// A module by six parameters of its single-diode circuit and the point they were fitted to.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct SixParameter {
    /// Voltage of the label's power, V, above 0.
    pub vmp_v: f64,
    /// Current of the label's power, A, above 0.
    pub imp_a: f64,
    /// Change of the short-circuit current with temperature, A/K.
    pub alpha_isc_a_per_c: f64,
    /// Modified ideality factor at 25 °C, V, above 0.
    pub a_v: f64,
    /// Light current at 1000 W/m² and 25 °C, A, above 0.
    pub il_a: f64,
    /// Diode's saturation current at 25 °C, A, above 0.
    pub io_a: f64,
    /// Series resistance, Ω, 0 or more.
    pub rs_ohm: f64,
    /// Shunt resistance at 1000 W/m², Ω, above 0.
    pub rsh_ohm: f64,
    /// Adjustment of the temperature coefficients, %.
    pub adjust_percent: f64,
}

impl SixParameter {
    /// PVWatts V8's "standard" module: Canadian Solar CS1H-320MS, crystalline silicon.
    #[must_use]
    pub const fn pvwatts_standard() -> Self {
        Self {
            vmp_v: 35.8,
            imp_a: 9.01,
            alpha_isc_a_per_c: 0.004_755,
            a_v: 1.659_16,
            il_a: 9.513_93,
            io_a: 4.378_13e-11,
            rs_ohm: 0.269_953,
            rsh_ohm: 654.059,
            adjust_percent: 5.795_86,
        }
    }

    /// PVWatts V8's "premium" module: SunPower SPR-E20-327.
    #[must_use]
    pub const fn pvwatts_premium() -> Self {
        Self {
            vmp_v: 54.7,
            imp_a: 5.98,
            alpha_isc_a_per_c: 0.0026,
            a_v: 2.453_26,
            il_a: 6.4704,
            io_a: 2.017_84e-11,
            rs_ohm: 0.421_231,
            rsh_ohm: 261.723,
            adjust_percent: 9.564_82,
        }
    }

    /// PVWatts V8's "thin film" module: First Solar FS-6435A.
    #[must_use]
    pub const fn pvwatts_thin_film() -> Self {
        Self {
            vmp_v: 183.6,
            imp_a: 2.37,
            alpha_isc_a_per_c: 0.001_02,
            a_v: 7.972_93,
            il_a: 2.554_75,
            io_a: 2.692_43e-12,
            rs_ohm: 4.609_91,
            rsh_ohm: 2476.95,
            adjust_percent: -2.498_65,
        }
    }

    /// Greatest power of one module, W.
    ///
    /// # Model
    /// De Soto, Klein & Beckman, Solar Energy 80 (2006) 78, with the adjustment of Dobos, *An improved coefficient
    /// calculator for the California Energy Commission 6 parameter photovoltaic module model*, J. Sol. Energy Eng. 134
    /// (2012). With T in K, T₀ = 298.15 K, G light behind the cover:
    ///
    /// - `I_L = G/1000 · (I_L0 + α_Isc (1 − Adj/100)(T − T₀))`, `R_sh = R_sh0 · 1000/G`, `a = a₀ T/T₀`
    /// - `I₀ = I₀₀ (T/T₀)³ exp((E_g0/T₀ − E_g/T)/k)`, `E_g = 1.12 eV (1 − 0.0002677 (T − T₀))`, k = 8.617333e-5 eV/K
    /// - `I = I_L − I₀ (e^{V_d/a} − 1) − V_d/R_sh`, `V = V_d − I R_s`
    ///
    /// The greatest power is where `d(V I)/dV_d = 0`: one equation in the diode's voltage V_d, whose left side falls
    /// from positive at 0 to negative at the open circuit, solved by Newton's steps kept between those two.
    #[must_use]
    pub fn power_w(&self, effective_w_per_m2: f64, cell_c: f64) -> f64 {
        const COLD: f64 = 298.15;
        const BOLTZMANN_EV_PER_K: f64 = 8.617_333_262e-5;
        let suns = effective_w_per_m2 / 1000.0;
        if suns <= 0.0 {
            return 0.0;
        }
        let (warm, over) = (cell_c + 273.15, cell_c - 25.0);
        let light = suns * (self.il_a + self.alpha_isc_a_per_c * (1.0 - self.adjust_percent / 100.0) * over);
        let gap = 1.12 / COLD - 1.12 * (1.0 - 0.000_267_7 * over) / warm;
        let ratio = warm / COLD;
        let dark = self.io_a * ratio * ratio * ratio * libm::exp(gap / BOLTZMANN_EV_PER_K);
        let (slope, leak) = (self.a_v * ratio, suns / self.rsh_ohm);
        if light <= 0.0 {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, slope * libm::log(light / dark + 1.0));
        let mut diode = 0.85 * high;
        for _ in 0..40 {
            let grown = dark / slope * libm::exp(diode / slope);
            let current = light - dark * libm::expm1(diode / slope) - leak * diode;
            let current_slope = -grown - leak;
            let voltage = diode - current * self.rs_ohm;
            let voltage_slope = 1.0 - current_slope * self.rs_ohm;
            let rise = voltage_slope * current + voltage * current_slope;
            let bend = -grown / slope;
            let rise_slope = 2.0 * voltage_slope * current_slope + bend * (voltage - self.rs_ohm * current);
            if rise > 0.0 {
                low = diode;
            } else {
                high = diode;
            }
            let newton = diode - rise / rise_slope;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            let is_still = (next - diode).abs() <= 1e-12 * diode;
            diode = next;
            if is_still {
                break;
            }
        }
        let current = light - dark * libm::expm1(diode / slope) - leak * diode;
        ((diode - current * self.rs_ohm) * current).max(0.0)
    }

    /// Adds a problem for each impossible value.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        let mut range = |name: &str, value: f64, least: f64, most: f64| {
            problems.require_range(format_args!("{field}.{name}"), value, least, most);
        };
        range("vmp_v", self.vmp_v, 1.0, 1000.0);
        range("imp_a", self.imp_a, 0.01, 100.0);
        range("alpha_isc_a_per_c", self.alpha_isc_a_per_c, -0.1, 0.1);
        range("a_v", self.a_v, 0.1, 50.0);
        range("il_a", self.il_a, self.imp_a, 2.0 * self.imp_a);
        range("io_a", self.io_a, 1e-20, 1e-3);
        range("rs_ohm", self.rs_ohm, 0.0, self.vmp_v / self.imp_a);
        range("rsh_ohm", self.rsh_ohm, 1.0, 1e7);
        range("adjust_percent", self.adjust_percent, -100.0, 100.0);
        if !problems.iter().any(|problem| problem.field.starts_with(field)) {
            let label_w = self.vmp_v * self.imp_a;
            let name = format_args!("{field}: power at 1000 W/m² and 25 °C over vmp_v · imp_a");
            problems.require_range(name, self.power_w(1000.0, 25.0) / label_w, 0.95, 1.05);
        }
    }
}

/// Nodes of the logarithm of light, from 1 W/m² to beyond 1600.
const LIGHTS: usize = 27;
const LIGHT_STEP: f64 = 0.3;
/// Nodes of the cell temperature, °C.
const WARMTHS: [f64; 4] = [-30.0, 10.0, 50.0, 90.0];

/// A module's power per label's power and light, tabulated once for a plant: cubic between nodes of the light's logarithm
/// and of the temperature. Against [`SixParameter::power_w`] it errs by less than 1.5e-4 of it from 5 to 1500 W/m² and
/// −30 to 90 °C (tested), at a twentieth of its time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PowerTable {
    shares: [[f64; WARMTHS.len()]; LIGHTS],
}

impl PowerTable {
    pub(super) fn new(module: &SixParameter) -> Self {
        let label_w = module.vmp_v * module.imp_a;
        let mut shares = [[0.0; WARMTHS.len()]; LIGHTS];
        for (i, row) in shares.iter_mut().enumerate() {
            let light = libm::exp(LIGHT_STEP * i as f64);
            for (share, warmth) in row.iter_mut().zip(WARMTHS) {
                *share = module.power_w(light, warmth) / (light / 1000.0 * label_w);
            }
        }
        Self { shares }
    }

    /// Power over the label's power.
    pub(super) fn per_label(&self, effective_w_per_m2: f64, cell_c: f64) -> f64 {
        if effective_w_per_m2 <= 0.0 {
            return 0.0;
        }
        let [a, b, c, d] = WARMTHS.map(|node| (cell_c - node) / (WARMTHS[1] - WARMTHS[0]));
        let warm = [b * c * d / -6.0, a * c * d / 2.0, a * b * d / -2.0, a * b * c / 6.0];
        let place = libm::log(effective_w_per_m2).max(0.0) / LIGHT_STEP;
        let left = (place as usize).clamp(1, LIGHTS - 3);
        let u = place - left as f64;
        let light = [
            u * (u - 1.0) * (u - 2.0) / -6.0,
            (u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0,
            (u + 1.0) * u * (u - 2.0) / -2.0,
            (u + 1.0) * u * (u - 1.0) / 6.0,
        ];
        let mut share = 0.0;
        for (weight, row) in light.iter().zip(&self.shares[left - 1..left + 3]) {
            share += weight * (warm[0] * row[0] + warm[1] * row[1] + warm[2] * row[2] + warm[3] * row[3]);
        }
        (effective_w_per_m2 / 1000.0 * share).max(0.0)
    }
}

impl Module {
    /// Adds a problem for each impossible value.
    pub fn check(&self, field: &str, problems: &mut Problems) {
        if let Self::SixParameter(module) = self {
            module.check(&format!("{field}.six_parameter"), problems);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pvlib 0.16.1 `calcparams_cec` (with SAM's band gap, 1.12 eV; its own default is 1.121) and `singlediode` (Newton).
    #[test]
    fn greatest_power_equals_pvlib_s() {
        let [standard, premium, thin] =
            [SixParameter::pvwatts_standard(), SixParameter::pvwatts_premium(), SixParameter::pvwatts_thin_film()];
        for (module, light, cell_c, power_w) in [
            (standard, 1000.0, 25.0, 322.5587499),
            (standard, 1000.0, 60.0, 280.0831984),
            (standard, 200.0, 15.0, 65.7804448),
            (standard, 50.0, -10.0, 17.2699154),
            (standard, 1200.0, 45.0, 356.2974698),
            (standard, 5.0, 10.0, 1.4377927),
            (premium, 1000.0, 60.0, 286.2971601),
            (premium, 50.0, -10.0, 17.1862994),
            (thin, 1000.0, 60.0, 385.3907520),
            (thin, 1200.0, 45.0, 486.3252886),
        ] {
            let found = module.power_w(light, cell_c);
            // Six digits: pvlib's Boltzmann constant and its tolerance differ in the seventh.
            assert!((found / power_w - 1.0).abs() < 1e-6, "{light} W/m², {cell_c} °C: {found}, not {power_w}");
        }
    }

    #[test]
    fn table_stays_within_its_stated_error() {
        for module in
            [SixParameter::pvwatts_standard(), SixParameter::pvwatts_premium(), SixParameter::pvwatts_thin_film()]
        {
            let (table, label_w) = (PowerTable::new(&module), module.vmp_v * module.imp_a);
            let mut worst = 0.0_f64;
            for i in 0..120 {
                let light = 5.0 * libm::pow(300.0, f64::from(i) / 119.0);
                for j in 0..25 {
                    let cell_c = -30.0 + 5.0 * f64::from(j);
                    let error = table.per_label(light, cell_c) * label_w / module.power_w(light, cell_c) - 1.0;
                    worst = worst.max(error.abs());
                }
            }
            assert!(worst < 1.5e-4, "{worst}");
        }
    }

    #[test]
    fn parameters_of_another_module_are_refused() {
        let mut problems = Problems::none();
        SixParameter::pvwatts_standard().check("module", &mut problems);
        assert!(problems.is_empty(), "{problems}");
        SixParameter { rs_ohm: 2.0, ..SixParameter::pvwatts_standard() }.check("module", &mut problems);
        assert_eq!(problems.iter().count(), 1, "{problems}");
    }
}
