//! Random tariffs: drawn as plain numbers, written as a file of our format.

use std::fmt::Write;

use jiff::civil::{Date, DateTime};

/// A tariff as whole numbers: prices in ten-thousandths (`e4`) or hundredths (`e2`) of the currency.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) seasons: Vec<(String, Vec<i8>)>,
    pub(crate) events: Vec<Date>,
    pub(crate) periods: Vec<String>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) components: Vec<Component>,
    /// The month that begins a year of blocks.
    pub(crate) year_begins: i8,
    /// Whether net billing carries its credits over.
    pub(crate) carry: Option<()>,
    /// Component billed on all import where there are credits.
    pub(crate) non_bypassable: Option<usize>,
    pub(crate) terms: Credit,
    pub(crate) year_end_e4: i64,
    pub(crate) digits: bool,
    pub(crate) export: Export,
    pub(crate) demands: Vec<Demand>,
    pub(crate) capacity: Option<(i64, f64)>,
    pub fixed_per_month_e2: i64,
    pub fixed_per_day_e2: i64,
    pub(crate) minimum: Option<Minimum>,
    pub(crate) proration: &'static str,
    /// Power factor in hundredths, and percent.
    pub(crate) power_factor: Vec<(i64, i64)>,
}

#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) season: Option<usize>,
    pub(crate) days: Vec<&'static str>,
    /// From minute, to minute, period; passes midnight where it does not ascend.
    pub(crate) hours: Vec<(usize, usize, usize)>,
}

#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) price: Price,
    /// By period.
    pub(crate) float_percent: Option<Vec<i64>>,
    pub(crate) blocks: Option<Blocks>,
}

/// Blocks whose prices are the component's, shifted.
#[derive(Debug)]
pub(crate) struct Blocks {
    pub(crate) borders_kwh: Vec<i64>,
    pub(crate) shifts_e4: Vec<i64>,
    pub(crate) of_year: bool,
    pub(crate) each_period: bool,
    pub(crate) earlier_kwh: i64,
}

