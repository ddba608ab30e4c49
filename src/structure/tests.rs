//! Tests of all kinds of graphs.

use super::edge_list::EdgeList;
use super::islands::Islands;
use super::lattice::{Lattice, Neighbourhood};
use super::random_regular::RandomRegular;
use super::ring::Ring;
use super::scale_free::ScaleFree;
use super::small_world::SmallWorld;
use super::{GraphSpec, Placement, StructureSpec};
use crate::rng::{Purpose, StreamKey, stream};
use crate::testing::property_config;
use crate::world::Graph;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn graph(spec: &GraphSpec, agents: usize, seed: u64) -> Graph {
    assert!(spec.any().faults(agents as u64).is_empty(), "{:?}", spec.any().faults(agents as u64));
    spec.any().graph(agents, &mut stream(seed, Purpose::Structure, StreamKey::default())).unwrap()
}

fn beside(graph: &Graph, vertex: usize) -> Vec<usize> {
    graph.neighbours(vertex).collect()
}

fn lattice(width: u32, neighbourhood: Neighbourhood, torus: bool) -> GraphSpec {
    GraphSpec::Lattice(Lattice { width, neighbourhood, torus })
}

#[test]
fn rings_and_lattices_by_hand() {
    let ring = graph(&GraphSpec::Ring(Ring { neighbours: 4 }), 7, 1);
    assert_eq!((beside(&ring, 0), beside(&ring, 3)), (vec![1, 2, 5, 6], vec![1, 2, 4, 5]));
    // 0 1 2 3 / 4 5 6 7 / 8 9 10 11
    let torus = graph(&lattice(4, Neighbourhood::VonNeumann, true), 12, 1);
    assert_eq!((beside(&torus, 0), beside(&torus, 6)), (vec![1, 3, 4, 8], vec![2, 5, 7, 10]));
    let board = graph(&lattice(4, Neighbourhood::VonNeumann, false), 12, 1);
    assert_eq!((beside(&board, 0), beside(&board, 11), board.edges()), (vec![1, 4], vec![7, 10], 17));
    let moore = graph(&lattice(4, Neighbourhood::Moore, true), 12, 1);
    assert_eq!(beside(&moore, 0), [1, 3, 4, 5, 7, 8, 9, 11]);
    let corner = graph(&lattice(4, Neighbourhood::Moore, false), 12, 1);
    assert_eq!((beside(&corner, 0), beside(&corner, 5)), (vec![1, 4, 5], vec![0, 1, 2, 4, 6, 8, 9, 10]));
}

#[test]
fn what_makes_no_graph_is_refused_with_its_numbers() {
    for (spec, agents, said) in [
        (GraphSpec::Ring(Ring { neighbours: 3 }), 9, "3 neighbours in a ring of 9 agents"),
        (GraphSpec::Ring(Ring { neighbours: 8 }), 8, "8 neighbours in a ring of 8 agents"),
        (lattice(4, Neighbourhood::Moore, true), 10, "10 agents do not fill rows of 4"),
        (lattice(0, Neighbourhood::Moore, true), 10, "10 agents do not fill rows of 0"),
        (lattice(2, Neighbourhood::Moore, true), 10, "a torus of 2 × 5 squares"),
        (GraphSpec::RandomRegular(RandomRegular { neighbours: 3 }), 7, "3 neighbours of each of 7 agents"),
        (GraphSpec::RandomRegular(RandomRegular { neighbours: 7 }), 7, "7 neighbours of each of 7 agents"),
        (GraphSpec::ScaleFree(ScaleFree { joins: 0 }), 7, "0 edges from each of 7 agents"),
        (GraphSpec::ScaleFree(ScaleFree { joins: 7 }), 7, "7 edges from each of 7 agents"),
        (GraphSpec::Ring(Ring { neighbours: 1 << 20 }), 1 << 30, "edges"),
        (GraphSpec::Islands(Islands { count: 0 }), 9, "a count of 0 makes no islands"),
        (GraphSpec::Islands(Islands { count: 1 }), 9, "a count of 1 makes no islands"),
        (GraphSpec::Islands(Islands { count: 5 }), 9, "9 agents on 5 islands"),
        (GraphSpec::Islands(Islands { count: u32::MAX }), 9, "9 agents on 4294967295 islands"),
        (GraphSpec::Islands(Islands { count: 2 }), 1 << 20, "edges"),
    ] {
        let faults = spec.any().faults(agents);
        assert!(faults[0].message.contains(said), "{faults:?}");
    }
}

