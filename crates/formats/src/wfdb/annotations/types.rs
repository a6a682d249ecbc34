//! Symbols of annotation types.

use super::CustomType;
use std::collections::BTreeMap;

/// Symbols of ecgcodes.h by code; a space where a code is not in use.
const SYMBOLS: &[u8; 42] = b" NLRaVFJASEj/Q~ | sT*D\"=pB^t+u?![]en@xf()r";

/// The symbol of a type, by the file's own definitions first; empty where there is none.
pub(super) fn symbol(code: u8, custom: &BTreeMap<u8, CustomType>) -> String {
    if let Some(custom) = custom.get(&code) {
        return custom.symbol.clone();
    }
    match SYMBOLS.get(usize::from(code)) {
        Some(&symbol) if symbol != b' ' => char::from(symbol).to_string(),
        _ => String::new(),
    }
}
