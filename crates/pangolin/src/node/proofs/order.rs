//! The order in which a history is told.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use pangolin_ledger::{Digest32, Height, Link};

/// The links of one history so that each stands before those it builds upon; among those that are free to stand next, what was
/// recorded last by `recorded`, which need not know every link, and else what was found first.
pub(super) fn latest_first(
    links: Vec<Link>,
    recorded: impl Fn(&Link) -> Option<Height>,
) -> Vec<Link> {
    let mut upon: BTreeMap<Digest32, usize> = BTreeMap::new();
    for parent in links.iter().flat_map(|link| &link.parents) {
        *upon.entry(*parent).or_default() += 1;
    }
    let places: BTreeMap<Digest32, usize> = links
        .iter()
        .enumerate()
        .map(|(place, link)| (link.digest, place))
        .collect();
    let rank = |place: usize| (links.get(place).and_then(&recorded), Reverse(place));
    let mut free: BinaryHeap<_> = (0..links.len())
        .filter(|place| !upon.contains_key(&links[*place].digest))
        .map(rank)
        .collect();
    let mut order = Vec::with_capacity(links.len());
    while let Some((_, Reverse(place))) = free.pop() {
        order.push(place);
        for parent in &links[place].parents {
            let Some(left) = upon.get_mut(parent) else {
                continue;
            };
            *left -= 1;
            if *left == 0
                && let Some(place) = places.get(parent)
            {
                free.push(rank(*place));
            }
        }
    }
    let mut links: Vec<Option<Link>> = links.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|place| links[place].take())
        .collect()
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::{EventId, hash::sha256};
    use proptest::{
        collection::{btree_set, vec},
        prelude::*,
    };
    use std::collections::BTreeSet;

    use super::*;

    fn link(number: u8, parents: &[u8]) -> Link {
        Link {
            digest: Digest32([number; 32]),
            event: EventId([number; 32]),
            parents: parents
                .iter()
                .map(|parent| Digest32([*parent; 32]))
                .collect(),
        }
    }

    /// Numbers of the links in the order in which they are told.
    fn told(links: Vec<Link>, recorded: impl Fn(u8) -> Option<u64>) -> Vec<u8> {
        latest_first(links, |link| recorded(link.digest.0[0]).map(Height))
            .iter()
            .map(|link| link.digest.0[0])
            .collect()
    }

    #[test]
    fn what_two_steps_build_upon_stands_after_both() {
        let diamond = vec![link(4, &[1, 3]), link(1, &[0]), link(3, &[1]), link(0, &[])];
        assert_eq!(told(diamond, |_| None), [4, 3, 1, 0]);
    }

    #[test]
    fn of_two_ways_what_was_recorded_last_comes_first() {
        let ways = vec![link(9, &[1, 2]), link(1, &[]), link(2, &[3]), link(3, &[])];
        let heights = |number| Some([0, 5, 8, 2, 0, 0, 0, 0, 0, 9][usize::from(number)]);
        assert_eq!(told(ways, heights), [9, 2, 1, 3]);
    }

    proptest! {
        /// Links numbered by when they were recorded, each on earlier ones (0 is what nothing shows), found in any order.
        #[test]
        fn any_history_is_told_whole_and_from_the_end(
            parents in vec(vec(any::<u8>(), 0..4), 1..40),
            found in any::<u64>(),
            unknown in btree_set(1_u8..40, 0..10),
        ) {
            let mut links: Vec<Link> = (1_u8..)
                .zip(&parents)
                .map(|(number, upon)| {
                    let upon: BTreeSet<u8> = upon.iter().map(|parent| parent % number).collect();
                    link(number, &upon.into_iter().collect::<Vec<_>>())
                })
                .collect();
            links.sort_by_key(|link| sha256(&[&found.to_le_bytes(), &link.digest.0]));
            let order = told(links.clone(), |number| {
                (!unknown.contains(&number)).then_some(u64::from(number))
            });
            prop_assert_eq!(order.len(), links.len());
            let place = |digest: &Digest32| order.iter().position(|told| *told == digest.0[0]);
            for link in &links {
                for parent in link.parents.iter().filter(|parent| parent.0[0] != 0) {
                    prop_assert!(place(&link.digest) < place(parent));
                }
            }
            prop_assert!(!unknown.is_empty() || order.is_sorted_by(|a, b| a > b));
        }
    }
}