#[derive(Debug)]
pub(crate) struct Credit {
    pub(crate) true_up_month: i8,
    pub(crate) year_end: Spell,
    pub(crate) pays_charges: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spell {
    Lapsed,
    Paid,
    Rolled,
}

#[derive(Debug)]
pub(crate) enum Price {
    Constant(i64),
    Periods(Vec<i64>),
    Seasons(Vec<i64>),
    Both(Vec<Vec<i64>>),
    Months(Vec<i64>),
}

#[derive(Debug)]
pub(crate) enum Export {
    None,
    FeedIn(i64),
    /// Percent of the import price, of components without blocks.
    NetBilling(i64),
    /// With the price of what a month leaves, where that is a credit in money.
    NetMetering {
        across: bool,
        money: Option<i64>,
    },
    BuyAllSellAll(i64),
}

/// A least charge: by month, months pooled, or by year; and what a credit does to it.
#[derive(Debug)]
pub(crate) struct Minimum {
    pub(crate) amount: f64,
    pub(crate) keys: (&'static str, Option<&'static str>),
    pub(crate) credit: Option<&'static str>,
}

#[derive(Debug)]
pub(crate) struct Demand {
    /// One, or one for each season.
    pub price_e2: Vec<i64>,
    /// Whether the price is per year.
    pub(crate) annual: bool,
    /// kW above which a block begins, and its price.
    pub(crate) tiers: Vec<(f64, i64)>,
    pub(crate) window_min: i64,
    pub(crate) slide_min: Option<i64>,
    /// Starts of hours.
    pub(crate) coincident: Vec<DateTime>,
    pub(crate) so_far_kw: f64,
    /// Of a ratchet: the peaks before the run, and the months that count.
    pub(crate) earlier_kw: Vec<f64>,
    pub(crate) ratchet_months: Vec<i8>,
    pub(crate) season: Option<usize>,
    pub(crate) period: Option<usize>,
    pub(crate) workdays_only: bool,
    pub(crate) hours: Option<(usize, usize)>,
    pub(crate) ratchet: Option<(usize, f64)>,
    pub(crate) contract: Option<(f64, f64, f64, f64)>,
    pub(crate) discount: Option<(f64, f64, f64)>,
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct Draw(pub u64);

impl Draw {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.bits() % count as u64) as usize
    }

    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1) as usize) as i64
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn many(&mut self, count: usize, least: i64, most: i64) -> Vec<i64> {
        (0..count).map(|_| self.between(least, most)).collect()
    }

    /// A day cut at borders that are multiples of `grid` minutes, sometimes with a piece over midnight.
    fn hours(&mut self, grid: usize, periods: usize) -> Vec<(usize, usize, usize)> {
        let mut borders: Vec<usize> = (0..self.below(6)).map(|_| (1 + self.below(1440 / grid - 1)) * grid).collect();
        borders.extend([0, 1440]);
        borders.sort_unstable();
        borders.dedup();
        let mut hours: Vec<_> = borders.windows(2).map(|pair| (pair[0], pair[1], self.below(periods))).collect();
        if hours.len() > 2 && self.chance(50) {
            let (first, last) = (hours.remove(0), hours.pop().unwrap());
            hours.push((last.0, first.1, last.2));
        }
        hours
    }

    pub(crate) fn spec(&mut self, grid_min: usize, year: i16) -> Spec {
        let count = self.below(3);
        let seasons = if count == 0 {
            Vec::new()
        } else {
            let cut = 1 + self.below(10) as i8;
            let (within, without) = (1..=12).partition(|month| *month > cut && *month <= cut + 4);
            let mut seasons = vec![("warm".to_string(), within), ("cold".to_string(), without)];
            seasons.rotate_left(self.below(2));
            seasons
        };
        let periods: Vec<String> = (0..1 + self.below(5)).map(|i| format!("level {i}")).collect();
        let mut blocks = Vec::new();
        let season_rows = if seasons.is_empty() { vec![None] } else { vec![Some(0), Some(1)] };
        for season in season_rows {
            let sets: Vec<Vec<&'static str>> = match self.below(4) {
                0 => vec![vec!["all"]],
                1 => vec![vec!["workday"], vec!["rest_day"]],
                2 => vec![vec!["workday", "saturday"], vec!["sunday", "rest_day"], vec!["holiday"]],
                _ => vec![
                    vec!["monday", "tuesday", "wednesday", "thursday", "friday"],
                    vec!["saturday", "sunday"],
                    vec!["event"],
                ],
            };
            for days in sets {
                let hours = self.hours(grid_min, periods.len());
                blocks.push(Block { season, days, hours });
            }
        }
        // Every special set is named, so that its dates are not an unused input.
        let events = vec![Date::new(year, 7, 4).unwrap(), Date::new(year, 2, 29).unwrap_or(Date::constant(year, 3, 1))];
        let components = (0..1 + self.below(3))
            .map(|_| {
                let price = match self.below(5) {
                    1 => Price::Periods(self.many(periods.len(), -200, 9000)),
                    2 if !seasons.is_empty() => Price::Seasons(self.many(2, 100, 9000)),
                    3 if !seasons.is_empty() => {
                        Price::Both((0..2).map(|_| self.many(periods.len(), 100, 9000)).collect())
                    }
                    4 => Price::Months(self.many(12, 1000, 6000)),
                    _ => Price::Constant(self.between(0, 9000)),
                };
                let float_percent = self.chance(50).then(|| self.many(periods.len(), -80, 120));
                Component { price, float_percent, blocks: None }
            })
            .collect();
        let demands = (0..self.below(3)).map(|_| self.demand(grid_min, year, seasons.len(), periods.len())).collect();
        Spec {
            year_begins: 1,
            carry: None,
            non_bypassable: None,
            terms: Credit { true_up_month: 12, year_end: Spell::Paid, pays_charges: false },
            year_end_e4: 0,
            digits: self.chance(50),
            export: match self.below(3) {
                0 => Export::None,
                1 => Export::FeedIn(self.between(0, 3000)),
                _ => Export::NetBilling(self.between(0, 100)),
            },
            capacity: self.chance(30).then(|| (self.between(100, 4000), 315.0)),
            fixed_per_month_e2: self.between(0, 50_000),
            fixed_per_day_e2: self.between(0, 500),
            minimum: self.chance(60).then(|| self.minimum()),
            proration: ["", "standing", "calendar", "thirtieths", "none"][self.below(5)],
            power_factor: if self.chance(30) { vec![(0, 20), (80, 5), (90, 0), (95, -1)] } else { Vec::new() },
            seasons,
            events,
            periods,
            blocks,
            components,
            demands,
        }
    }
}

