//! What ischaemia of each territory does to the heart vector.
//!
//! A unit of effect moves the ST segment away from the ischaemic wall (subendocardial depression over it)
//! and turns the T wave the same way. Right coronary: inferior; descending: anterior; circumflex: lateral.
//! Left main: diffuse depression strongest at the J point with elevation in aVR, the T wave untouched,
//! which keeps it apart from disease of right and circumflex arteries together.

use super::heart::{Event, Vector};
use super::leads::leads_of;
use crate::Vessel;

struct Territory {
    /// Away from the wall: x left, y inferior, z posterior.
    direction: Vector,
    /// Weights of J point, ST plateau and T wave.
    j_point: f64,
    plateau: f64,
    t_wave: f64,
}

fn territory(vessel: Vessel) -> Territory {
    let wall = |direction: Vector| Territory {
        direction,
        j_point: 0.0,
        plateau: 1.0,
        t_wave: 1.4,
    };
    match vessel {
        Vessel::Rca => wall([0.0, -1.0, 0.0]),
        Vessel::Lad => wall([-0.15, 0.0, 1.0]),
        Vessel::Lcx => wall([-0.95, -0.05, 0.0]),
        Vessel::Lm => Territory {
            direction: [-0.80, -0.70, 0.05],
            j_point: 1.4,
            plateau: 0.65,
            t_wave: 0.0,
        },
    }
}

/// What one unit of effect of a vessel's territory does to each of the twelve leads, relative to
/// the lead that moves most; the sign is that of the ST segment.
pub(super) fn lead_effects(vessel: Vessel) -> [f64; 12] {
    let effects = leads_of(territory(vessel).direction);
    let largest = effects
        .iter()
        .fold(0.0f64, |largest, effect| largest.max(effect.abs()));
    effects.map(|effect| effect / largest)
}

/// The events that the effects of the four vessels add to every beat.
pub(super) fn events(effects: &[f64; 4], millivolts_per_effect: f64) -> Vec<Event> {
    let mut events = Vec::new();
    for vessel in Vessel::ALL {
        let territory = territory(vessel);
        let size = effects[vessel.index()] * millivolts_per_effect;
        let mut add = |at: f64, width: f64, weight: f64| {
            if weight != 0.0 {
                let vector = territory.direction.map(|axis| axis * size * weight);
                events.push(Event::repolarisation(at, width, vector));
            }
        };
        add(0.066, 0.020, territory.j_point);
        for at in [0.085, 0.115, 0.145, 0.175] {
            add(at, 0.024, 0.50 * territory.plateau);
        }
        for (at, width, part) in [
            (0.205, 0.050, 0.40),
            (0.262, 0.038, 0.60),
            (0.296, 0.026, 0.28),
        ] {
            add(at, width, part * territory.t_wave);
        }
    }
    events
}
