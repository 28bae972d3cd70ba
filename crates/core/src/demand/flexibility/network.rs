//! A network of capacities, and the greatest flow through it.

use alloc::vec::Vec;

const NONE: u32 = u32::MAX;

/// A directed network whose flow only grows: capacities are opened, and the flow is made the greatest again by Dinic's
/// algorithm (Dinic 1970), from where it stands.
#[derive(Debug, Clone)]
pub(in crate::demand) struct Network {
    /// First arc of each node, and of each arc the next one of its node. Arc `a ^ 1` leads back.
    head: Vec<u32>,
    next: Vec<u32>,
    to: Vec<u32>,
    residual: Vec<f64>,
    /// Arcs from the source in the last search; `NONE` where none led.
    level: Vec<u32>,
    at: Vec<u32>,
    /// Up to here a residual is rounding.
    least: f64,
}

impl Network {
    pub(in crate::demand) fn new(nodes: usize, least: f64) -> Self {
        let empty = alloc::vec![NONE; nodes];
        Self {
            head: empty.clone(),
            next: Vec::new(),
            to: Vec::new(),
            residual: Vec::new(),
            level: empty.clone(),
            at: empty,
            least,
        }
    }

    /// Adds an arc and returns its number; the way back is the number after it.
    pub(in crate::demand) fn arc(&mut self, from: usize, to: usize, capacity: f64) -> usize {
        let arc = self.to.len();
        for (tail, tip, room) in [(from, to, capacity), (to, from, 0.0)] {
            self.next.push(self.head[tail]);
            self.head[tail] = self.to.len() as u32;
            self.to.push(tip as u32);
            self.residual.push(room);
        }
        arc
    }

    /// What flows through an arc.
    pub(in crate::demand) fn flow(&self, arc: usize) -> f64 {
        self.residual[arc ^ 1]
    }

    /// Sets what else an arc may carry beyond its flow.
    pub(in crate::demand) fn open(&mut self, arc: usize, room: f64) {
        self.residual[arc] = if room > self.least { room } else { 0.0 };
    }

    /// Makes the flow from `source` to `sink` the greatest; returns by how much it grew.
    pub(in crate::demand) fn augment(&mut self, source: usize, sink: usize) -> f64 {
        let mut grown = 0.0;
        let (mut queue, mut path) = (Vec::new(), Vec::new());
        while self.layer(source, sink, &mut queue) {
            self.at.copy_from_slice(&self.head);
            grown += self.block(source, sink, &mut path);
        }
        grown
    }

    /// Whether the last search reached `node` from its source: then it is on the source's side of the least cut.
    pub(in crate::demand) fn is_reached(&self, node: usize) -> bool {
        self.level[node] != NONE
    }

    /// Levels of all nodes up to the sink's; whether the sink is reached.
    fn layer(&mut self, source: usize, sink: usize, queue: &mut Vec<u32>) -> bool {
        self.level.fill(NONE);
        self.level[source] = 0;
        queue.clear();
        queue.push(source as u32);
        let mut done = 0;
        while done < queue.len() {
            let node = queue[done] as usize;
            done += 1;
            let mut arc = self.head[node];
            while arc != NONE {
                let tip = self.to[arc as usize] as usize;
                if self.residual[arc as usize] > self.least && self.level[tip] == NONE {
                    self.level[tip] = self.level[node] + 1;
                    queue.push(tip as u32);
                }
                arc = self.next[arc as usize];
            }
            if self.level[sink] != NONE {
                return true;
            }
        }
        false
    }

    /// Flow along the levels until no path is left; returns its sum.
    fn block(&mut self, source: usize, sink: usize, path: &mut Vec<u32>) -> f64 {
        let (mut sum, mut node) = (0.0, source);
        path.clear();
        loop {
            if node == sink {
                let room = path.iter().map(|arc| self.residual[*arc as usize]);
                let push = room.fold(f64::INFINITY, |least, room| if room < least { room } else { least });
                for arc in path.iter().map(|arc| *arc as usize) {
                    self.residual[arc] -= push;
                    self.residual[arc ^ 1] += push;
                }
                sum += push;
                let full = path.iter().position(|arc| self.residual[*arc as usize] <= self.least).unwrap_or(0);
                node = self.to[path[full] as usize ^ 1] as usize;
                path.truncate(full);
                continue;
            }
            let mut arc = self.at[node];
            while arc != NONE && !self.leads_on(node, arc as usize) {
                arc = self.next[arc as usize];
            }
            self.at[node] = arc;
            if arc != NONE {
                path.push(arc);
                node = self.to[arc as usize] as usize;
            } else if let Some(back) = path.pop() {
                node = self.to[back as usize ^ 1] as usize;
                self.at[node] = self.next[back as usize];
            } else {
                return sum;
            }
        }
    }

    fn leads_on(&self, node: usize, arc: usize) -> bool {
        self.residual[arc] > self.least && self.level[self.to[arc] as usize] == self.level[node] + 1
    }
}