impl Draw {
    /// Gives a tariff energy blocks, and a form of metering with its credits.
    pub(crate) fn energy_terms(&mut self, spec: &mut Spec) {
        spec.year_begins = self.between(1, 12) as i8;
        for component in &mut spec.components {
            let least = match &component.price {
                Price::Constant(price) => *price,
                Price::Periods(prices) | Price::Seasons(prices) | Price::Months(prices) => {
                    *prices.iter().min().unwrap()
                }
                Price::Both(rows) => *rows.iter().flatten().min().unwrap(),
            };
            if self.chance(50) || least < 0 {
                continue;
            }
            let count = 2 + self.below(2);
            let mut borders_kwh = self.many(count - 1, 1_000, 90_000);
            borders_kwh.sort_unstable();
            borders_kwh.dedup();
            let each_period = self.chance(30);
            let of_year = self.chance(50);
            component.blocks = Some(Blocks {
                shifts_e4: self.many(borders_kwh.len() + 1, 0, 4000),
                borders_kwh,
                of_year,
                each_period,
                earlier_kwh: if of_year && !each_period && self.chance(50) { self.between(0, 50_000) } else { 0 },
            });
        }
        spec.export = match self.below(5) {
            0 => Export::NetMetering { across: self.chance(50), money: None },
            1 => Export::NetMetering { across: self.chance(50), money: Some(self.between(0, 3000)) },
            2 => Export::BuyAllSellAll(self.between(0, 3000)),
            3 => Export::FeedIn(self.between(0, 9000)),
            _ => Export::NetBilling(self.between(50, 300)),
        };
        spec.carry = self.chance(70).then_some(());
        spec.non_bypassable = self.chance(40).then(|| self.below(spec.components.len()));
        let year_end = [Spell::Lapsed, Spell::Paid, Spell::Rolled][self.below(3)];
        spec.terms = Credit { true_up_month: self.between(1, 12) as i8, year_end, pays_charges: self.chance(50) };
        spec.year_end_e4 = self.between(0, 1000);
    }

    fn minimum(&mut self) -> Minimum {
        let month = "minimum_per_month";
        Minimum {
            amount: 60_000.0 * self.uniform(),
            keys: [(month, None), (month, Some("month")), (month, Some("year")), ("minimum_per_year", None)]
                [self.below(4)],
            credit: [None, Some("lost"), Some("carried"), Some("on_top")][self.below(4)],
        }
    }

    fn demand(&mut self, grid_min: usize, year: i16, seasons: usize, periods: usize) -> Demand {
        let by_season = self.chance(30) && seasons > 0;
        let annual = !by_season && self.chance(25);
        let from = self.below(20) * 60;
        let window_min = [15, 30, 60][self.below(3)];
        let slides = window_min > grid_min as i64 && self.chance(50);
        let contract = self.chance(30).then(|| (150.0 + 100.0 * self.uniform(), 40.0, 105.0, 2.0));
        let tiers = if contract.is_none() && self.chance(50) {
            let above = 40.0 + 100.0 * self.uniform();
            vec![(above, self.between(0, 6000)), (above + 50.0, self.between(0, 6000))]
        } else {
            Vec::new()
        };
        let hour = |draw: &mut Self| {
            let date = Date::new(year, draw.between(1, 12) as i8, draw.between(1, 28) as i8).unwrap();
            date.at(draw.between(10, 20) as i8, 0, 0, 0)
        };
        let ratchet = (!annual && self.chance(40)).then(|| (1 + self.below(11), [50.0, 80.0, 100.0][self.below(3)]));
        let months: Vec<i8> = (1..=12).filter(|_| self.chance(60)).collect();
        Demand {
            price_e2: self.many(if by_season { seasons } else { 1 }, 0, 6000),
            annual,
            tiers,
            window_min,
            slide_min: slides.then_some(grid_min as i64),
            coincident: if self.chance(20) { (0..30).map(|_| hour(self)).collect() } else { Vec::new() },
            so_far_kw: if self.chance(30) { 300.0 * self.uniform() } else { 0.0 },
            earlier_kw: if self.chance(50) { vec![300.0 * self.uniform(), 200.0] } else { Vec::new() },
            ratchet_months: if self.chance(50) { months } else { Vec::new() },
            season: (self.chance(20) && seasons > 0).then(|| self.below(2)),
            period: self.chance(25).then(|| self.below(periods)),
            workdays_only: self.chance(20),
            hours: self.chance(25).then(|| (from, from + 240)),
            ratchet,
            contract,
            discount: (!annual && self.chance(30)).then(|| (100.0 + 300.0 * self.uniform(), 200.0, 0.9)),
        }
    }
}

