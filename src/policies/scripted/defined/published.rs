//! Published finite state machines, as tables.
//!
//! A machine answers each move of the opponent and moves to another state. Its first move is given with the state that
//! it begins in, which is number 0.

use crate::policies::scripted::counts::certainly;
use crate::policies::scripted::sources::{ASHLOCK_2006, ASHLOCK_2008, ASHLOCK_2009, ASHLOCK_2014, ASHLOCK_2015};
use crate::policies::scripted::{Explanation, ListedStrategy, StateRule};

const C: bool = true;
const D: bool = false;

/// What a state does on the opponent's cooperation, and on its defection: the next state, and whether it cooperates.
type Edges = [(u8, bool); 2];

/// Where a machine is, and whether it is to cooperate.
type Place = (u8, bool);

/// The place after the opponent's move.
fn follow(edges: &[Edges], &(state, _): &Place, others: bool) -> Place {
    edges[usize::from(state)][usize::from(!others)]
}

/// Knows its like by two defections in a row and the cooperation after them, and cooperates with it until it
/// defects; defects against all others.
///
/// Names: Fortress 3 (Ashlock & Ashlock 2006).
#[derive(Clone, Copy, Debug)]
pub struct Fortress3;

impl Fortress3 {
    const EDGES: [Edges; 3] = [[(0, D), (1, D)], [(0, D), (2, C)], [(2, C), (0, D)]];
}

impl StateRule for Fortress3 {
    const NAME: &'static str = "fortress3";

    type State = Place;

    fn start(&self) -> Place {
        (0, D)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for Fortress3 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects until the opponent has defected twice in a row, then cooperates until it defects.",
        parameters: "",
        source: ASHLOCK_2006,
    };
}

/// Knows its like by three defections in a row, and cooperates with it until it defects; defects against all
/// others.
///
/// Names: Fortress 4 (Ashlock & Ashlock 2006).
#[derive(Clone, Copy, Debug)]
pub struct Fortress4;

impl Fortress4 {
    const EDGES: [Edges; 4] = [[(0, D), (1, D)], [(0, D), (2, D)], [(0, D), (3, C)], [(3, C), (0, D)]];
}

impl StateRule for Fortress4 {
    const NAME: &'static str = "fortress4";

    type State = Place;

    fn start(&self) -> Place {
        (0, D)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for Fortress4 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects until the opponent has defected three times in a row, then cooperates until it defects.",
        parameters: "",
        source: ASHLOCK_2006,
    };
}

/// A machine of nine states that evolution has found: it exploits cooperation, and cooperates with some of its
/// kind.
///
/// Names: Predator (Ashlock & Ashlock 2006).
#[derive(Clone, Copy, Debug)]
pub struct Predator;

impl Predator {
    const EDGES: [Edges; 9] = [
        [(0, D), (1, D)],
        [(2, D), (3, D)],
        [(4, C), (3, D)],
        [(5, D), (4, C)],
        [(2, C), (6, D)],
        [(7, D), (3, D)],
        [(7, C), (7, D)],
        [(8, D), (7, D)],
        [(8, D), (6, D)],
    ];
}

impl StateRule for Predator {
    const NAME: &'static str = "predator";

    type State = Place;

    fn start(&self) -> Place {
        (0, C)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for Predator {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Moves through nine states; exploits those who cooperate.",
        parameters: "",
        source: ASHLOCK_2006,
    };
}

/// Defects first, cooperates, then answers every second move of the opponent.
///
/// Names: Pun1 (Ashlock, Kim & Leahy 2006).
#[derive(Clone, Copy, Debug)]
pub struct Pun1;

impl Pun1 {
    const EDGES: [Edges; 2] = [[(1, C), (1, C)], [(0, C), (0, D)]];
}

impl StateRule for Pun1 {
    const NAME: &'static str = "pun1";

    type State = Place;

    fn start(&self) -> Place {
        (0, D)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for Pun1 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects first; answers every second move of the opponent with the same, and cooperates between.",
        parameters: "",
        source: ASHLOCK_2006,
    };
}

/// Defects for as long as it is not met with a certain pattern of defection, and plays tit for tat after that.
///
/// Names: Raider (Ashlock, Tsang & Ashlock 2014).
#[derive(Clone, Copy, Debug)]
pub struct Raider;

impl Raider {
    const EDGES: [Edges; 4] = [[(2, D), (2, D)], [(1, C), (1, D)], [(0, D), (3, C)], [(0, D), (1, C)]];
}

impl StateRule for Raider {
    const NAME: &'static str = "raider";

