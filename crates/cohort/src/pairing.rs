//! Which ECG belongs to which CCTA.

use crate::{Ccta, Flow, ManifestRow};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// On which side of the CCTA the ECG may lie; the day of the CCTA itself is on both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Before or after.
    #[default]
    Either,
    /// On the day of the CCTA or before.
    Before,
    /// On the day of the CCTA or after.
    After,
}

/// How many ECGs a CCTA may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairsOfCcta {
    /// One, the nearest.
    #[default]
    Nearest,
    /// Every one within the window that no other CCTA is nearer to.
    All,
}

/// How ECGs are paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PairingRule {
    /// Most calendar days between ECG and CCTA.
    pub window_days: u32,
    /// On which side of the CCTA the ECG may lie.
    pub direction: Direction,
    /// How many ECGs a CCTA may have.
    pub pairs: PairsOfCcta,
}

impl Default for PairingRule {
    fn default() -> PairingRule {
        PairingRule {
            window_days: 90,
            direction: Direction::Either,
            pairs: PairsOfCcta::Nearest,
        }
    }
}

/// An ECG and its CCTA, as positions in the rows given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Position of the ECG.
    pub ecg: usize,
    /// Position of the CCTA.
    pub ccta: usize,
    /// Calendar days from the CCTA to the ECG; negative where the ECG came first.
    pub interval_days: i64,
}

/// Why an ECG or a CCTA has no partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unpaired {
    /// The patient has nothing to pair with.
    NoPartner,
    /// The ECG has no date.
    NoDate,
    /// Nothing lies within the window on the side asked for.
    OutsideWindow,
    /// Each partner within the window has a nearer one.
    NearerPair,
}

impl Unpaired {
    fn of_ccta(self) -> &'static str {
        match self {
            Unpaired::NoPartner => "no ECG of this patient",
            Unpaired::NoDate => "no date of the ECG",
            Unpaired::OutsideWindow => "no ECG in the window",
            Unpaired::NearerPair => "the ECG is nearer to another CCTA",
        }
    }

    fn of_ecg(self) -> &'static str {
        match self {
            Unpaired::NoPartner => "no CCTA of this patient",
            Unpaired::NoDate => "no date of the ECG",
            Unpaired::OutsideWindow => "no CCTA in the window",
            Unpaired::NearerPair => "another ECG is nearer to the CCTA",
        }
    }
}

/// The pairs, and what is left over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairing {
    /// The pairs by position of the ECG.
    pub pairs: Vec<Pair>,
    /// ECGs without a CCTA, by position.
    pub ecgs: BTreeMap<usize, Unpaired>,
    /// CCTAs without an ECG, by position.
    pub cctas: BTreeMap<usize, Unpaired>,
}

/// Pairs each CCTA with the nearest ECG of the same patient, or with all of them
/// ([`PairsOfCcta`]); each ECG is used once, and where the nearest counts each CCTA too.
///
/// Nearness is counted in calendar days, because many tables hold dates only. Ties go to the earlier ECG,
/// then to the earlier CCTA, then to the order of the tables. Where one ECG is the nearest of two CCTAs
/// it goes to the nearer one, and the other takes its next.
pub fn pair(ecgs: &[ManifestRow], cctas: &[Ccta], rule: PairingRule) -> Pairing {
    let mut of_patient: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, ccta) in cctas.iter().enumerate() {
        let of_patient = of_patient.entry(&ccta.patient_id).or_default();
        of_patient.push(position);
    }
    let mut pairing = Pairing::default();
    for position in 0..cctas.len() {
        pairing.cctas.insert(position, Unpaired::NoPartner);
    }
    let mut candidates = Vec::new();
    for (ecg, row) in ecgs.iter().enumerate() {
        let partners = of_patient.get(row.facts.patient_id.as_str());
        let found = candidates_of(ecg, row, partners, cctas, rule, &mut pairing.cctas);
        pairing.ecgs.insert(ecg, found.1);
        candidates.extend(found.0);
    }
    candidates.sort_by_key(|pair| {
        let recorded = ecgs[pair.ecg].facts.recorded_at;
        let performed = cctas[pair.ccta].performed_at;
        let days = pair.interval_days.unsigned_abs();
        (days, recorded, performed, pair.ecg, pair.ccta)
    });
    for pair in candidates {
        let is_free = pairing.cctas.contains_key(&pair.ccta) || rule.pairs == PairsOfCcta::All;
        if pairing.ecgs.contains_key(&pair.ecg) && is_free {
            pairing.ecgs.remove(&pair.ecg);
            pairing.cctas.remove(&pair.ccta);
            pairing.pairs.push(pair);
        }
    }
    pairing.pairs.sort_by_key(|pair| pair.ecg);
    pairing
}