impl Price {
    /// The price plus a constant.
    fn shifted(&self, shift: i64) -> Self {
        let row = |prices: &Vec<i64>| prices.iter().map(|price| price + shift).collect::<Vec<i64>>();
        match self {
            Self::Constant(price) => Self::Constant(price + shift),
            Self::Periods(prices) => Self::Periods(row(prices)),
            Self::Seasons(prices) => Self::Seasons(row(prices)),
            Self::Both(rows) => Self::Both(rows.iter().map(row).collect()),
            Self::Months(prices) => Self::Months(row(prices)),
        }
    }
}

fn e4(price: i64) -> String {
    format!("{:.4}", price as f64 / 1e4)
}

fn clock(minute: usize) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn row(names: &[String], values: &[i64]) -> String {
    let pairs = names.iter().zip(values).map(|(name, value)| format!("\"{name}\" = {}", e4(*value)));
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}

impl Spec {
    /// The tariff as a file.
    pub(crate) fn toml(&self) -> String {
        let mut text = String::from("name = \"random\"\ncurrency = \"USD\"\nexport_above_import = true\n");
        if self.digits {
            text += "price_digits = 4\n";
        }
        if let Some(minimum) = &self.minimum {
            writeln!(text, "{} = {:?}", minimum.keys.0, minimum.amount).unwrap();
            for (key, value) in [("minimum", minimum.keys.1), ("minimum_credit", minimum.credit)] {
                if let Some(value) = value {
                    writeln!(text, "{key} = \"{value}\"").unwrap();
                }
            }
        }
        if !self.proration.is_empty() {
            writeln!(text, "proration = \"{}\"", self.proration).unwrap();
        }
        let events: Vec<String> = self.events.iter().map(Date::to_string).collect();
        writeln!(text, "[days]\nevent = [{}]", events.join(", ")).unwrap();
        let seasons: Vec<String> = self.seasons.iter().map(|(name, _)| name.clone()).collect();
        if !seasons.is_empty() {
            text += "[seasons]\n";
            for (name, months) in &self.seasons {
                writeln!(text, "{name} = {months:?}").unwrap();
            }
        }
        for block in &self.blocks {
            text += "[[hours]]\n";
            if let Some(season) = block.season {
                writeln!(text, "season = \"{}\"", seasons[season]).unwrap();
            }
            writeln!(text, "days = {:?}", block.days).unwrap();
            for (p, name) in self.periods.iter().enumerate() {
                let hours = block.hours.iter().filter(|(.., period)| *period == p);
                let hours: Vec<String> =
                    hours.map(|(from, to, _)| format!("{}-{}", clock(*from), clock(*to))).collect();
                writeln!(text, "periods.\"{name}\" = {hours:?}").unwrap();
            }
        }
        for (c, component) in self.components.iter().enumerate() {
            writeln!(text, "[[import]]\nname = \"part {c}\"").unwrap();
            match &component.blocks {
                None => text += &self.price(&component.price, &seasons),
                Some(blocks) => {
                    let counted = if blocks.of_year { "year" } else { "month" };
                    writeln!(text, "counted = \"{counted}\"\neach_period = {}", blocks.each_period).unwrap();
                    if blocks.of_year {
                        writeln!(text, "year_begins_month = {}", self.year_begins).unwrap();
                    }
                    if blocks.earlier_kwh > 0 {
                        writeln!(text, "earlier_kwh = {}", blocks.earlier_kwh).unwrap();
                    }
                    for (block, shift) in blocks.shifts_e4.iter().enumerate() {
                        text += "[[import.block]]\n";
                        if let Some(border) = blocks.borders_kwh.get(block) {
                            writeln!(text, "up_to_kwh = {border}").unwrap();
                        }
                        text += &self.price(&component.price.shifted(*shift), &seasons);
                    }
                }
            }
        }
        for (c, component) in self.components.iter().enumerate() {
            if let Some(floats) = &component.float_percent {
                let scaled: Vec<i64> = floats.iter().map(|percent| percent * 100).collect();
                writeln!(text, "[float]\n\"part {c}\" = {}", row(&self.periods, &scaled)).unwrap();
            }
        }
        // One [float] table only.
        let text = merge_float_tables(&text);
        text + &self.charges(&seasons)
    }