    type State = Place;

    fn start(&self) -> Place {
        (0, D)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for Raider {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects until the opponent answers it with defections at the right time, then plays tit for tat.",
        parameters: "",
        source: ASHLOCK_2014,
    };
}

/// Defects in every second round until the opponent defects, cooperates once, and plays tit for tat from then on.
///
/// Names: Ripoff (Ashlock & Kim 2008).
#[derive(Clone, Copy, Debug)]
pub struct Ripoff;

impl Ripoff {
    const EDGES: [Edges; 3] = [[(1, C), (2, C)], [(0, D), (2, C)], [(2, C), (2, D)]];
}

impl StateRule for Ripoff {
    const NAME: &'static str = "ripoff";

    type State = Place;

    fn start(&self) -> Place {
        (0, D)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for Ripoff {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Alternates, defection first, until the opponent defects, then cooperates once and plays tit for tat.",
        parameters: "",
        source: ASHLOCK_2008,
    };
}

/// Defects until the round after the opponent has first cooperated, and then cooperates for ever.
///
/// Names: Solution B1 (Ashlock, Brown & Hingston 2015).
#[derive(Clone, Copy, Debug)]
pub struct SolutionB1;

impl SolutionB1 {
    const EDGES: [Edges; 3] = [[(1, D), (0, D)], [(1, C), (2, C)], [(2, C), (2, C)]];
}

impl StateRule for SolutionB1 {
    const NAME: &'static str = "solution_b1";

    type State = Place;

    fn start(&self) -> Place {
        (0, D)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for SolutionB1 {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects until the opponent has cooperated and once more, then cooperates for ever.",
        parameters: "",
        source: ASHLOCK_2015,
    };
}

/// Answers a defection with two, whatever the opponent does meanwhile.
///
/// Names: Thumper (Ashlock & Kim 2008).
#[derive(Clone, Copy, Debug)]
pub struct Thumper;

impl Thumper {
    const EDGES: [Edges; 2] = [[(0, C), (1, D)], [(0, D), (0, D)]];
}

impl StateRule for Thumper {
    const NAME: &'static str = "thumper";

    type State = Place;

    fn start(&self) -> Place {
        (0, C)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for Thumper {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Answers a defection with two, and takes no notice of the opponent between them.",
        parameters: "",
        source: ASHLOCK_2008,
    };
}

/// Cooperates, except when the opponent has cooperated right after a defection.
///
/// Names: Usually Cooperates (Ashlock, Kim & Ashlock 2009).
#[derive(Clone, Copy, Debug)]
pub struct UsuallyCooperates;

impl UsuallyCooperates {
    const EDGES: [Edges; 2] = [[(0, C), (1, C)], [(0, D), (0, C)]];
}

impl StateRule for UsuallyCooperates {
    const NAME: &'static str = "usually_cooperates";

    type State = Place;

    fn start(&self) -> Place {
        (0, C)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for UsuallyCooperates {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Cooperates, except after a defection that was followed by cooperation.",
        parameters: "",
        source: ASHLOCK_2009,
    };
}

/// Defects, except when the opponent has defected right after a cooperation.
///
/// Names: Usually Defects (Ashlock, Kim & Ashlock 2009).
#[derive(Clone, Copy, Debug)]
pub struct UsuallyDefects;

impl UsuallyDefects {
    const EDGES: [Edges; 2] = [[(1, D), (0, D)], [(0, D), (0, C)]];
}

impl StateRule for UsuallyDefects {
    const NAME: &'static str = "usually_defects";

    type State = Place;

    fn start(&self) -> Place {
        (0, D)
    }

    fn chance(&self, &(_, answer): &Place) -> f64 {
        certainly(answer)
    }

    fn next(&self, place: &Place, _: bool, others: bool) -> Place {
        follow(&Self::EDGES, place, others)
    }
}

impl ListedStrategy for UsuallyDefects {
    const EXPLANATION: Explanation = Explanation {
        name: Self::NAME,
        rule: "Defects, except after a cooperation that was followed by defection.",
        parameters: "",
        source: ASHLOCK_2009,
    };
}
