//! What can be sized, and one number for each.

/// A number of a site that can be a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// The scale of a plant, by its place in [`Scenario::generation`](microgrid_core::Scenario::generation).
    Plant(usize),
    /// The rating of a genset, kW, by its place in the scenario.
    Genset(usize),
    /// Capacity of the storage, kWh.
    Capacity,
    /// Most power taken by the storage, kW.
    ChargePower,
    /// Most power given by the storage, kW.
    DischargePower,
    /// Most import while the grid is there, kW.
    ImportLimit,
}

/// One number for each quantity of a site: its sizes, or slopes in them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Amounts {
    /// By plant of the scenario.
    pub plants: Vec<f64>,
    /// By genset of the scenario.
    pub gensets: Vec<f64>,
    /// Of the storage's capacity.
    pub capacity: f64,
    /// Of the power it takes.
    pub charge: f64,
    /// Of the power it gives.
    pub discharge: f64,
    /// Of the limit of import; infinite where that is no size.
    pub import_limit: f64,
}

impl Amounts {
    /// As many plants and gensets as `other`, all 0.
    pub(super) fn zeros_like(other: &Self) -> Self {
        Self { plants: vec![0.0; other.plants.len()], gensets: vec![0.0; other.gensets.len()], ..Self::default() }
    }

    /// The number of a quantity.
    #[must_use]
    pub fn get(&self, quantity: Quantity) -> f64 {
        match quantity {
            Quantity::Plant(i) => self.plants[i],
            Quantity::Genset(i) => self.gensets[i],
            Quantity::Capacity => self.capacity,
            Quantity::ChargePower => self.charge,
            Quantity::DischargePower => self.discharge,
            Quantity::ImportLimit => self.import_limit,
        }
    }

    /// The number of a quantity, to be set.
    pub fn get_mut(&mut self, quantity: Quantity) -> &mut f64 {
        match quantity {
            Quantity::Plant(i) => &mut self.plants[i],
            Quantity::Genset(i) => &mut self.gensets[i],
            Quantity::Capacity => &mut self.capacity,
            Quantity::ChargePower => &mut self.charge,
            Quantity::DischargePower => &mut self.discharge,
            Quantity::ImportLimit => &mut self.import_limit,
        }
    }

    /// Σ self × other over all quantities; a limit that is no size counts nothing.
    pub(super) fn dot(&self, other: &Self) -> f64 {
        let lists = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let limit = if self.import_limit == 0.0 { 0.0 } else { self.import_limit * other.import_limit };
        lists(&self.plants, &other.plants)
            + lists(&self.gensets, &other.gensets)
            + self.capacity * other.capacity
            + self.charge * other.charge
            + self.discharge * other.discharge
            + limit
    }
}