    /// The line of a price.
    fn price(&self, price: &Price, seasons: &[String]) -> String {
        let price = match price {
            Price::Constant(price) => e4(*price),
            Price::Periods(prices) => row(&self.periods, prices),
            Price::Seasons(prices) => row(seasons, prices),
            Price::Both(rows) => {
                let rows =
                    seasons.iter().zip(rows).map(|(name, prices)| format!("{name} = {}", row(&self.periods, prices)));
                format!("{{ {} }}", rows.collect::<Vec<_>>().join(", "))
            }
            Price::Months(prices) => {
                let prices: Vec<String> = prices.iter().map(|price| e4(*price)).collect();
                return format!("monthly_price_per_kwh = [{}]\n", prices.join(", "));
            }
        };
        format!("price_per_kwh = {price}\n")
    }

    /// The keys of credits.
    fn credit_keys(&self, in_energy: bool) -> String {
        let mut text = format!("true_up_month = {}\n", self.terms.true_up_month);
        if let Some(component) = self.non_bypassable {
            writeln!(text, "non_bypassable = \"part {component}\"").unwrap();
        }
        if !in_energy {
            writeln!(text, "pays = \"{}\"", if self.terms.pays_charges { "charges" } else { "energy" }).unwrap();
        }
        let end = match self.terms.year_end {
            Spell::Lapsed => "lapsed",
            Spell::Paid => "paid",
            Spell::Rolled => "rolled",
        };
        writeln!(text, "year_end = \"{end}\"").unwrap();
        if in_energy && self.terms.year_end == Spell::Paid {
            writeln!(text, "year_end_price_per_kwh = {}", e4(self.year_end_e4)).unwrap();
        }
        text
    }

