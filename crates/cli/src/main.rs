//! The command line `microgrid`: scenario folders in, tables, files and pictures out.
//!
//! It knows the facade crate only, which proves that the facade is enough (and, with the feature `serve`, the page, which knows
//! the facade only too). Standard output holds the result and
//! nothing else; what went wrong goes to standard error. The exit code is 0 when done, 1 when a run found a fault, 2
//! when the input was refused, 3 when a sweep or a design was stopped before its end; no stream that is closed or full brings another.

// These panic where a stream takes nothing; `ending` has what does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod bill;
mod catalogue;
mod check;
mod compare;
mod design;
mod ending;
mod fault;
mod flexibility;
mod flow;
mod import;
mod init;
mod output;
mod patience;
mod plain;
mod plan;
mod plot;
mod progress;
mod refusal;
mod replay;
mod run;
mod serve;
mod site;
mod solar_yield;
mod sweep;
mod years;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use microgrid::Problem;

use ending::{Ending, cannot_write, print, print_styled, refuse, tell};
use patience::Patience;

/// Simulates microgrids: what each dispatch strategy does with a site's year, what it costs, and whether the books
/// close.
#[derive(Parser)]
#[command(
    name = "microgrid",
    version,
    after_help = "Exit codes: 0 done, 1 a run found a fault, 2 the input was refused, 3 a sweep or design was stopped."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a first scenario of your own from three answers: place, yearly use, price
    Init(init::Init),
    /// Runs scenario folders and prints what each strategy did
    Run(run::Run),
    /// Reads scenario folders and names everything that is wrong with them
    Check(check::Check),
    /// Ranks the strategies of a scenario folder, each with its gap to the proven bound
    Compare(compare::Compare),
    /// Sizes a scenario folder by its design.toml to the least cost, with a proof, and writes the scenario that comes of it
    Design(design::Design),
    /// Shows a scenario folder and its design in a browser: from three answers to what to build
    Serve(serve::Serve),
    /// Lists equipment with its price range, date and source
    Catalogue(catalogue::Catalogue),
    /// Prints the invoice of a run, by month and line
    Bill(bill::Bill),
    /// Tells what solar plants give: where their light goes link by link, their months, P50 and P90 over weather's years
    #[command(name = "yield")]
    Yield(solar_yield::Yield),
    /// Draws runs: a week, duration curves, the bill by month, a heat map; or a sweep's results
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
    /// What the cars of a site can do together: limits, least cost, and what a change of power in a window costs
    Flexibility(flexibility::Flexibility),
    /// Calculates short circuits of a distribution network, and which devices clear them
    Fault(fault::Fault),
    /// Makes a network folder of another tool's file
    Import(import::Import),
    /// Lists the dispatch strategies
    Strategies,
    /// Prints the JSON Schema of scenario.toml, design.toml, sweep.toml, network.toml, protection.toml, a catalogue, a tariff or a checks file
    Schema {
        /// Which file's
        #[arg(value_name = "FILE", value_parser = ["scenario", "design", "sweep", "network", "protection", "catalogue", "tariff", "checks"], default_value = "scenario")]
        file: String,
    },
    /// Prints a script that completes commands and options in a shell
    Completions {
        /// Which shell's
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Prints the manual page of the program, or of one of its commands, for `man -l -`
    Man {
        /// The command
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

/// The script of a shell.
fn completions(shell: clap_complete::Shell) -> Ending {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "microgrid", &mut text);
    print_styled(&String::from_utf8_lossy(&text))
}

/// The manual page of the program or of a command.
fn manual(name: Option<&str>) -> Ending {
    let mut program = Arguments::command();
    program.build();
    let command = match name {
        None => &program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command,
            None => {
                let names: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
                let problem = Problem::new("COMMAND", "is no command").value(name).allowed(names.join(", "));
                return refuse(&problem.into());
            }
        },
    };
    let mut text = Vec::new();
    match clap_mangen::Man::new(command.clone()).render(&mut text) {
        Ok(()) => print_styled(&String::from_utf8_lossy(&text)),
        Err(error) => refuse(&cannot_write("the page", &error)),
    }
}

fn main() -> ExitCode {
    let ending = match Arguments::try_parse() {
        Ok(arguments) => run(arguments.command),
        Err(usage) => show_usage(&usage),
    };
    ExitCode::from(ending.code())
}

/// Help and version are results; what is wrong with the arguments is a refusal.
fn show_usage(usage: &clap::Error) -> Ending {
    let shown = usage.print().and_then(|()| io::stdout().flush());
    match shown {
        _ if usage.use_stderr() => Ending::Refused,
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            tell(&format!("standard output cannot be written: {error}\n"));
            Ending::Refused
        }
        _ => Ending::Done,
    }
}

fn run(command: Command) -> Ending {
    let _patience = match &command {
        // Sweep and design say themselves how far they are, questions wait for answers, and a page for whoever looks at it.
        Command::Sweep(_) | Command::Design(_) | Command::Init(_) | Command::Serve(_) => None,
        Command::Run(_) | Command::Compare(_) | Command::Replay(_) => {
            Some(Patience::with(" (--no-bound leaves out the bound beside the costs)"))
        }
        _ => Some(Patience::with("")),
    };
    match command {
        Command::Init(command) => command.run(),
        Command::Run(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Compare(command) => command.run(),
        Command::Design(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Catalogue(command) => command.run(),
        Command::Bill(command) => command.run(),
        Command::Yield(command) => command.run(),
        Command::Plot(command) => command.run(),
        Command::Sweep(command) => command.run(),
        Command::Merge(command) => command.run(),
        Command::Plan(command) => command.run(),
        Command::Replay(command) => command.run(),
        Command::Flow(command) => command.run(),
        Command::Flexibility(command) => command.run(),
        Command::Fault(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Strategies => print(&microgrid::strategies()),
        Command::Schema { file } if file == "design" => print(&microgrid::design_schema()),
        Command::Schema { file } if file == "catalogue" => print(&microgrid::catalogue_schema()),
        Command::Schema { file } if file == "checks" => print(&microgrid::checks_schema()),
        Command::Schema { file } if file == "sweep" => print(&microgrid::sweep_schema()),
        Command::Schema { file } if file == "tariff" => print(&microgrid::tariff_schema()),
        Command::Schema { file } if file == "network" => print(&microgrid::network_schema()),
        Command::Schema { file } if file == "protection" => print(&microgrid::protection_schema()),
        Command::Schema { .. } => print(&microgrid::schema()),
        Command::Completions { shell } => completions(shell),
        Command::Man { command } => manual(command.as_deref()),
    }
}
