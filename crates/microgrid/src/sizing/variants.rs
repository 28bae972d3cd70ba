//! Variants side by side: each is a sizing of its own, with its own proof. Together they are branched over and bounded.
//!
//! # Model
//! A choice that changes more than bounds and prices (another tariff, a battery of other efficiency) has a cost of its own, convex in
//! the sizes. Every variant is searched to [`COARSE`] first; then the one of the least proven value is searched on, and those whose
//! proven value is above the least cost known are left: no sizes of theirs are better. The least of all lower values is one of the whole
//! choice.

use microgrid_core::Problems;
use microgrid_design::sizing::{Ending, Progress, Stop};
use microgrid_io::DesignFolder;

use super::cases::Project;
use super::{DesignOptions, found_and_run};

/// Relative distance to which every variant is searched before any is left.
const COARSE: f64 = 1e-2;

/// A variant as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct VariantDesign {
    /// What it is called.
    pub name: String,
    /// Its sizes by their labels.
    pub sizes: Vec<(String, f64)>,
    /// What buying them costs.
    pub capital_cost: f64,
    /// Net present cost of the run.
    pub net_present_cost: f64,
    /// What no sizes of this variant cost less than: proven.
    pub lower: f64,
    /// Whether it was searched no further, as it is proven to be dearer than another.
    pub is_left: bool,
}

/// The variants of a folder, in its order; `known` is the least cost known already.
///
/// # Errors
/// As of a design, with the variant's name.
pub(super) fn variants(
    folder: &DesignFolder,
    options: &DesignOptions,
    stop: Stop,
    known: f64,
    watch: &mut impl FnMut(Progress) -> bool,
) -> Result<Vec<VariantDesign>, Problems> {
    let count = folder.file.variant.len();
    let folders = (0..count).map(|i| folder.variant(i)).collect::<Result<Vec<_>, Problems>>()?;
    let mut found = Vec::new();
    for varied in &folders {
        found.push(designed(varied, options, Stop { gap: stop.gap.max(COARSE), ..stop }, watch)?);
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| found[*a].lower.total_cmp(&found[*b].lower));
    let mut least = found.iter().map(|variant| variant.net_present_cost).fold(known, f64::min);
    for i in order {
        if found[i].lower > least {
            found[i].is_left = true;
        } else if stop.gap < COARSE {
            found[i] = designed(&folders[i], options, stop, watch)?;
            least = least.min(found[i].net_present_cost);
        }
    }
    Ok(found)
}

fn designed(
    folder: &DesignFolder,
    options: &DesignOptions,
    stop: Stop,
    watch: &mut impl FnMut(Progress) -> bool,
) -> Result<VariantDesign, Problems> {
    let name = folder.variant_name().unwrap_or_default().to_owned();
    let of_variant = |mut problems: Problems| {
        problems
            .iter_mut()
            .for_each(|problem| problem.message = format!("in the variant `{name}`: {}", problem.message));
        problems
    };
    let project = Project::of(folder).map_err(of_variant)?.with_journal(options.journal.as_ref());
    let project = super::fading::settled(project, stop, watch).map_err(of_variant)?;
    let run = found_and_run(&project, stop, watch).map_err(of_variant)?;
    let sizes = &run.priced.found.sizes;
    Ok(VariantDesign {
        sizes: sizes.iter().enumerate().map(|(i, size)| (folder.label(i), *size)).collect(),
        capital_cost: run.money.capital_cost,
        net_present_cost: run.money.net_present_cost,
        lower: run.money.lower,
        // One that was stopped is proven to nothing but its lower value.
        is_left: run.priced.found.ending == Ending::Stopped,
        name,
    })
}
