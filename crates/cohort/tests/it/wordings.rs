//! Wordings of many hospitals, each with the grade a careful reader gives it: a wording may be
//! left ungraded, but never graded otherwise.

use coronet_cohort::{read_grade, read_report};

/// What is said of one vessel: its grade, or `x` where a careful reader would not commit himself.
const CELLS: &[(&str, char)] = &[
    // Per cent: bounds, ranges, units, signs.
    ("50-69%", '2'),
    ("<50%", '1'),
    ("＜50％", '1'),
    ("〈50%", '1'),
    ("&lt;50%", '1'),
    ("&gt;70%", '3'),
    (">70 %", '3'),
    ("> 50%", 'x'),
    ("≤50%", 'x'),
    ("≤ 49 %", '1'),
    ("greater than 70%", '3'),
    ("greater than 50%", 'x'),
    ("in excess of 75%", '3'),
    ("50% or more", 'x'),
    ("70% or greater", '3'),
    ("less than 70%", 'x'),
    ("up to 50%", 'x'),
    ("up to 60%", '2'),
    ("nearly 100%", 'x'),
    ("almost 70%", 'x'),
    ("approx. 75 % stenosis", '3'),
    ("ca. 30%", '1'),
    ("between 40 and 70%", 'x'),
    ("between 50 and 69 %", '2'),
    ("69,9 %", '2'),
    ("72,5%", '3'),
    ("30,80%", 'x'),
    ("30%, 80%", '3'),
    ("95 pct", '3'),
    ("seg. 6: 75%", '3'),
    ("#7 90%", '3'),
    ("stenosis of 60% over 12 mm", '2'),
    ("vessel diameter 2.5 mm, 40% stenosis", '1'),
    ("75% area stenosis", 'x'),
    ("plaque burden 70%", 'x'),
    ("plaque volume 60%, mild stenosis", 'x'),
    ("30/80%", 'x'),
    ("+70", 'x'),
    ("1e2", 'x'),
    ("999", 'x'),
    ("-9", 'x'),
    ("50%左右", '2'),
    ("约５０－６９％", '2'),
    ("７０〜９９％", '3'),
    ("70%以上", '3'),
    ("50%以上", 'x'),
    ("50%以下", '1'),
    ("不到50%", '1'),
    ("近70%", 'x'),
    ("狭窄率80%", '3'),
    ("狭窄程度约25%-49%", '1'),
    ("狭窄约75%", '3'),
    ("第6段狭窄75%", '3'),
    ("面积狭窄率75%", 'x'),
    // CAD-RADS.
    ("CAD-RADS 3-4", 'x'),
    ("CAD-RADS 1-2", '1'),
    ("CAD-RADS 3/4A", 'x'),
    ("CAD-RADS 4A/P3/HRP", '3'),
    ("CAD-RADS 0-1", 'x'),
    ("CADRADS5", '4'),
    ("CAD-RADS 3, moderate stenosis (50-69%)", '2'),
    ("CAD-RADS 2, severe", 'x'),
    ("CAD-RADS >3", 'x'),
    ("CAD-RADS ≥ 4", 'x'),
    // English severities.
    ("mild-to-moderate", 'x'),
    ("mild-mod stenosis", 'x'),
    ("mod stenosis", '2'),
    ("mod-severe", 'x'),
    ("moderately severe", 'x'),
    ("mild/moderate narrowing", 'x'),
    ("at least moderate stenosis", 'x'),
    ("more than mild", 'x'),
    ("less than severe stenosis", 'x'),
    ("borderline severe stenosis", 'x'),
    ("subtotal", '3'),
    ("subtotally occluded", '3'),
    ("near-occlusion", '3'),
    ("near total occlusion (99%)", '3'),
    ("partially occluded", 'x'),
    ("non-occluded", 'x'),
    ("nonocclusive plaque", 'x'),
    ("CTO of the mid segment", '4'),
    ("totally occluded", '4'),
    ("100% occlusion", '4'),
    ("high grade narrowing", '3'),
    ("low-grade stenosis", 'x'),
    ("significant stenosis", 'x'),
    ("insignificant stenosis", 'x'),
    ("clear stenosis", 'x'),
    ("moderate calcified lesion", '2'),
    ("mild proximal and severe distal stenosis", '3'),
    ("diffuse mild disease", '1'),
    ("severe calcification causing moderate stenosis", '2'),
    ("heavily calcified, severe stenosis", '3'),
    ("severe plaque burden", 'x'),
    ("moderate plaque", 'x'),
    ("moderate plaque with 30% stenosis", '1'),
    ("moderate atherosclerosis", 'x'),
    ("mild ectasia", 'x'),
    ("mild tortuosity, no stenosis", '0'),
    ("myocardial bridging", 'x'),
    ("myocardial bridging with mild systolic compression", 'x'),
    ("myocardial bridge, no stenosis", '0'),
    // Misspelt.
    ("moderat stenosis", '2'),
    ("servere stenosis", '3'),
    ("sever stenosis", '3'),
    ("occuded", '4'),
    ("no signficant stenosis", '0'),
    ("no significant stenois", '0'),
    ("wihout severe stenosis", 'x'),
    ("subtoal occlusion", '3'),
    ("Patient moved", 'x'),
    // English denials.
    ("no significant stenosis", '0'),
    ("no stenosis, occlusion or dissection", '0'),
    ("no plaque, stenosis, or occlusion", '0'),
    ("no stenosis or occlusion", '0'),
    ("no stenosis and no occlusion", '0'),
    ("no occlusion, mild stenosis", '1'),
    ("no plaque, severe stenosis", '3'),
    ("no plaque rupture", 'x'),
    ("no disease progression", 'x'),
    ("no obstructive disease", 'x'),
    ("nonobstructive disease", 'x'),
    ("no flow-limiting stenosis", 'x'),
    ("no hemodynamically significant stenosis", 'x'),
    ("no more than mild stenosis", 'x'),
    ("no stenosis greater than 50%", 'x'),
    ("no stenosis >50%", 'x'),
    ("no high-grade stenosis", 'x'),
    ("absence of severe stenosis", 'x'),
    ("absence of stenosis", '0'),
    ("free of severe stenosis", 'x'),
    ("free of disease", '0'),
    ("negative for severe stenosis", 'x'),
    ("negative remodelling", 'x'),
    ("neither mild nor severe stenosis", 'x'),
    ("widely patent", '0'),
    ("within normal limits", '0'),
    ("near-normal", 'x'),
    ("normal origin", 'x'),
    ("plaque without stenosis", '0'),
    // Doubt, history and treatment.
    ("questionable severe stenosis", 'x'),
    ("equivocal stenosis of 70%", 'x'),
    ("may be occluded", 'x'),
    ("indeterminate", 'x'),
    ("previously occluded, now patent", 'x'),
    ("status post PCI, patent", 'x'),
    ("stented, no restenosis", 'x'),
    ("DES in situ, no stenosis", 'x'),
    ("severe in-stent restenosis (80%)", 'x'),
    ("grafted", 'x'),
    ("recanalised occlusion", 'x'),
    ("not evaluable", 'x'),
    ("not visualized", 'x'),
    ("LVEF 60%", 'x'),
    ("FFR 0.78", 'x'),
    ("Grade III", 'x'),
    ("mild, D1 90%", 'x'),
    ("severe, D1 mild", '3'),
    // Chinese.
    ("未见明显狭窄及闭塞", '0'),
    ("未见狭窄、闭塞", '0'),
    ("未见明显钙化、斑块及狭窄", '0'),
    ("未见狭窄征象", '0'),
    ("未见狭窄程度加重", 'x'),
    ("无明显狭窄", '0'),
    ("未见有意义狭窄", '0'),
    ("未见中度以上狭窄", 'x'),
    ("未闭塞", 'x'),
    ("未完全闭塞", 'x'),
    ("不完全闭塞", '3'),
    ("几乎闭塞", '3'),
    ("部分闭塞", 'x'),
    ("重度狭窄至闭塞", 'x'),
    ("轻、中度狭窄", 'x'),
    ("轻度或中度狭窄", 'x'),
    ("轻度-中度狭窄", 'x'),
    ("近段轻度狭窄、远段中度狭窄", '2'),
    ("重度钙化伴轻度狭窄", '1'),
    ("轻度粥样硬化", 'x'),
    ("轻度扩张", 'x'),
    ("轻度迂曲，未见狭窄", '0'),
    ("心肌桥", 'x'),
    ("浅表型心肌桥，收缩期轻度狭窄", 'x'),
    ("管腔欠通畅", 'x'),
    ("显示不清", 'x'),
    ("术后改变，管腔通畅", 'x'),
    ("非钙化斑块，管腔重度狭窄", '3'),
    ("管腔不规则，轻度狭窄", '1'),
    ("支架内通畅", 'x'),
    ("可见重度狭窄", '3'),
    ("狭窄不明显", 'x'),
    ("重度狹窄", '3'),
    ("輕度狹窄", '1'),
    ("完全閉塞", '4'),
    ("近段中度", '2'),
    // Written after the reader, to see what it does with wordings it was not made for.
    ("Stenosis 55 % (moderate)", '2'),
    ("50–69 % luminal narrowing", '2'),
    ("stenosis estimated at 30-40%", '1'),
    ("mild non-obstructive plaque, <25% stenosis", '1'),
    ("non-obstructive CAD", 'x'),
    ("mild luminal narrowing (25-49%)", '1'),
    ("Mixed plaque with severe stenosis >70%", '3'),
    ("Soft plaque causing severe luminal narrowing", '3'),
    ("Tandem lesions, 40% and 75%", '3'),
    ("no stenosis seen", '0'),
    ("No significant luminal stenosis is seen", '0'),
    ("No definite stenosis", '0'),
    ("no visible plaque or stenosis", '0'),
    ("no evidence of significant coronary artery stenosis", '0'),
    ("Normal calibre, no plaque", '0'),
    ("Patent, minor irregularities", '0'),
    ("mildly diseased", '1'),
    ("severely narrowed", '3'),
    ("moderately stenosed", '2'),
    ("completely occluded at its origin", '4'),
    ("chronically occluded", '4'),
    ("Occluded proximally, distal filling via collaterals", '4'),
    ("99% (functional occlusion)", 'x'),
    ("flush occlusion", '4'),
    ("thrombotic occlusion cannot be excluded", 'x'),
    ("severe stenosis is unlikely", 'x'),
    ("not severe", 'x'),
    ("not significantly narrowed", 'x'),
    ("no longer occluded", 'x'),
    ("moderate to severe (60-80%)", 'x'),
    ("60-80%", 'x'),
    ("70-80%", '3'),
    (">90%", '3'),
    ("<30%", '1'),
    ("<10 %", '1'),
    ("0 %", '0'),
    ("100 %", '4'),
    ("2 lesions of 30%", 'x'),
    ("30% x 2", '1'),
    ("mod-sev", 'x'),
    ("Minimal (1-24%)", '1'),
    ("minimal to mild stenosis", '1'),
    ("minimal-mild", '1'),
    ("mild-minimal plaque", 'x'),
    ("CAD-RADS category 3", '2'),
    ("CAD-RADS grade 4A", '3'),
    ("CADRADS: 2 / P1", '1'),
    ("CAD-RADS 4B", '3'),
    ("diagnostic quality limited; mild stenosis", '1'),
    ("bovine trunk", 'x'),
    ("severe LV dysfunction", 'x'),
    ("mild mitral regurgitation", 'x'),
    ("severe stenosis of D2", 'x'),
    ("normal; OM2 80%", 'x'),
    ("管腔无狭窄", '0'),
    ("管腔未见明显变窄", '0'),
    ("管腔通畅，未见明显狭窄及斑块", '0'),
    ("未见明显异常", '0'),
    ("无异常", '0'),
    ("未见确切狭窄", '0'),
    ("正常，未见斑块", '0'),
    ("钙化斑块，管腔轻度狭窄（25%-49%）", '1'),
    ("管腔狭窄约60-70%", '2'),
    ("管腔狭窄＞70%", '3'),
    ("管腔狭窄≥50%", 'x'),
    ("管腔最窄处狭窄约85%", '3'),
    ("局限性重度狭窄", '3'),
    ("弥漫性轻度狭窄", '1'),
    ("近段闭塞，远段侧支显影", '4'),
    ("慢性完全闭塞", '4'),
    ("次全闭塞", '3'),
    ("狭窄程度：中度", '2'),
    ("中度狭窄？", 'x'),
    ("轻微狭窄", '1'),
    ("轻微-轻度狭窄", '1'),
    ("无法排除重度狭窄", 'x'),
    ("未见支架", 'x'),
    ("支架植入术后，支架内未见狭窄", 'x'),
    ("心肌桥-壁冠状动脉，未见狭窄", '0'),
    ("心肌桥形成，管腔轻度受压", 'x'),
    ("重度主动脉瓣狭窄", 'x'),
    ("狭窄（中度）", '2'),
    ("Negative remodeling, mixed plaque", 'x'),
    ("Normal origin; calcified plaque", 'x'),
    ("Severe tortuosity", 'x'),
    ("moderate myocardial bridging", 'x'),
    ("重度心肌桥", 'x'),
    ("CAD-RADS 3 or 4A", 'x'),
    ("CAD-RADS 2 to 3", 'x'),
    ("CAD-RADS 3/S", '2'),
    ("狭窄Ⅲ级", 'x'),
    ("管腔狭窄小于50%", '1'),
    ("管腔狭窄不足25%", '1'),
    ("三处狭窄，最重约75%", '3'),
    ("混合斑块伴中度狭窄（50%～69%）", '2'),
];

