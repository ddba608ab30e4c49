//! Works that several strategies come from.

pub(super) const ANDRE_2013: &str =
    "André, Honovan, Felipe & Frederico 2013, Iterated Prisoner's Dilemma: An extended analysis, BRICS-CCI";
pub(super) const ARNOLD_2016: &str = "Arnold 2016, CoopSim 0.9.9, https://github.com/jecki/CoopSim";
pub(super) const ASHLOCK_2006: &str = "Ashlock & Ashlock 2006, Changes in Prisoner's Dilemma Strategies Over \
     Evolutionary Time With Different Population Sizes, IEEE Congress on Evolutionary Computation";
pub(super) const ASHLOCK_2008: &str = "Ashlock & Kim 2008, Fingerprinting: Visualization and automatic analysis of \
     prisoner's dilemma strategies, IEEE Trans. Evolutionary Computation 12";
pub(super) const ASHLOCK_2009: &str = "Ashlock, Kim & Ashlock 2009, Fingerprint analysis of the noisy prisoner's \
     dilemma using a finite-state representation, IEEE Trans. Computational Intelligence and AI in Games 1";
pub(super) const ASHLOCK_2014: &str = "Ashlock, Tsang & Ashlock 2014, The evolution of exploitation, IEEE Symposium on \
     Foundations of Computational Intelligence";
pub(super) const ASHLOCK_2015: &str = "Ashlock, Brown & Hingston 2015, Multiple Opponent Optimization of Prisoner's \
     Dilemma Playing Agents, IEEE Trans. Computational Intelligence and AI in Games 7";
pub(super) const AXELROD_1980: &str =
    "Axelrod 1980, Effective Choice in the Prisoner's Dilemma, J. Conflict Resolution 24";
pub(super) const AXELROD_1980B: &str = "Axelrod 1980, More Effective Choice in the Prisoner's Dilemma, J. Conflict \
     Resolution 24; his Fortran, as Axelrod-Python reads it";
pub(super) const AXELROD_1984: &str = "Axelrod 1984, The Evolution of Cooperation";
pub(super) const AXELROD_PYTHON: &str = "Knight et al. 2016, An Open Framework for the Reproducible Study of the \
     Iterated Prisoner's Dilemma, J. Open Research Software 4 (Axelrod-Python)";
pub(super) const BEAUFILS_1997: &str = "Beaufils, Delahaye & Mathieu 1997, Our meeting with gradual: a good strategy \
     for the iterated prisoner's dilemma, Artificial Life V";
pub(super) const BERG_2015: &str =
    "van den Berg & Weissing 2015, The importance of mechanisms for the evolution of cooperation, Proc. R. Soc. B 282";
pub(super) const HILBE_2013: &str =
    "Hilbe, Nowak & Traulsen 2013, Adaptive dynamics of extortion and compliance, PLoS ONE 8";
pub(super) const HILBE_2017: &str =
    "Hilbe, Martinez-Vaquero, Chatterjee & Nowak 2017, Memory-n strategies of direct reciprocity, PNAS 114";
pub(super) const LESS_WRONG_2011: &str =
    "LessWrong 2011, Prisoner's Dilemma Tournament Results, http://lesswrong.com/lw/7f2/";
pub(super) const LI_2011: &str = "Li, Hingston & Kendall 2011, Engineering Design of Strategies for Winning Iterated \
     Prisoner's Dilemma Competitions, IEEE Trans. Computational Intelligence and AI in Games 3";
pub(super) const MATHIEU_2015: &str =
    "Mathieu & Delahaye 2015, New Winning Strategies for the Iterated Prisoner's Dilemma, AAMAS";
pub(super) const NOWAK_1992: &str = "Nowak & Sigmund 1992, Tit for tat in heterogeneous populations, Nature 355";
pub(super) const PRESS_2012: &str = "Press & Dyson 2012, Iterated Prisoner's Dilemma contains strategies that dominate \
     any evolutionary opponent, PNAS 109";
pub(super) const PRISON_1998: &str = "LIFL 1998, PRISON, http://www.lifl.fr/IPD/ipd.frame.html";
pub(super) const STEWART_2012: &str =
    "Stewart & Plotkin 2012, Extortion and cooperation in the Prisoner's Dilemma, PNAS 109";
