//! Prices as the loop meters them: kWh are summed per *cell*, a combination of the periods of all components, and
//! money is cells × price afterwards. So the bill's lines add up by construction and the loop only adds energy.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Price, PriceComponent};
use crate::Calendar;

/// One direction's price components (import or export), compiled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prices {
    /// The cell of each step; `None` where there is one cell only.
    pub(crate) cell_of_step: Option<Arc<[u32]>>,
    /// For each cell, the period of each component (0 for components without periods), then its finer indices.
    pub(crate) periods_of_cell: Vec<Vec<u16>>,
    /// Components priced step by step: index of the component, and its prices.
    pub(crate) stepwise: Vec<(usize, Arc<[f64]>)>,
    /// The price per kWh of each step: the sum of all components, of prices by block the first block's.
    pub(crate) price_per_kwh: Arc<[f64]>,
}

impl Prices {
    /// Compiles `components`; `finer` are further indices of each step that cells are to tell apart.
    pub(crate) fn compile(components: &[PriceComponent], finer: &[&Arc<[u16]>], calendar: &Calendar) -> Self {
        let steps = calendar.steps();
        let own = components.iter().map(|component| component.price.period_of_step());
        let tables: Vec<Option<&Arc<[u16]>>> = own.chain(finer.iter().map(|table| Some(*table))).collect();
        let mut cells = BTreeMap::new();
        let mut cell_of_step = Vec::new();
        if tables.iter().any(Option::is_some) {
            cell_of_step.reserve_exact(steps);
            let (mut key, mut last): (Vec<u16>, Vec<u16>) = (Vec::new(), Vec::new());
            for step in 0..steps {
                key.clear();
                key.extend(tables.iter().map(|table| table.map_or(0, |periods| periods[step])));
                // Most steps have the cell of the step before: a third of the time of asking the map each time.
                if let (true, Some(cell)) = (key == last, cell_of_step.last().copied()) {
                    cell_of_step.push(cell);
                    continue;
                }
                last.clone_from(&key);
                let next = cells.len() as u32;
                let cell = match cells.get(&key) {
                    Some(cell) => *cell,
                    None => *cells.entry(key.clone()).or_insert(next),
                };
                cell_of_step.push(cell);
            }
        } else {
            cells.insert(alloc::vec![0; tables.len()], 0);
        }
        let mut periods_of_cell = alloc::vec![Vec::new(); cells.len()];
        for (periods, cell) in cells {
            periods_of_cell[cell as usize] = periods;
        }
        let mut price_per_kwh = Vec::with_capacity(steps);
        for (month, steps) in calendar.month_steps().enumerate() {
            price_per_kwh.extend(steps.map(|step| components.iter().map(|c| c.price.at(month, step)).sum::<f64>()));
        }
        let stepwise = components.iter().enumerate().filter_map(|(i, component)| match &component.price {
            Price::Steps(prices) => Some((i, prices.clone())),
            Price::Constant(_) | Price::Periods(_) | Price::Blocks(_) => None,
        });
        Self {
            cell_of_step: (periods_of_cell.len() > 1).then(|| cell_of_step.into()),
            periods_of_cell,
            stepwise: stepwise.collect(),
            price_per_kwh: price_per_kwh.into(),
        }
    }

    pub(crate) fn cells(&self) -> usize {
        self.periods_of_cell.len()
    }

    /// Whether two scenarios with these prices can be metered side by side.
    pub(crate) fn same_shape(&self, other: &Self) -> bool {
        let same_cells = match (&self.cell_of_step, &other.cell_of_step) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (None, None) => true,
            _ => false,
        };
        same_cells && self.cells() == other.cells() && self.stepwise.len() == other.stepwise.len()
    }
}