/// Reports: grades in the order RCA, LM, LAD, LCX; `x` not understood, `-` nothing said.
const REPORTS: &[(&str, &str)] = &[
    ("LM patent. LAD: CTO. LCX: 50-69%. RCA: >70 %", "3042"),
    (
        "Proximal LAD 30%, mid LAD 80%, D1 90%, LCx normal, OM1 70%, RCA 20%, PDA 60%, LM patent",
        "1030",
    ),
    ("LM, LAD, LCX and RCA: no stenosis", "0000"),
    ("LAD: proximal 30%, mid 80%, distal normal.", "--3-"),
    ("LAD prox. 70%, LCX dist. 30%", "--31"),
    ("80% stenosis of LAD, LCX normal, RCA 40%", "1-30"),
    ("80% stenosis of the LAD and RCA normal", "0-3-"),
    ("No stenosis of LM, LAD 70%, LCX 30%", "-031"),
    ("No significant stenosis in the LAD, LCX or RCA.", "0-00"),
    (
        "Severe stenosis of the proximal LAD and mild stenosis of the RCA",
        "1-3-",
    ),
    ("LAD has mild and RCA has severe stenosis", "3-1-"),
    ("severe LAD, mild LCX and moderate RCA stenosis", "2-31"),
    (
        "LAD and LCX show mild and moderate stenosis respectively",
        "--xx",
    ),
    (
        "Moderate stenosis: LAD, RCA. Mild stenosis: LCX. Normal: LM",
        "2021",
    ),
    ("LAD (severe), LCX (mild), RCA (normal)", "0-31"),
    ("Except for the LAD (80%), all vessels are normal.", "0030"),
    ("No stenosis except in the LAD", "--x-"),
    ("Severe stenosis in the RCA but not in the LAD", "3-x-"),
    ("LCX normal, OM 80%", "---0"),
    ("LCX normal, OM3 80%; RI severe stenosis", "---0"),
    ("LAD: mild stenosis, diagonals severe stenosis", "--1-"),
    ("LAD diagonal branch: severe stenosis", "----"),
    ("First diagonal of the LAD: severe stenosis", "----"),
    (
        "Severe stenosis of the first diagonal branch of the LAD",
        "----",
    ),
    ("RCA 40%, LVEF 60%", "1---"),
    ("RCA: 40%, aortic valve severe stenosis", "1---"),
    ("Left coronary artery normal, RCA 30%", "1---"),
    (
        "Left-dominant system. RCA: small, no significant stenosis.",
        "0---",
    ),
    (
        "Left main: no significant stenosis. LAD: stent in mid segment, patent. RCA: bypass graft patent.",
        "x0x-",
    ),
    ("RCA: no evidence of coronary artery disease", "0---"),
    (
        "LAD: no plaque, stenosis, or occlusion. RCA: occlusion.",
        "4-0-",
    ),
    ("LAD: &lt;50% stenosis. RCA: &gt;70%", "3-1-"),
    ("LAD seg 6 75%, seg 7 50%; LCX #13 25%", "--31"),
    ("Minimal plaque in LM. LAD: 69,9 %; RCA: 72,5 %", "3-2-"),
    ("LAD: ostial severe stenosis", "--3-"),
    (
        "The patient has a severe aortic stenosis. LAD: mild stenosis",
        "--1-",
    ),
    ("LAD, LCX: mild stenosis; RCA: CAD-RADS 3-4", "x-11"),
    ("LIMA to LAD patent. RCA: severe stenosis", "3-x-"),
    (
        "左主干未见狭窄，前降支近段重度狭窄，中段轻度狭窄，回旋支及右冠未见明显狭窄",
        "0030",
    ),
    ("左前降支、左回旋支及右冠状动脉未见明显狭窄、闭塞。", "0-00"),
    ("前降支、回旋支分别为重度、轻度狭窄", "--xx"),
    ("左冠状动脉前降支重度狭窄，右冠状动脉通畅", "0-3-"),
    ("左冠主干通畅；左冠前降支闭塞；右冠约75%狭窄", "304-"),
    ("前降支开口重度狭窄", "--3-"),
    ("前降支第一对角支开口重度狭窄", "----"),
    ("前降支中段壁冠状动脉，管腔未见狭窄", "--0-"),
    ("前降支中段心肌桥，右冠轻度狭窄", "1---"),
    (
        "右冠优势型，左主干：通畅，左前降支：近段混合斑块，狭窄约75％，左回旋支：狭窄＜50％。",
        "-031",
    ),
    ("左室射血分数60%，前降支狭窄约30%", "--1-"),
    (
        "右冠状动脉近段钙化斑块，管腔轻度狭窄；余冠状动脉未见明显狭窄。",
        "1000",
    ),
    ("右冠狀動脈中度狹窄，左迴旋支無狹窄", "2--0"),
    ("冠脉呈右优势型，三支冠脉走行正常", "----"),
    (
        "前降支支架内通畅，回旋支轻度狭窄，右冠不除外重度狭窄",
        "x-x1",
    ),
    ("LAD近段stenosis约80%，LCX未见狭窄，RCA轻度stenosis", "1-30"),
    // Written after the reader.
    (
        "Left main: short, no plaque. LAD: mixed plaque in the proximal segment with 50-69% stenosis; mid LAD shows mild stenosis. LCx: non-dominant, minimal plaque, <25%. RCA: dominant, occluded in its mid portion with distal reconstitution.",
        "4021",
    ),
    (
        "LM: normal. LAD: severe (>70%) stenosis of mid LAD due to non-calcified plaque. LCX: mild. RCA: normal.",
        "0031",
    ),
    (
        "The left main coronary artery is patent without stenosis. The LAD has a calcified plaque causing moderate stenosis. The circumflex and RCA are unremarkable.",
        "0020",
    ),
    (
        "There is a 70-80% stenosis of the mid LAD and a 40% stenosis of the proximal RCA. The LCX and left main are free of disease.",
        "1030",
    ),
    (
        "No significant stenosis in any of the coronary arteries.",
        "0000",
    ),
    (
        "All coronary arteries are patent without significant stenosis",
        "0000",
    ),
    ("LAD: 1. proximal 40%. 2. mid 90%. RCA: 20%", "1-3-"),
    ("RCA - 30%\nLM - 0%\nLAD - 80%\nLCX - 50%", "1032"),
    ("RCA=0; LM=0; LAD=70%; LCX=30%", "--31"),
    ("Three vessel disease with severe stenoses", "----"),
    (
        "Severe three-vessel disease: LAD 80%, LCX 75%, RCA 90%",
        "3-33",
    ),
    ("LAD and its diagonal branches: mild stenosis", "--1-"),
    (
        "Mild plaque in LAD and LCX without significant stenosis",
        "---0",
    ),
    (
        "RCA: anomalous origin from the left sinus, no stenosis",
        "0---",
    ),
    ("RCA: anomalous origin from the left sinus", "----"),
    (
        "Compared with 2019, LAD stenosis has progressed to severe",
        "--3-",
    ),
    ("LAD: previously 50%, now 80%", "--x-"),
    (
        "LM: severe calcification; blooming limits evaluation",
        "----",
    ),
    (
        "LM to LAD: diffuse calcification. LAD: moderate stenosis.",
        "--2-",
    ),
    ("LAD severe stenosis, RCA", "--3-"),
    ("LAD, RCA severe stenosis, LCX mild", "3-31"),
    (
        "Moderate stenosis in the LAD, mild in the LCX, none in the RCA",
        "0-21",
    ),
    ("LAD 80% > LCX 50% > RCA 20%", "1-32"),
    (
        "RCA (dominant) 25-49%, LM <25%, LAD 70-99%, LCx 50-69%",
        "1132",
    ),
    ("CAD-RADS 4A/P2. Culprit: LAD.", "----"),
    ("LVEF 55%. Calcium score 320 (LAD 210, RCA 110).", "----"),
    (
        "Agatston: LM 0, LAD 120, LCX 30, RCA 55. LAD: mild stenosis.",
        "--1-",
    ),
    (
        "左主干、前降支、回旋支、右冠状动脉管腔均通畅，未见明显狭窄。",
        "0000",
    ),
    (
        "LM：未见异常；LAD：近段重度狭窄；LCX：轻度狭窄；RCA：中度狭窄",
        "2031",
    ),
    (
        "左前降支近中段多发混合斑块，管腔轻-中度狭窄；右冠近段钙化斑块，管腔轻度狭窄。",
        "1-x-",
    ),
    (
        "前降支近段狭窄约80%，第一对角支狭窄约90%，回旋支中段狭窄约40%，左主干及右冠未见明显狭窄。",
        "0031",
    ),
    (
        "右冠状动脉、左主干未见狭窄；左前降支管腔重度狭窄，左回旋支远段闭塞",
        "0034",
    ),
    ("冠状动脉呈右优势型。左主干末端轻度狭窄。", "-1--"),
    ("左前降支中段浅表心肌桥，收缩期管腔受压变窄。", "--x-"),
    ("冠状动脉各支管腔通畅，未见明显狭窄。", "0000"),
    ("右冠状动脉近段轻度、中段中度、远段重度狭窄", "3---"),
    ("左冠状动脉各支未见明显狭窄，右冠状动脉中度狭窄", "2---"),
    ("除前降支近段重度狭窄外，其余冠脉未见明显狭窄", "0030"),
    ("前降支近段重度狭窄，其余各段未见明显狭窄", "--3-"),
    ("前降支近段重度狭窄，其余未见明显狭窄", "--3-"),
    ("升主动脉增宽，前降支轻度狭窄，二尖瓣轻度反流", "--1-"),
    ("Severe stenosis in LAD, RCA normal", "0-3-"),
    (
        "No significant stenosis of the LM, LAD 70%, LCX normal",
        "-030",
    ),
    ("LAD: proximal 40%. Mid 90%. RCA: 20%", "1-3-"),
    (
        "LAD: calcified plaque in the proximal segment. Moderate stenosis. RCA: calcified plaque. No stenosis.",
        "0-2-",
    ),
    ("LAD:\nproximal: 40%\nmid: 90%\nRCA:\nno stenosis", "--3-"),
    (
        "LAD: mild stenosis. RCA: normal. Severe aortic stenosis.",
        "0-1-",
    ),
    (
        "LAD: mild stenosis. RCA: normal.\nImpression: severe stenosis.",
        "0-1-",
    ),
    ("LAD and RCA: plaque. Severe stenosis.", "x-x-"),
    ("RCA: normal. Moderate coronary artery disease.", "0---"),
    (
        "前降支近段钙化斑块。管腔中度狭窄。右冠未见异常。三支病变。",
        "0-2-",
    ),
];

