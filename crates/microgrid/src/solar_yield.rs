//! The yield of a site's solar plants.

use microgrid_core::{Problem, Problems};
use microgrid_report::SolarYield;

use crate::Loaded;

/// The yield of each solar plant of a site under its sky: where the light goes, and what each month gives. It does not
/// depend on any strategy: what a run curtails is not taken off.
///
/// # Errors
/// A site without solar arrays (`[[generation.pv]]`).
///
/// # Examples
/// ```
/// let site = microgrid::load("../../seeds/workplace-hub")?;
/// let [canopy] = &microgrid::solar_yields(&site)?[..] else { panic!("it has one plant") };
/// assert!((70.0..90.0).contains(&canopy.performance_ratio_percent()));
/// println!("{}", microgrid::solar_yield_table(&[canopy.clone()]));
/// # Ok::<(), microgrid::Problems>(())
/// ```
pub fn solar_yields(site: &Loaded) -> Result<Vec<SolarYield>, Problems> {
    let Some(solar) = &site.solar else {
        let none = Problem::new("generation.pv", "is not there: the site has no solar arrays under its weather");
        return Err(none.hint("write [[generation.pv]] and [site.weather]").into());
    };
    let step_h = f64::from(site.clock.step_s()) / 3600.0;
    let mut yields = Vec::new();
    for (name, plant) in &solar.plants {
        let mut months: Vec<(String, f64)> = Vec::new();
        for (step, kw) in solar.resource.ac_kw(plant)?.iter().enumerate() {
            let local = site.clock.local(step);
            let (year, month) = (local.year(), local.month());
            let name = || format!("{year:04}-{month:02}");
            // A label is only made where the month turns.
            let is_new = step == 0 || site.clock.local(step - 1).month() != month;
            if is_new {
                months.push((name(), 0.0));
            }
            months.last_mut().expect("the first step begins a month").1 += kw * step_h;
        }
        yields.push(SolarYield {
            name: name.clone(),
            dc_kw: plant.dc_kw(),
            ac_kw: plant.ac_kw(),
            run_h: site.clock.steps() as f64 * step_h,
            waterfall: solar.resource.waterfall(plant)?,
            months,
        });
    }
    Ok(yields)
}
