//! `microgrid serve`: a scenario folder and its design in a browser.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::ending::Ending;

/// Arguments of `microgrid serve`.
#[derive(Args)]
pub(crate) struct Serve {
    /// Scenario folder; one that is not there is made by the first page
    #[arg(value_name = "FOLDER", default_value = "site")]
    folder: PathBuf,
    /// Where to listen; port 0 takes a free one. Beyond loopback whoever reaches it can change the folder: there is no login
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8642")]
    listen: SocketAddr,
    /// A name by which the page is reached beside its address, such as that of this machine in its network; may be given again
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Longest time of a design in seconds; then it ends with what is proven
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    design_seconds: u64,
}

#[cfg(feature = "serve")]
impl Serve {
    /// Runs the command until it is interrupted.
    pub(crate) fn run(&self) -> Ending {
        use crate::ending::{cannot_write, print, refuse, refuse_site, tell};
        let mut options = microgrid_serve::Options::new(&self.folder);
        options.listen = self.listen;
        options.hosts.clone_from(&self.host);
        options.design_most = std::time::Duration::from_secs(self.design_seconds);
        let server = match microgrid_serve::Server::bind(options) {
            Ok(Ok(server)) => server,
            Ok(Err(problems)) => return refuse_site(&problems, &self.folder),
            Err(error) => return refuse(&microgrid::Problem::new("--listen", "cannot be had").value(error).into()),
        };
        let address = server.address();
        if !address.ip().is_loopback() {
            tell("this page has no login: whoever reaches its address can change the folder\n");
        }
        print(&format!("http://{address}/\n"));
        match server.run() {
            Ok(()) => Ending::Done,
            Err(error) => refuse(&cannot_write("the page", &error)),
        }
    }
}

#[cfg(not(feature = "serve"))]
impl Serve {
    /// Says that this program was built without the page.
    pub(crate) fn run(&self) -> Ending {
        let Self { folder, listen, host, design_seconds } = self;
        let asked = format!("{} at {listen} {host:?}, designs of at most {design_seconds} s", folder.display());
        let problem = microgrid::Problem::new("serve", "is not in this program").value(asked);
        let hint = "build it with its page: cargo install --path crates/cli --features serve";
        crate::ending::refuse(&problem.hint(hint).into())
    }
}