/// The pairs an ECG could form, and why it would be left over if none of them came about.
fn candidates_of(
    ecg: usize,
    row: &ManifestRow,
    partners: Option<&Vec<usize>>,
    cctas: &[Ccta],
    rule: PairingRule,
    reasons: &mut BTreeMap<usize, Unpaired>,
) -> (Vec<Pair>, Unpaired) {
    let Some(partners) = partners else {
        return (Vec::new(), Unpaired::NoPartner);
    };
    let Some(recorded) = row.facts.recorded_at else {
        for &ccta in partners {
            worsen(reasons, ccta, Unpaired::NoDate);
        }
        return (Vec::new(), Unpaired::NoDate);
    };
    let mut pairs = Vec::new();
    for &ccta in partners {
        let interval_days = days_between(cctas[ccta].performed_at, recorded);
        let fits = match rule.direction {
            Direction::Either => true,
            Direction::Before => interval_days <= 0,
            Direction::After => interval_days >= 0,
        };
        if fits && interval_days.unsigned_abs() <= u64::from(rule.window_days) {
            worsen(reasons, ccta, Unpaired::NearerPair);
            pairs.push(Pair {
                ecg,
                ccta,
                interval_days,
            });
        } else {
            worsen(reasons, ccta, Unpaired::OutsideWindow);
        }
    }
    let reason = if pairs.is_empty() {
        Unpaired::OutsideWindow
    } else {
        Unpaired::NearerPair
    };
    (pairs, reason)
}

/// Keeps the reason that got furthest.
fn worsen(reasons: &mut BTreeMap<usize, Unpaired>, ccta: usize, reason: Unpaired) {
    if let Some(kept) = reasons.get_mut(&ccta) {
        *kept = reason.max(*kept);
    }
}

fn days_between(from: jiff::civil::DateTime, to: jiff::civil::DateTime) -> i64 {
    to.date().duration_since(from.date()).as_hours() / 24
}

/// Manifest rows with the grades of their CCTAs, and what became of the CCTAs.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    /// The rows that have a CCTA, with its grades and the interval, in the order of the manifest.
    pub rows: Vec<ManifestRow>,
    /// The CCTAs that have an ECG, and why others have none.
    pub cctas: Flow,
}

/// The manifest rows that have a CCTA, with its grades and the interval; the flow says why others went.
///
/// A CCTA of which no vessel has a grade takes no ECG away from another; a last step leaves out the
/// ECGs that have no other.
pub fn join_ccta(
    rows: Vec<ManifestRow>,
    cctas: &[Ccta],
    rule: PairingRule,
    flow: &mut Flow,
) -> Joined {
    let graded: Vec<Ccta> = cctas
        .iter()
        .filter(|ccta| !ccta.grades.is_empty())
        .cloned()
        .collect();
    let pairing = pair(&rows, &graded, rule);
    let whole = pair(&rows, cctas, rule);
    flow.step(&format!("a CCTA within {} days", rule.window_days));
    let is_ungraded = |ecg: &usize| !whole.ecgs.contains_key(ecg);
    let (ungraded, unpaired): (Vec<usize>, Vec<usize>) =
        pairing.ecgs.keys().partition(|ecg| is_ungraded(ecg));
    for ecg in unpaired {
        let reason = pairing.ecgs[&ecg].max(whole.ecgs[&ecg]);
        flow.exclude(reason.of_ecg());
    }
    flow.step("a grade of at least one vessel");
    for _ in ungraded {
        flow.exclude("no vessel is graded");
    }
    let of_cctas = flow_of_cctas(&pairing, cctas.len(), graded.len(), rule);
    let mut joined = Vec::with_capacity(pairing.pairs.len());
    let mut pairs = pairing.pairs.iter().peekable();
    for (position, mut row) in rows.into_iter().enumerate() {
        let Some(pair) = pairs.next_if(|pair| pair.ecg == position) else {
            continue;
        };
        row.facts.grades = graded[pair.ccta].grades;
        row.facts.interval_days = Some(pair.interval_days as f64);
        if graded[pair.ccta].revascularised {
            row.prior_revascularisation = Some(true);
        }
        joined.push(row);
    }
    Joined {
        rows: joined,
        cctas: of_cctas,
    }
}

fn flow_of_cctas(pairing: &Pairing, all: usize, graded: usize, rule: PairingRule) -> Flow {
    let mut flow = Flow::new("CCTAs", all);
    flow.step("a grade of at least one vessel");
    for _ in graded..all {
        flow.exclude("no vessel is graded");
    }
    flow.step(&format!("an ECG within {} days", rule.window_days));
    for reason in pairing.cctas.values() {
        flow.exclude(reason.of_ccta());
    }
    flow
}
