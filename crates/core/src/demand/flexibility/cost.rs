//! What a fleet's power costs in a slot: piecewise linear and convex.

use alloc::format;
use alloc::vec::Vec;

use crate::problem::{Problem, Problems};

/// A piece of a cost: up to a power, each kWh costs a price.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CostPiece {
    /// Power of the fleet up to which the piece reaches, kW; may be infinite.
    pub until_kw: f64,
    /// Price within it, currency per kWh.
    pub price_per_kwh: f64,
}

/// Cost of the fleet's power in one slot: pieces of ascending power and price, the first reaching down to whatever the fleet
/// can give. Beyond the last piece the fleet may not go.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SlotCost {
    /// The pieces.
    pub pieces: Vec<CostPiece>,
}

impl SlotCost {
    /// One price, without a limit.
    #[must_use]
    pub fn flat(price_per_kwh: f64) -> Self {
        Self { pieces: alloc::vec![CostPiece { until_kw: f64::INFINITY, price_per_kwh }] }
    }

    /// At a site that uses `net_load_kw` beside the fleet (negative: generation left over): what the fleet takes of exported
    /// power is worth the export price, what must be imported costs the import price, up to `import_limit_kw` in all. What
    /// the site can neither use nor export, within `export_limit_kw`, costs nothing.
    #[must_use]
    pub fn at_site(
        net_load_kw: f64,
        import_price_per_kwh: f64,
        export_price_per_kwh: f64,
        [import_limit_kw, export_limit_kw]: [f64; 2],
    ) -> Self {
        let free = CostPiece { until_kw: -net_load_kw - export_limit_kw, price_per_kwh: 0.0 };
        let until_kw = -net_load_kw;
        // A site that would pay to export curtails instead.
        let export = if export_price_per_kwh > 0.0 { export_price_per_kwh } else { 0.0 };
        let export = CostPiece { until_kw, price_per_kwh: export };
        let import = CostPiece { until_kw: import_limit_kw - net_load_kw, price_per_kwh: import_price_per_kwh };
        Self { pieces: alloc::vec![free, export, import] }
    }

    /// Cost of `power_kw` over `hours`, counted from no power.
    #[must_use]
    pub fn of(&self, power_kw: f64, hours: f64) -> f64 {
        self.below(power_kw, hours) - self.below(0.0, hours)
    }

    /// Cost up to `power_kw`, counted from the first border.
    fn below(&self, power_kw: f64, hours: f64) -> f64 {
        let Some(first) = self.pieces.first() else { return 0.0 };
        let start = if first.until_kw.is_finite() { first.until_kw } else { 0.0 };
        let mut cost = first.price_per_kwh * (if power_kw < start { power_kw - start } else { 0.0 });
        let mut from = start;
        for piece in &self.pieces {
            let until = if piece.until_kw < power_kw { piece.until_kw } else { power_kw };
            if until > from {
                cost += piece.price_per_kwh * (until - from);
                from = until;
            }
        }
        // Beyond the limit, where rounding may end: at the last price.
        if let (Some(last), true) = (self.pieces.last(), power_kw > from) {
            cost += last.price_per_kwh * (power_kw - from);
        }
        cost * hours
    }

    /// The most power allowed, kW.
    pub(super) fn limit_kw(&self) -> f64 {
        self.pieces.last().map_or(f64::INFINITY, |piece| piece.until_kw)
    }

    /// The power up to which a kWh costs at most `price_per_kwh`, kW; `None` where even the first piece costs more.
    pub(super) fn reach_kw(&self, price_per_kwh: f64) -> Option<f64> {
        let cheap = self.pieces.iter().take_while(|piece| piece.price_per_kwh <= price_per_kwh);
        cheap.last().map(|piece| piece.until_kw)
    }

    pub(super) fn check(&self, problems: &mut Problems, field: &str) {
        if self.pieces.is_empty() {
            problems.push(Problem::new(field, "has no piece").hint("SlotCost::flat has one price"));
            return;
        }
        if self.pieces.iter().any(|piece| piece.until_kw.is_nan() || !piece.price_per_kwh.is_finite()) {
            problems.push(Problem::new(field, "has a number that is none"));
            return;
        }
        for (i, pair) in self.pieces.windows(2).enumerate() {
            if pair[1].price_per_kwh < pair[0].price_per_kwh {
                let problem = Problem::new(format!("{field}.pieces[{}].price_per_kwh", i + 1), "falls");
                let hint = "a cost that is not convex, such as export above the import price, has no greedy optimum";
                let allowed = format!("at least {}", pair[0].price_per_kwh);
                problems.push(problem.value(pair[1].price_per_kwh).allowed(allowed).hint(hint));
            }
            if pair[1].until_kw < pair[0].until_kw {
                let problem = Problem::new(format!("{field}.pieces[{}].until_kw", i + 1), "falls");
                problems.push(problem.value(pair[1].until_kw).allowed(format!("at least {}", pair[0].until_kw)));
            }
        }
    }
}