/// Nothing typed makes a reader panic, and no length makes it slow.
#[test]
fn whatever_is_typed_is_read_in_time() {
    const PIECES: [&str; 24] = [
        "LAD",
        "右冠",
        "no ",
        "未见",
        "狭窄",
        "%",
        "7",
        "0",
        ",",
        "、",
        "/",
        " and ",
        ". ",
        "; ",
        "respectively",
        "CAD-RADS ",
        "to ",
        "-",
        "≥",
        "∅",
        "é",
        "\u{b7}",
        " stenosis",
        "e",
    ];
    let mut state = 0x9e37_79b9_u64;
    let mut next = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    };
    let mut mixed = |length: usize| -> String { (0..length).map(|_| PIECES[next(24)]).collect() };
    for _ in 0..4000 {
        let text = mixed(24);
        read_grade(&text);
        read_report(&text);
    }
    let started = std::time::Instant::now();
    let mut long = vec![mixed(20_000)];
    long.extend(
        ["LAD/", "no ", "no a ", "7-", "LAD 7 ", "无明显"].map(|piece| piece.repeat(20_000)),
    );
    for text in long {
        read_grade(&text);
        read_report(&text);
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

/// Wrong ones, and lost ones, each with how it was read.
fn compare(cases: impl Iterator<Item = (String, char, char)>) -> (Vec<String>, Vec<String>) {
    let (mut wrong, mut lost) = (Vec::new(), Vec::new());
    for (text, expected, got) in cases {
        let line = format!("{text}: expected {expected}, got {got}");
        match got.is_ascii_digit() {
            _ if got == expected => {}
            true => wrong.push(line),
            false if expected.is_ascii_digit() => lost.push(line),
            false => {}
        }
    }
    (wrong, lost)
}

#[test]
fn no_wording_of_a_vessel_is_graded_wrongly() {
    let read = |text: &str| {
        let grade = read_grade(text).grade;
        grade.map_or('x', |grade| char::from(b'0' + grade.number()))
    };
    let (wrong, lost) = compare(
        CELLS
            .iter()
            .map(|(text, expected)| ((*text).to_owned(), *expected, read(text))),
    );
    assert!(
        wrong.is_empty() && lost.is_empty(),
        "wrong {wrong:#?}\nlost {lost:#?}"
    );
}

#[test]
fn no_wording_of_a_report_is_graded_wrongly() {
    let cases = REPORTS.iter().flat_map(|(report, expected)| {
        let readings = read_report(report);
        let cases: Vec<(String, char, char)> = expected
            .chars()
            .zip(readings)
            .enumerate()
            .map(|(at, (expected, said))| {
                let got = match (said.grade(), said.is_not_understood()) {
                    (Some(grade), _) => char::from(b'0' + grade.number()),
                    (None, true) => 'x',
                    (None, false) => '-',
                };
                (format!("{report} [{at}] {:?}", said.text), expected, got)
            })
            .collect();
        cases
    });
    let (wrong, lost) = compare(cases);
    assert!(
        wrong.is_empty() && lost.is_empty(),
        "wrong {wrong:#?}\nlost {lost:#?}"
    );
}
