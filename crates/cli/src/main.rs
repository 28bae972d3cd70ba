//! The command line `microgrid`: scenario folders in, tables, files and pictures out.
//!
//! It knows the facade crate only, which proves that the facade is enough. Standard output holds the result and
//! nothing else; what went wrong goes to standard error. The exit code is 0 when done, 1 when a run found a fault, 2
//! when the input was refused, 3 when a sweep was stopped before its end.

mod bill;
mod check;
mod compare;
mod ending;
mod flow;
mod import;
mod plan;
mod plot;
mod progress;
mod refusal;
mod replay;
mod run;
mod site;
mod sweep;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use ending::{Ending, print};

/// Simulates microgrids: what each dispatch strategy does with a site's year, what it costs, and whether the books
/// close.
#[derive(Parser)]
#[command(
    name = "microgrid",
    version,
    after_help = "Exit codes: 0 done, 1 a run found a fault, 2 the input was refused, 3 a sweep was stopped."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs scenario folders and prints what each strategy did
    Run(run::Run),
    /// Reads scenario folders and names everything that is wrong with them
    Check(check::Check),
    /// Ranks the strategies of a scenario folder, each with its gap to the proven bound
    Compare(compare::Compare),
    /// Prints the invoice of a run, by month and line
    Bill(bill::Bill),
    /// Draws a week of a run, or its duration curves
    Plot(plot::Plot),
    /// Runs all variants that a sweep.toml describes into a folder that survives being killed
    Sweep(sweep::Sweep),
    /// Puts the shards of a sweep together
    Merge(sweep::Merge),
    /// Writes what a strategy does at a scenario folder as a plan file
    Plan(plan::Plan),
    /// Runs a plan file through the physics: its cost, or the first limit that it breaks
    Replay(replay::Replay),
    /// Solves the power flow of a distribution network
    Flow(flow::Flow),
    /// Makes a network folder of another tool's file
    Import(import::Import),
    /// Lists the dispatch strategies
    Strategies,
    /// Prints the JSON Schema of scenario.toml, sweep.toml or network.toml
    Schema {
        /// Which file's
        #[arg(value_name = "FILE", value_parser = ["scenario", "sweep", "network"], default_value = "scenario")]
        file: String,
    },
}

fn main() -> ExitCode {
    let ending = match Arguments::parse().command {
        Command::Run(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Compare(command) => command.run(),
        Command::Bill(command) => command.run(),
        Command::Plot(command) => command.run(),
        Command::Sweep(command) => command.run(),
        Command::Merge(command) => command.run(),
        Command::Plan(command) => command.run(),
        Command::Replay(command) => command.run(),
        Command::Flow(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Strategies => print(&microgrid::strategies()),
        Command::Schema { file } if file == "sweep" => print(&microgrid::sweep_schema()),
        Command::Schema { file } if file == "network" => print(&microgrid::network_schema()),
        Command::Schema { .. } => print(&microgrid::schema()),
    };
    match ending {
        Ending::Done => ExitCode::SUCCESS,
        Ending::Fault => ExitCode::from(1),
        Ending::Refused => ExitCode::from(2),
        Ending::Stopped => ExitCode::from(3),
    }
}
