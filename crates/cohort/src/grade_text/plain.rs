//! A text in plain form: one kind of every sign, decimal points, words spelt right, denials marked.

use super::{denial, spelling};

/// Lower case, half-width signs, simplified Chinese, one kind of dash, single spaces, decimal
/// points, common words spelt right, and what is denied as a mark.
pub(crate) fn normalise(text: &str) -> String {
    let plain: String = unescape(text)
        .replace(['™', '®'], "")
        .chars()
        .map(plain_sign)
        .flat_map(char::to_lowercase)
        .collect();
    let plain = plain.replace('~', "-");
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = [("轻、中", "轻中"), ("中、重", "中重"), ("轻,中", "轻中")]
        .iter()
        .fold(plain, |text, (from, to)| text.replace(from, to));
    let plain = between(&decimal_points(&abbreviations(&plain)));
    denial::marked(&spelling::mended(&plain))
}

/// Characters that were escaped for XML or HTML.
pub(crate) fn unescape(text: &str) -> String {
    const ESCAPED: [(&str, &str); 8] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&le;", "≤"),
        ("&ge;", "≥"),
        ("&nbsp;", " "),
        ("&quot;", "\""),
        ("&#37;", "%"),
        ("&amp;", "&"),
    ];
    let plain = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    ESCAPED.iter().fold(text.to_owned(), plain)
}

/// One letter in plain form.
pub(crate) fn plain_letter(c: char) -> char {
    let c = plain_sign(c);
    c.to_lowercase().next().unwrap_or(c)
}

fn plain_sign(c: char) -> char {
    /// Traditional characters of this vocabulary and their simplified forms.
    const SIMPLIFIED: [(char, char); 30] = [
        ('狹', '狭'),
        ('輕', '轻'),
        ('嚴', '严'),
        ('閉', '闭'),
        ('狀', '状'),
        ('動', '动'),
        ('脈', '脉'),
        ('迴', '回'),
        ('廻', '回'),
        ('無', '无'),
        ('暢', '畅'),
        ('鈣', '钙'),
        ('見', '见'),
        ('顯', '显'),
        ('發', '发'),
        ('現', '现'),
        ('變', '变'),
        ('異', '异'),
        ('幹', '干'),
        ('徑', '径'),
        ('遠', '远'),
        ('約', '约'),
        ('於', '于'),
        ('對', '对'),
        ('緣', '缘'),
        ('塊', '块'),
        ('術', '术'),
        ('後', '后'),
        ('橋', '桥'),
        ('評', '评'),
    ];
    match c {
        // Full-width forms of ASCII, U+FF01–U+FF5E.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '﹪' | '٪' => '%',
        '–' | '—' | '−' | '‐' | '‑' | '‒' | '―' | '~' | '〜' | '∼' => '-',
        '≧' | '⩾' => '≥',
        '≦' | '⩽' => '≤',
        '〈' | '﹤' | '‹' => '<',
        '〉' | '﹥' | '›' => '>',
        '。' => ';',
        c if c.is_whitespace() => ' ',
        c => SIMPLIFIED
            .iter()
            .find(|(from, _)| *from == c)
            .map_or(c, |(_, to)| *to),
    }
}

/// Abbreviations without their full stop, which would end a clause.
fn abbreviations(text: &str) -> String {
    const SHORT: [&str; 18] = [
        "approx", "ca", "prox", "dist", "seg", "mod", "sev", "sten", "max", "min", "resp", "incl",
        "diag", "marg", "circ", "no", "sig", "signif",
    ];
    let mut plain = text.to_owned();
    for short in SHORT {
        let (from, inside) = (format!("{short}. "), format!(" {short}. "));
        if plain.starts_with(&from) {
            plain.replace_range(short.len()..=short.len(), "");
        }
        plain = plain.replace(&inside, &format!(" {short} "));
    }
    plain
}

/// `72,5 %` as `72.5 %`; a comma between digits that can be no decimal sign makes the number
/// unreadable rather than two.
fn decimal_points(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
    let mark = |at: usize| {
        let comma = letters[at] == ',' && at > 0 && digit(at - 1) && digit(at + 1);
        match (comma, digit(at + 2)) {
            (true, false) => '.',
            (true, true) => '\u{b7}',
            (false, _) => letters[at],
        }
    };
    (0..letters.len()).map(mark).collect()
}

/// `between 50 and 69 %` as `50-69 %`.
fn between(text: &str) -> String {
    let Some(at) = text.find("between ") else {
        return text.to_owned();
    };
    let rest = &text[at + "between ".len()..];
    let number = |text: &str| {
        let bare = text.trim().trim_end_matches('%').trim_end();
        !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    match rest.split_once(" and ") {
        Some((low, high)) if number(low) && high.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("{}{}-{}", &text[..at], low.trim(), high)
        }
        _ => text.to_owned(),
    }
}
