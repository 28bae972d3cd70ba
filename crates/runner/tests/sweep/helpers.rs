//! Threads that stand for other processes: they make their own rows and send blocks.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use microgrid_core::Problems;
use microgrid_runner::sweep::{Block, Engine, Numbering, Peers};

use super::{encode, sites::Sites};

enum Message {
    Ask(Sender<Vec<u64>>),
    Ran(u64, Block),
}

struct Helpers {
    inbox: Receiver<Message>,
    count: u64,
    ended: u64,
}

impl Peers for Helpers {
    fn begin(&mut self, _: u64) -> Result<(), Problems> {
        Ok(())
    }

    fn dismiss(&mut self) {
        panic!("the store can be surveyed");
    }

    fn serve(&mut self, lease: &dyn Fn(u64) -> Vec<u64>, put: &mut dyn FnMut(u64, Block)) {
        while let Ok(message) = self.inbox.try_recv() {
            match message {
                Message::Ask(answer) => {
                    let blocks = lease(1);
                    self.ended += u64::from(blocks.is_empty());
                    answer.send(blocks).unwrap();
                }
                Message::Ran(number, block) => put(number, block),
            }
        }
    }

    fn are_done(&self) -> bool {
        self.ended == self.count
    }

    fn count(&self) -> u64 {
        self.count
    }
}

/// Runs `fill` beside helpers; how many blocks each of them ran.
pub(crate) fn with(source: &Sites, count: u64, fill: impl FnOnce(&mut dyn Peers)) -> Vec<usize> {
    let (outbox, inbox) = channel();
    thread::scope(|scope| {
        let helpers: Vec<_> = (0..count)
            .map(|_| {
                let outbox = outbox.clone();
                scope.spawn(move || help(source, &outbox))
            })
            .collect();
        fill(&mut Helpers { inbox, count, ended: 0 });
        helpers.into_iter().map(|helper| helper.join().unwrap()).collect()
    })
}

fn help(source: &Sites, outbox: &Sender<Message>) -> usize {
    let mut ran = 0;
    loop {
        let (answer, lease) = channel();
        outbox.send(Message::Ask(answer)).unwrap();
        let blocks = lease.recv().unwrap();
        if blocks.is_empty() {
            return ran;
        }
        for number in blocks {
            let rows: Vec<_> =
                Numbering::of(source).scenarios_of(number).map(|index| Engine::new(source).row(index)).collect();
            let faults = rows.iter().filter(|row| source.is_refused(row.index)).count() as u64;
            let block = Block { rows: rows.len() as u64, faults, payload: encode(&rows) };
            outbox.send(Message::Ran(number, block)).unwrap();
            ran += 1;
        }
    }
}