#[test]
fn edges_come_from_a_file_and_what_is_no_edge_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("edges.csv");
    let spec = || GraphSpec::EdgeList(EdgeList::new(path.to_string_lossy()));
    std::fs::write(&path, "0,1\n2, 1\n1,0\n").unwrap();
    let known = spec();
    assert_eq!(graph(&known, 4, 1).each_edge().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    for (text, said) in [
        ("0,1\n4,1\n", "row 2: found `4`, expected the number of a vertex, 0 to 3"),
        ("0,1\n2,2\n", "row 2: an edge from vertex 2 to itself"),
        ("0,1,2\n", "row 1: 3 cells"),
        ("from,to\n0,1\n", "row 1: found `from`"),
    ] {
        std::fs::write(&path, text).unwrap();
        let faults = spec().any().faults(4);
        assert!(faults[0].message.contains(said), "{faults:?}");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(spec().any().faults(4)[0].message.contains("edges.csv: "));
    assert_eq!(spec().any().file(), None);
    // What has been read once is not read again, by no copy of it; and it has the hash of what was read.
    assert_eq!(graph(&known.clone(), 4, 1).edges(), 2);
    assert_eq!(known.any().file().unwrap().sha256, crate::files::sha256_of(b"0,1\n2, 1\n1,0\n"));
    assert!(known.any().faults(2)[0].message.contains("row 2: found `2`, expected the number of a vertex, 0 to 1"));
}

#[test]
fn islands_are_whole_and_of_equal_size() {
    let islands = |count| GraphSpec::Islands(Islands { count });
    let three = graph(&islands(3), 8, 1);
    let expected = [(0, 1), (2, 3), (2, 4), (3, 4), (5, 6), (5, 7), (6, 7)];
    assert_eq!(three.each_edge().collect::<Vec<_>>(), expected);
    assert_eq!(islands(3).any().island_of_each(8), Some(vec![0, 0, 1, 1, 1, 2, 2, 2]));
    for (agents, count) in [(4, 2), (9, 2), (10, 5), (23, 4), (100, 7)] {
        let (spec, of) = (islands(count), islands(count).any().island_of_each(agents).unwrap());
        let sizes: Vec<usize> = (0..count).map(|island| of.iter().filter(|own| **own == island).count()).collect();
        assert!(of.is_sorted() && sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        let drawn = graph(&spec, agents, 1);
        assert_eq!(drawn.edges(), spec.any().edges(agents as u64), "{agents} on {count}");
        let is_right = |a: usize, b: usize| (of[a] == of[b] && a != b) == drawn.neighbours(a).any(|other| other == b);
        assert!((0..agents).all(|a| (0..agents).all(|b| is_right(a, b))));
    }
    assert_eq!(lattice(3, Neighbourhood::Moore, true).any().island_of_each(9), None);
}

#[test]
fn agents_know_their_islands_wherever_they_sit() {
    let of = |interaction: GraphSpec, replacement: Option<GraphSpec>, placement| {
        StructureSpec { interaction, replacement, placement }.build(9, 4).unwrap()
    };
    let islands = |count| GraphSpec::Islands(Islands { count });
    for placement in [Placement::AsListed, Placement::Shuffled, Placement::Clustered] {
        let structure = of(islands(3), None, placement);
        let apart = |&(a, b): &(usize, usize)| structure.island_of[a] != structure.island_of[b];
        assert_eq!(structure.interaction.each_edge().filter(apart).count(), 0);
        assert_eq!((structure.interaction.edges(), structure.island_of.len()), (9, 9));
    }
    // Where both graphs have islands, those count between which nobody inherits.
    let both = of(islands(4), Some(islands(2)), Placement::AsListed);
    assert_eq!(both.island_of.iter().max(), Some(&1));
    let ring = || GraphSpec::Ring(Ring { neighbours: 2 });
    assert_eq!(of(islands(4), Some(ring()), Placement::AsListed).island_of.iter().max(), Some(&3));
    assert!(of(ring(), None, Placement::AsListed).island_of.is_empty());
}

#[test]
fn those_with_many_neighbours_get_more_of_them() {
    let graph = graph(&GraphSpec::ScaleFree(ScaleFree { joins: 2 }), 2000, 5);
    assert_eq!(graph.edges(), 3 + 2 * 1997);
    let most = (0..2000).map(|vertex| graph.degree(vertex)).max().unwrap();
    // About √N times the edges that each brings; a graph with even chances would stop at about 20.
    assert!(most > 45, "{most}");
    assert!(graph.is_connected());
}

#[test]
fn edges_of_a_small_world_lead_elsewhere_as_often_as_it_says() {
    let (agents, spec) = (2000, |rewired| GraphSpec::SmallWorld(SmallWorld { neighbours: 6, rewired }));
    let ring: BTreeSet<_> = graph(&spec(0.0), agents, 1).each_edge().collect();
    assert_eq!(ring, graph(&GraphSpec::Ring(Ring { neighbours: 6 }), agents, 1).each_edge().collect());
    let world = graph(&spec(0.3), agents, 1);
    assert_eq!(world.edges(), 6000);
    let moved = world.each_edge().filter(|edge| !ring.contains(edge)).count();
    // 30 % of 6,000 less the few that come back to the ring: standard deviation 35, five of them are 178.
    assert!((1600..2000).contains(&moved), "{moved}");
}

proptest! {
    #![proptest_config(property_config(64))]

    #[test]
    fn regular_graphs_are_regular_and_drawn(half in 3u32..20, neighbours in 1u32..6, seed: u64) {
        let agents = 2 * half as usize;
        prop_assume!((neighbours as usize) < agents);
        let spec = GraphSpec::RandomRegular(RandomRegular { neighbours });
        let drawn = graph(&spec, agents, seed);
        prop_assert!((0..agents).all(|vertex| drawn.degree(vertex) == neighbours as usize));
        prop_assert_eq!(drawn.edges(), spec.any().edges(agents as u64));
        prop_assert_eq!(&drawn, &graph(&spec, agents, seed));
    }

    #[test]
    fn placing_agents_changes_names_alone(width in 3u32..7, height in 3usize..7, seed: u64) {
        let agents = width as usize * height;
        let built = |placement| {
            let interaction = lattice(width, Neighbourhood::Moore, true);
            StructureSpec { interaction, replacement: None, placement }.build(agents, seed).unwrap()
        };
        let plain = built(Placement::AsListed);
        prop_assert_eq!(&plain.sites, &(0..agents as u32).collect::<Vec<_>>());
        for placement in [Placement::Shuffled, Placement::Clustered] {
            let structure = built(placement);
            prop_assert_eq!(structure.sites.iter().collect::<BTreeSet<_>>().len(), agents);
            for agent in 0..agents {
                let by_site: BTreeSet<u32> =
                    structure.interaction.neighbours(agent).map(|other| structure.sites[other]).collect();
                let site = structure.sites[agent] as usize;
                let expected: BTreeSet<u32> = plain.interaction.neighbours(site).map(|other| other as u32).collect();
                prop_assert_eq!(by_site, expected);
            }
        }
    }
}

#[test]
fn clusters_are_whole() {
    // The first half of the agents is connected within itself.
    let interaction = lattice(10, Neighbourhood::VonNeumann, true);
    let structure =
        StructureSpec { interaction, replacement: None, placement: Placement::Clustered }.build(100, 3).unwrap();
    let edges: Vec<(u32, u32)> = structure
        .interaction
        .each_edge()
        .filter(|&(a, b)| a < 50 && b < 50)
        .map(|(a, b)| (a as u32, b as u32))
        .collect();
    assert!(Graph::of(50, &edges).is_connected());
}

#[test]
fn two_graphs_share_the_places() {
    let spec = StructureSpec {
        interaction: lattice(4, Neighbourhood::VonNeumann, true),
        replacement: Some(GraphSpec::Ring(Ring { neighbours: 2 })),
        placement: Placement::Shuffled,
    };
    let structure = spec.build(12, 9).unwrap();
    let next = |a: u32, b: u32| a.abs_diff(b) == 1 || a.abs_diff(b) == 11;
    assert!(structure.replacement.each_edge().all(|(a, b)| next(structure.sites[a], structure.sites[b])));
    assert_eq!((structure.replacement.edges(), structure.interaction.edges()), (12, 24));
    let [x, y] = structure.place(5).unwrap();
    assert_eq!(4 * y + x, structure.sites[5]);
}
