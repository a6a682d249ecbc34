//! Section 2: Huffman tables (EN 1064, 5.5 and annex C).

use super::record::Section;
use crate::ReadErrorKind;
use crate::bytes::at;

/// Number of tables that stands for the default one.
const DEFAULT: u64 = 19_999;

/// Tables of codes; the first is in force at the start of each lead.
pub(super) struct Tables {
    tables: Vec<Tree>,
    /// Bits of the shortest code.
    shortest: u32,
}

/// What follows a code.
#[derive(Clone, Copy, Debug)]
enum Leaf {
    /// This value.
    Value(i32),
    /// A value in two's complement, of so many bits.
    Literal(u32),
    /// Codes of the table with this index.
    Switch(usize),
}

/// Codes as a binary tree in an array: the children of each node.
#[derive(Default)]
struct Tree {
    nodes: Vec<[Node; 2]>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Node {
    #[default]
    None,
    Inner(usize),
    Leaf(Leaf),
}

impl Tables {
    pub(super) fn parse(section: &Section<'_>) -> Result<Tables, ReadErrorKind> {
        let mut cursor = section.cursor();
        let count = cursor.unsigned(2, "number of Huffman tables")?;
        if count == DEFAULT {
            return Ok(Tables::standard());
        }
        if count == 0 {
            let offset = section.offset as u64;
            let expected = "at least one, or 19999 for the default table";
            return Err(at(offset, "number of Huffman tables", expected, count));
        }
        let mut tables = Tables {
            tables: Vec::new(),
            shortest: u32::MAX,
        };
        for _ in 0..count {
            let mut tree = Tree::default();
            for _ in 0..cursor.unsigned(2, "number of codes")? {
                let offset = cursor.offset();
                let prefix = cursor.unsigned(1, "bits of a prefix")? as u32;
                let total = cursor.unsigned(1, "bits of a code")? as u32;
                let value = cursor.unsigned(1, "table mode switch")? != 0;
                let base = cursor.signed(2, "base value")?;
                let code = cursor.unsigned(4, "base code")? as u32;
                let leaf = leaf(prefix, total, value, base, count).and_then(|leaf| {
                    tree.insert(code, prefix, leaf)?;
                    Some(leaf)
                });
                if leaf.is_none() {
                    let expected = "a code that no other begins with";
                    let got = format!("{code:#b} of {prefix} of {total} bits for {base}");
                    return Err(at(offset, "Huffman code", expected, got));
                }
                tables.shortest = tables.shortest.min(total);
            }
            tables.tables.push(tree);
        }
        Ok(tables)
    }

    /// The default table: 0 for 0; n ones, a zero and the sign for ±n up to 8; nine ones and a
    /// zero for a value of eight bits, ten ones for one of sixteen.
    fn standard() -> Tables {
        let mut tree = Tree::default();
        let mut put = |code: u32, bits: u32, leaf: Leaf| {
            tree.insert(code, bits, leaf)
                .expect("the default table is free of clashes, this is a bug");
        };
        put(0, 1, Leaf::Value(0));
        for size in 1..=8_u32 {
            let ones = (1 << size) - 1;
            put(ones, size + 2, Leaf::Value(size as i32));
            put(
                ones | 1 << (size + 1),
                size + 2,
                Leaf::Value(-(size as i32)),
            );
        }
        put(0x1ff, 10, Leaf::Literal(8));
        put(0x3ff, 10, Leaf::Literal(16));
        Tables {
            tables: vec![tree],
            shortest: 1,
        }
    }

    /// Most values that so many bytes can hold.
    pub(super) fn most(&self, bytes: usize) -> u64 {
        bytes as u64 * 8 / u64::from(self.shortest.max(1))
    }

    /// Decodes `count` values, or as many as there are.
    pub(super) fn decode(&self, bytes: &[u8], count: usize) -> Vec<i32> {
        let mut bits = Bits { bytes, at: 0 };
        let mut values = Vec::with_capacity(count);
        let mut table = 0;
        while values.len() < count {
            match self.tables[table].next(&mut bits) {
                Some(Leaf::Value(value)) => values.push(value),
                Some(Leaf::Literal(width)) => match bits.signed(width) {
                    Some(value) => values.push(value),
                    None => break,
                },
                Some(Leaf::Switch(to)) => table = to,
                None => break,
            }
        }
        values
    }
}

/// What a code means; a switch gives the number of the table, counted from 1.
fn leaf(prefix: u32, total: u32, value: bool, base: i64, tables: u64) -> Option<Leaf> {
    let literal = total.checked_sub(prefix)?;
    if !(1..=32).contains(&prefix) || literal > 32 {
        return None;
    }
    if !value {
        let index = u64::try_from(base).ok()?.checked_sub(1)?;
        return (index < tables).then_some(Leaf::Switch(index as usize));
    }
    Some(match literal {
        0 => Leaf::Value(base as i32),
        bits => Leaf::Literal(bits),
    })
}

impl Tree {
    /// Adds a code, whose first bit is the least significant one; `None` where it clashes.
    fn insert(&mut self, code: u32, bits: u32, leaf: Leaf) -> Option<()> {
        if self.nodes.is_empty() {
            self.nodes.push([Node::None; 2]);
        }
        let mut node = 0;
        for bit in 0..bits {
            let side = (code >> bit & 1) as usize;
            let last = bit + 1 == bits;
            match self.nodes[node][side] {
                Node::None if last => {
                    self.nodes[node][side] = Node::Leaf(leaf);
                    return Some(());
                }
                Node::None => {
                    self.nodes.push([Node::None; 2]);
                    let next = self.nodes.len() - 1;
                    self.nodes[node][side] = Node::Inner(next);
                    node = next;
                }
                Node::Inner(next) if !last => node = next,
                _ => return None,
            }
        }
        None
    }

    fn next(&self, bits: &mut Bits<'_>) -> Option<Leaf> {
        let mut node = 0;
        loop {
            let side = bits.next()?;
            match self.nodes.get(node)?[side] {
                Node::None => return None,
                Node::Inner(next) => node = next,
                Node::Leaf(leaf) => return Some(leaf),
            }
        }
    }
}

/// Bits of bytes, the most significant first.
struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Bits<'_> {
    fn next(&mut self) -> Option<usize> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(usize::from(bit))
    }

    fn signed(&mut self, width: u32) -> Option<i32> {
        let mut value = 0_u32;
        for _ in 0..width {
            value = value << 1 | self.next()? as u32;
        }
        Some(((value << (32 - width)) as i32) >> (32 - width))
    }
}
