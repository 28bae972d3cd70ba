//! A second implementation of the certificate's arithmetic: plain sums over the case's own columns, from the formula of the
//! Lagrangian. It shares no function with the library and reads nothing of the library's site.

use microgrid_design::sizing::{Certificate, Size};
use serde_json::Value;

/// The columns of a case.
pub(crate) struct Columns {
    pv: Vec<f64>,
    load: Vec<f64>,
    import: Vec<f64>,
    export: Vec<f64>,
    is_up: Vec<bool>,
    month: Vec<usize>,
}

impl Columns {
    pub(crate) fn of(parameters: &Value, outages: &[usize]) -> Self {
        let [pv, load, import, export] = super::reference_sizing::series();
        let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let month = days.iter().enumerate().flat_map(|(month, days)| vec![month; 24 * days]).collect();
        let reference = parameters["pv_reference_kwp"].as_f64().unwrap();
        Self {
            pv: pv.iter().map(|kw| kw / reference).collect(),
            is_up: (0..load.len()).map(|step| !outages.contains(&step)).collect(),
            load,
            import,
            export,
            month,
        }
    }
}

/// The lower value of the cost over all sizes within their bounds, in the order pv, kWh, kW, genset.
pub(crate) fn lower_cost(columns: &Columns, parameters: &Value, certificate: &Certificate, sizes: &[Size]) -> f64 {
    let bounds: Vec<(f64, f64)> = sizes.iter().map(|size| (size.least, size.most)).collect();
    lower_cost_within(columns, parameters, certificate, sizes, &bounds)
}

/// The same within other bounds.
pub(crate) fn lower_cost_within(
    columns: &Columns,
    parameters: &Value,
    certificate: &Certificate,
    sizes: &[Size],
    bounds: &[(f64, f64)],
) -> f64 {
    let p = |key: &str| parameters[key].as_f64().unwrap_or(0.0);
    let (eta_c, eta_d, wear) = (p("charge_efficiency"), p("discharge_efficiency"), p("wear_per_kwh_discharged"));
    let (floor, start) = (p("soc_min_fraction"), p("soc_start_fraction"));
    let paths = &certificate.years[0];
    let demand = p("demand_charge_per_kw_month");
    let count = columns.load.len();
    let (mut sum, mut pv, mut kwh, mut kw, mut genset) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut premiums = [0.0; 12];
    let mut in_month = [0; 12];
    for t in 0..count {
        let (price, value) = (paths.bus[t], paths.stored[t]);
        let month = columns.month[t];
        let premium = if demand > 0.0 { paths.premiums[month][in_month[month]] } else { 0.0 };
        in_month[month] += 1;
        assert!((0.0..=demand).contains(&premium), "a premium beyond the charge proves nothing: {premium}");
        premiums[month] += premium;
        let limit = |name: &str| if columns.is_up[t] { p(name) } else { 0.0 };
        sum += price * columns.load[t];
        // Shed load only where the case lets it be shed: elsewhere the price may be anything.
        let may_shed = p("unserved_cost_per_kwh") > 0.0 && columns.load[t] > limit("import_max_kw");
        if may_shed {
            sum -= columns.load[t] * (price - p("unserved_cost_per_kwh")).max(0.0);
        }
        sum -= limit("import_max_kw") * (price - columns.import[t] - premium).max(0.0);
        sum -= limit("export_max_kw") * (columns.export[t] - price).max(0.0);
        pv -= columns.pv[t] * price.max(0.0);
        kw -= (eta_c * value - price).max(0.0) + (price - wear - value / eta_d).max(0.0);
        if let Some(cost) = parameters["genset_energy_cost_per_kwh"].as_f64() {
            genset -= (price - cost).max(0.0);
        }
        // What a unit of energy held over this step's end is weighed with.
        let weight = value - if t + 1 < count { paths.stored[t + 1] } else { 0.0 };
        // At the end at least the start's share is asked for.
        let least = if t + 1 < count { floor } else { start };
        kwh += (weight * least).min(weight);
    }
    kwh -= start * paths.stored[0];
    let caps: f64 = premiums.iter().map(|premium| (demand - premium).min(0.0) * p("import_max_kw")).sum();
    let slopes = [pv, kwh, kw, genset];
    let of_size = |((size, slope), (least, most)): ((&Size, f64), &(f64, f64))| {
        let whole = slope + size.cost_per_unit;
        (whole * least).min(whole * most)
    };
    sum + caps + sizes.iter().zip(slopes).zip(bounds).map(of_size).sum::<f64>()
}
