//! Small networks of 0.4 kV behind a grid that nothing moves.

use microgrid_core::distribution::{Bus, Line, Network, VoltageSource};

/// A cable of so many km, 0.206 + j0.08 Ω/km and 260 nF/km, from and to no bus yet.
pub(crate) fn cable(length_km: f64, ampacity_a: f64) -> Line {
    Line {
        name: String::new(),
        from_bus: 0,
        to_bus: 0,
        length_km,
        r_ohm_per_km: 0.206,
        x_ohm_per_km: 0.08,
        c_nf_per_km: 260.0,
        g_us_per_km: 0.0,
        ampacity_a,
        parallel: 1,
        in_service: true,
    }
}

/// Buses, of which the first is the grid's, and the same cable between pairs of them.
pub(crate) fn network<const N: usize>(buses: [&str; N], pairs: &[(usize, usize)], cable: &Line) -> Network {
    let mut network = Network::new("street");
    network.buses = buses.map(|name| Bus { name: name.into(), nominal_kv: 0.4 }).into();
    let line = |&(from_bus, to_bus): &(usize, usize)| Line {
        name: format!("cable to {}", buses[to_bus]),
        from_bus,
        to_bus,
        ..cable.clone()
    };
    network.lines = pairs.iter().map(line).collect();
    network.sources = vec![grid()];
    network
}

/// 1 p.u. at bus 0, whatever flows.
pub(crate) fn grid() -> VoltageSource {
    VoltageSource {
        name: "grid".into(),
        bus: 0,
        voltage_pu: 1.0,
        angle_deg: 0.0,
        short_circuit_kva: f64::INFINITY,
        r_to_x: 0.1,
    }
}
