//! The parts of FHIR resources that are read; everything else is passed over.

use super::document::Named;
use crate::stated;
use jiff::civil::DateTime;
use serde::Deserialize;

/// An Observation, Patient or Device.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Resource {
    pub resource_type: String,
    pub id: Option<String>,
    pub contained: Vec<Resource>,
    pub identifier: Vec<Identifier>,
    /// Of an Observation.
    pub code: CodeableConcept,
    pub subject: Option<Reference>,
    pub device: Option<Reference>,
    pub effective_date_time: Option<String>,
    pub effective_instant: Option<String>,
    pub effective_period: Option<Period>,
    pub value_sampled_data: Option<SampledData>,
    pub component: Vec<Component>,
    /// Of a Patient.
    pub gender: Option<String>,
    pub birth_date: Option<String>,
    pub name: serde_json::Value,
    /// Of a Device.
    pub manufacturer: serde_json::Value,
    pub model_number: Option<String>,
    pub serial_number: Option<String>,
    pub version: serde_json::Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Identifier {
    pub value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reference {
    pub reference: Option<String>,
    pub display: Option<String>,
    pub identifier: Option<Identifier>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Period {
    pub start: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CodeableConcept {
    pub coding: Vec<Coding>,
    pub text: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Coding {
    pub system: Option<String>,
    pub code: Option<String>,
    pub display: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Component {
    pub code: CodeableConcept,
    pub value_sampled_data: Option<SampledData>,
    pub value_quantity: Option<Quantity>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Quantity {
    pub value: Option<f64>,
    pub unit: Option<String>,
    pub code: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SampledData {
    pub origin: Quantity,
    pub period: Option<f64>,
    pub interval: Option<f64>,
    pub interval_unit: Option<String>,
    pub factor: Option<f64>,
    pub dimensions: Option<u64>,
    pub data: String,
}

impl Resource {
    pub(super) fn has_samples(&self) -> bool {
        self.samples().next().is_some()
    }

    /// Each list of points with its place and its code.
    pub(super) fn samples(&self) -> impl Iterator<Item = (String, &CodeableConcept, &SampledData)> {
        let own = self.value_sampled_data.iter().map(|data| {
            let element = "Observation.valueSampledData".to_string();
            (element, &self.code, data)
        });
        let parts = self.component.iter().enumerate().filter_map(|(at, part)| {
            let element = format!("Observation.component[{at}].valueSampledData");
            Some((element, &part.code, part.value_sampled_data.as_ref()?))
        });
        own.chain(parts)
    }

    /// When it was observed, as written.
    pub(super) fn effective(&self) -> Option<&str> {
        let period = self.effective_period.as_ref();
        self.effective_date_time
            .as_deref()
            .or(self.effective_instant.as_deref())
            .or_else(|| period?.start.as_deref())
    }

    /// Start of the observation in its own local time.
    pub(super) fn start(&self) -> Option<DateTime> {
        self.effective().and_then(stated::iso)
    }

    /// What it is called in a message: by its identifier, else by its place.
    pub(super) fn called(&self, at: usize) -> String {
        match &self.id {
            Some(id) => format!("{}/{id}", self.resource_type),
            None => format!("resource {at}"),
        }
    }

    /// The resource that a reference of this one names, contained in it or beside it.
    pub(super) fn follow<'r>(
        &'r self,
        reference: &Reference,
        all: &'r [Named],
    ) -> Option<&'r Resource> {
        let target = reference.reference.as_deref()?;
        if let Some(id) = target.strip_prefix('#') {
            return self
                .contained
                .iter()
                .find(|part| part.id.as_deref() == Some(id));
        }
        let by_url = all
            .iter()
            .find(|named| named.url.as_deref() == Some(target));
        let found = by_url.or_else(|| {
            let (kind, id) = target.rsplit_once('/')?;
            let kind = kind.rsplit('/').next()?;
            all.iter().find(|named| {
                named.resource.resource_type == kind && named.resource.id.as_deref() == Some(id)
            })
        });
        found.map(|named| &named.resource)
    }
}
