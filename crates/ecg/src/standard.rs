//! The twelve standard leads of a recording, by name, with the derived ones where absent.

use crate::{Ecg, Hertz, Lead};
use std::borrow::Cow;

/// The twelve leads in tensor order, in millivolts, all of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct StandardLeads {
    /// Samples a second.
    pub rate: Hertz,
    /// One signal per lead, in the order of [`Lead::ALL`].
    pub millivolts: [Vec<f64>; 12],
    /// Leads that were not stored but computed from I and II.
    pub derived: Vec<Lead>,
}

/// Leads a recording does not have and that cannot be derived from I and II.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the twelve standard leads, missing: {}", names(.leads))]
pub struct MissingLeads {
    /// The missing leads in tensor order.
    pub leads: Vec<Lead>,
}

impl Ecg {
    /// The twelve standard leads mapped by name, never by position.
    ///
    /// Absent limb leads are derived from I and II (Einthoven 1913, Goldberger 1942):
    /// III = II − I, aVR = −(I + II)/2, aVL = I − II/2, aVF = II − I/2.
    ///
    /// # Errors
    ///
    /// When a lead is neither stored nor derivable; the error names all such leads.
    pub fn standard_leads(&self) -> Result<StandardLeads, MissingLeads> {
        let millivolts = self.borrow_standard_leads()?.map(Cow::into_owned);
        let stored = |lead: &Lead| self.lead(*lead).is_some();
        Ok(StandardLeads {
            rate: self.rate,
            millivolts,
            derived: Lead::ALL.into_iter().filter(|lead| !stored(lead)).collect(),
        })
    }

    /// The twelve leads without a copy of those that are stored.
    pub(crate) fn borrow_standard_leads(&self) -> Result<[Cow<'_, [f64]>; 12], MissingLeads> {
        let mut missing = Vec::new();
        let millivolts = Lead::ALL.map(|lead| {
            if let Some(stored) = self.lead(lead) {
                return Cow::Borrowed(stored);
            }
            if let Some(computed) = self.derive(lead) {
                return Cow::Owned(computed);
            }
            missing.push(lead);
            Cow::Borrowed([].as_slice())
        });
        if missing.is_empty() {
            Ok(millivolts)
        } else {
            Err(MissingLeads { leads: missing })
        }
    }

    fn derive(&self, lead: Lead) -> Option<Vec<f64>> {
        let (first, second) = (self.lead(Lead::I)?, self.lead(Lead::II)?);
        let combine: fn(f64, f64) -> f64 = match lead {
            Lead::III => |one, two| two - one,
            Lead::AVR => |one, two| -(one + two) / 2.0,
            Lead::AVL => |one, two| one - two / 2.0,
            Lead::AVF => |one, two| two - one / 2.0,
            _ => return None,
        };
        Some(
            first
                .iter()
                .zip(second)
                .map(|(&one, &two)| combine(one, two))
                .collect(),
        )
    }
}

fn names(leads: &[Lead]) -> String {
    let names: Vec<&str> = leads.iter().map(|lead| lead.name()).collect();
    names.join(", ")
}
