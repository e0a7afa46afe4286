//! References that judge the same value in a circle have no meaning and would never end.
//!
//! The usual circle: a base lists its kinds (`oneOf`), and each kind contains the base (`allOf`). The list is
//! given up then, the containment is kept.

use std::collections::HashSet;

use super::Pool;

impl Pool<'_> {
    /// The uses, by owner and target, without which no circle is left.
    pub(super) fn edges_to_cut(&self) -> HashSet<(usize, usize)> {
        let groups = self.groups();
        let mut cuts: HashSet<(usize, usize)> = HashSet::new();
        for (owner, entry) in self.entries.iter().enumerate() {
            for (target, is_alternative) in &entry.uses {
                if *is_alternative && groups.get(owner) == groups.get(*target) {
                    cuts.insert((owner, *target));
                }
            }
        }
        for edge in self.back_edges(&cuts) {
            cuts.insert(edge);
        }
        cuts
    }

    /// The number of each entry's group; entries of one group reach each other. (Kosaraju's algorithm.)
    fn groups(&self) -> Vec<usize> {
        let mut callers = vec![Vec::new(); self.entries.len()];
        for (owner, entry) in self.entries.iter().enumerate() {
            for (target, _) in &entry.uses {
                if let Some(callers) = callers.get_mut(*target) {
                    callers.push(owner);
                }
            }
        }
        let mut groups = vec![usize::MAX; self.entries.len()];
        for root in self.visits(&HashSet::new()).order.into_iter().rev() {
            let mut open = vec![root];
            while let Some(node) = open.pop() {
                match groups.get_mut(node) {
                    Some(group) if *group == usize::MAX => *group = root,
                    _ => continue,
                }
                open.extend(callers.get(node).into_iter().flatten());
            }
        }
        groups
    }

    fn back_edges(&self, cuts: &HashSet<(usize, usize)>) -> Vec<(usize, usize)> {
        self.visits(cuts).back_edges
    }

    /// Walks depth first, without recursion, and without the edges in `cuts`.
    fn visits(&self, cuts: &HashSet<(usize, usize)>) -> Visits {
        let mut visits = Visits::default();
        let mut states = vec![State::New; self.entries.len()];
        for root in 0..self.entries.len() {
            let mut stack = vec![(root, 0)];
            while let Some((node, next)) = stack.pop() {
                let Some(state) = states.get_mut(node) else {
                    continue;
                };
                match (*state, next) {
                    (State::New, _) => *state = State::Open,
                    (_, 0) => continue,
                    _ => {}
                }
                let uses = self.entries.get(node).map_or(&[][..], |entry| &entry.uses);
                match uses.get(next) {
                    None => {
                        *state = State::Done;
                        visits.order.push(node);
                    }
                    Some((target, _)) => {
                        stack.push((node, next + 1));
                        if cuts.contains(&(node, *target)) {
                            continue;
                        }
                        match states.get(*target) {
                            Some(State::Open) => visits.back_edges.push((node, *target)),
                            Some(State::New) => stack.push((*target, 0)),
                            _ => {}
                        }
                    }
                }
            }
        }
        visits
    }
}

#[derive(Default)]
struct Visits {
    /// Entries, each after all that it uses.
    order: Vec<usize>,
    back_edges: Vec<(usize, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}
