//! Units and what they call: in which order they stand in a file, and which go into one.

use std::collections::BTreeSet;

use harmonic_translator::unit::Translation;

use crate::board::CHECK_LEAVES;

/// The units in an order in which callees come first, or the cycle's member.
pub(crate) fn order(translation: &Translation, roots: &[usize]) -> Result<Vec<usize>, usize> {
    let mut done = BTreeSet::new();
    let mut active = BTreeSet::new();
    let mut out = Vec::new();
    // Explicit stack: call chains may be long.
    for root in roots {
        let mut stack = vec![(*root, 0usize)];
        while let Some((unit, next)) = stack.pop() {
            if next == 0 {
                if done.contains(&unit) {
                    continue;
                }
                if !active.insert(unit) {
                    return Err(unit);
                }
            }
            let depends = translation.units.get(unit).map_or(&[][..], |u| &u.depends);
            match depends.get(next) {
                Some(callee) => {
                    stack.push((unit, next + 1));
                    if !done.contains(callee) {
                        if active.contains(callee) {
                            return Err(*callee);
                        }
                        stack.push((*callee, 0));
                    }
                }
                None => {
                    active.remove(&unit);
                    done.insert(unit);
                    out.push(unit);
                }
            }
        }
    }
    Ok(out)
}

/// Cuts the work into batches: what calls one another stays together, the rest is spread evenly.
pub(crate) fn batches(translation: &Translation, todo: &[usize], jobs: usize) -> Vec<Vec<usize>> {
    // Union of each root with its callees' groups.
    let mut groups: Vec<BTreeSet<usize>> = Vec::new();
    for root in todo {
        let Ok(mine) = order(translation, &[*root]) else { continue };
        let mut mine: BTreeSet<usize> = mine.into_iter().collect();
        groups.retain(|g| {
            let joined = !g.is_disjoint(&mine) && leaves(translation, g) + leaves(translation, &mine) <= CHECK_LEAVES;
            if joined {
                mine.extend(g);
            }
            !joined
        });
        groups.push(mine);
    }
    let cost = |g: &BTreeSet<usize>| leaves(translation, g) + 2 * g.len();
    groups.sort_by_key(|g| std::cmp::Reverse(cost(g)));
    let all: usize = groups.iter().map(cost).sum();
    let count = all.div_ceil(CHECK_LEAVES).max(jobs).min(groups.len()).max(1);
    let mut bins: Vec<(usize, BTreeSet<usize>)> = vec![(0, BTreeSet::new()); count];
    for group in groups {
        if let Some(bin) = bins.iter_mut().min_by_key(|b| b.0) {
            bin.0 += cost(&group);
            bin.1.extend(group);
        }
    }
    let ordered = bins.into_iter().filter(|b| !b.1.is_empty());
    ordered.filter_map(|(_, units)| order(translation, &units.into_iter().collect::<Vec<_>>()).ok()).collect()
}

fn leaves(translation: &Translation, units: &BTreeSet<usize>) -> usize {
    units.iter().filter_map(|u| translation.units.get(*u)).map(|u| u.obligations.len()).sum()
}