    fn charges(&self, seasons: &[String]) -> String {
        let mut text = String::new();
        match self.export {
            Export::None => text += "[export]\nclass = \"none\"\n",
            Export::FeedIn(price) => {
                writeln!(text, "[export]\nclass = \"feed_in\"\nprice_per_kwh = {}", e4(price)).unwrap();
            }
            Export::NetBilling(percent) => {
                writeln!(text, "[export]\nclass = \"net_billing\"\nshare = {}", percent as f64 / 100.0).unwrap();
                let plain = self.components.iter().enumerate().filter(|(_, component)| component.blocks.is_none());
                let plain: Vec<String> = plain.map(|(c, _)| format!("part {c}")).collect();
                writeln!(text, "of = {plain:?}").unwrap();
            }
            Export::NetMetering { across, money } => {
                writeln!(text, "[export]\nclass = \"net_metering\"\nacross_periods = {across}").unwrap();
                if let Some(price) = money {
                    writeln!(text, "credit = \"money\"\nprice_per_kwh = {}", e4(price)).unwrap();
                }
                text += &self.credit_keys(money.is_none());
            }
            Export::BuyAllSellAll(price) => {
                writeln!(text, "[export]\nclass = \"buy_all_sell_all\"\nprice_per_kwh = {}", e4(price)).unwrap();
            }
        }
        if matches!(self.export, Export::FeedIn(_) | Export::NetBilling(_)) && self.carry.is_some() {
            text += "carry_over = true\n";
            text += &self.credit_keys(false);
        }
        for (d, charge) in self.demands.iter().enumerate() {
            writeln!(text, "[[demand]]\nname = \"demand {d}\"\nwindow_min = {}", charge.window_min).unwrap();
            let e2 = |price: &i64| format!("{:.2}", *price as f64 / 100.0);
            if charge.annual {
                writeln!(text, "annual_price_per_kw = {}", e2(&charge.price_e2[0])).unwrap();
            } else if charge.price_e2.len() == 1 {
                writeln!(text, "price_per_kw = {}", e2(&charge.price_e2[0])).unwrap();
            } else {
                for (name, price) in seasons.iter().zip(&charge.price_e2) {
                    writeln!(text, "price_per_kw.{name} = {}", e2(price)).unwrap();
                }
            }
            let tier =
                |(above, price): &(f64, i64)| format!("{{ above_kw = {above:?}, price_per_kw = {} }}", e2(price));
            if !charge.tiers.is_empty() {
                let tiers: Vec<String> = charge.tiers.iter().map(tier).collect();
                writeln!(text, "tiers = [{}]", tiers.join(", ")).unwrap();
            }
            if let Some(slide) = charge.slide_min {
                writeln!(text, "slide_min = {slide}").unwrap();
            }
            if !charge.coincident.is_empty() {
                let hours: Vec<String> = charge.coincident.iter().map(|hour| format!("\"{hour}\"")).collect();
                writeln!(text, "coincident = [{}]", hours.join(", ")).unwrap();
            }
            if charge.so_far_kw > 0.0 {
                writeln!(text, "peak_so_far_kw = {:?}", charge.so_far_kw).unwrap();
            }
            if let Some(season) = charge.season {
                writeln!(text, "season = \"{}\"", seasons[season]).unwrap();
            }
            if let Some(period) = charge.period {
                writeln!(text, "period = \"{}\"", self.periods[period]).unwrap();
            }
            if charge.workdays_only {
                text += "days = \"workday\"\n";
            }
            if let Some((from, to)) = charge.hours {
                writeln!(text, "hours = \"{}-{}\"", clock(from), clock(to)).unwrap();
            }
            if let Some((months, percent)) = charge.ratchet {
                write!(text, "ratchet = {{ look_back_months = {months}, percent = {percent}").unwrap();
                if !charge.earlier_kw.is_empty() {
                    write!(text, ", earlier_peaks_kw = {:?}", charge.earlier_kw).unwrap();
                }
                if !charge.ratchet_months.is_empty() {
                    write!(text, ", months = {:?}", charge.ratchet_months).unwrap();
                }
                text += " }\n";
            }
            if let Some((kw, floor, above, factor)) = charge.contract {
                writeln!(
                    text,
                    "contract = {{ contract_kw = {kw:?}, floor_percent = {floor}, excess_above_percent = {above}, \
                     excess_factor = {factor} }}"
                )
                .unwrap();
            }
            if let Some((from, kva, factor)) = charge.discount {
                writeln!(text, "discount = {{ from_kwh_per_kva = {from:?}, capacity_kva = {kva}, factor = {factor} }}")
                    .unwrap();
            }
        }
        if let Some((price, kva)) = self.capacity {
            writeln!(text, "[[capacity]]\nprice_per_kva = {:.2}\ncapacity_kva = {kva}", price as f64 / 100.0).unwrap();
        }
        let e2 = |price: i64| format!("{:.2}", price as f64 / 100.0);
        writeln!(text, "[[fixed]]\nname = \"month\"\nprice_per_month = {}", e2(self.fixed_per_month_e2)).unwrap();
        writeln!(text, "[[fixed]]\nname = \"day\"\nprice_per_day = {}", e2(self.fixed_per_day_e2)).unwrap();
        if !self.power_factor.is_empty() {
            text += "[power_factor]\nlevels = [";
            for (from, percent) in &self.power_factor {
                write!(text, "{{ from = {:.2}, percent = {percent} }}, ", *from as f64 / 100.0).unwrap();
            }
            text += "]\n";
        }
        text
    }
}

fn merge_float_tables(text: &str) -> String {
    match text.split_once("[float]\n") {
        Some((head, tail)) => format!("{head}[float]\n{}", tail.replace("[float]\n", "")),
        None => text.into(),
    }
}
