//! Sentences as they stand in CCTA reports, English and Chinese: exactly what is understood.
//!
//! What can be meant in two ways is not understood; what is said of a branch, of the left coronary
//! artery or of the patient is no grade of a vessel.

use coronet_cohort::{GradeReading, Understanding, Vessel, read_grade, read_grade_of, read_report};

/// What is said of one vessel: its grade, or `x` where it is not understood.
const CELLS: &[(&str, &str)] = &[
    ("residual lumen 30%", "x"),
    ("30% residual lumen", "x"),
    ("patency 30%", "x"),
    ("≤65%", "x"),
    ("<=69%", "x"),
    ("at most 60%", "x"),
    ("不超过80%", "x"),
    ("up to 60%", "2"),
    ("normal calibre", "x"),
    ("normal variant", "x"),
];

/// Reports: grades in the order RCA, LM, LAD, LCX; `x` not understood, `-` nothing said.
const REPORTS: &[(&str, &str)] = &[
    (
        "The LCX is dominant with severe stenosis of the OM1.",
        "---x",
    ),
    ("LAD: severe stenosis in D1.", "--x-"),
    ("LAD with 80% stenosis in its diagonal branch.", "--x-"),
    ("LAD has a severely stenosed diagonal branch.", "--x-"),
    ("RCA: patent with severe stenosis of the PDA.", "x---"),
    ("LAD: mild stenosis with occluded D1.", "--x-"),
    ("LCX continues as an occluded OM.", "---x"),
    ("Collaterals from the LAD to the occluded RCA.", "x-x-"),
    (
        "LAD: plaque extending from a severely stenosed left main.",
        "-xx-",
    ),
    (
        "The RCA is a smaller vessel than the severely stenosed LAD.",
        "x-x-",
    ),
    (
        "Severe stenosis in a branch of the LAD. LAD normal.",
        "--0-",
    ),
    ("90% stenosis of a small side branch of the RCA.", "----"),
    ("前降支分支重度狭窄", "----"),
    ("右冠分支管腔重度狭窄，右冠主干未见狭窄", "0---"),
    ("OM1 arising from the LCX shows severe stenosis.", "----"),
    ("RCA dominant with 90% PDA stenosis.", "x---"),
    (
        "The coronary arteries are of normal calibre. There is severe stenosis of the RCA.",
        "3---",
    ),
    ("LM: CAD-RADS 4B", "-x--"),
    ("LM: 75%, CAD-RADS 4B", "-3--"),
    ("LAD: CAD-RADS 4B", "--3-"),
    ("冠状动脉CTA未见明显异常", "0000"),
    ("冠脉CTA检查未见异常", "0000"),
    ("冠状动脉起源、走行正常，管腔未见狭窄", "0000"),
    ("左、右冠状动脉未见狭窄", "0000"),
    ("左右冠状动脉及其分支未见明显狭窄", "0000"),
    ("No stenosis.", "0000"),
    ("未见狭窄", "0000"),
    ("No coronary calcification. No stenosis.", "0000"),
    ("1) LM: normal; 2) LAD: 80%; 4) RCA: 40%", "103-"),
    ("1)LM: normal, 2)LAD: 80%, 3)LCX:0%, 4)RCA: 40%", "1030"),
    ("①左主干未见狭窄②前降支重度狭窄", "-03-"),
    (
        "Left coronary artery: severe stenosis. Other coronary arteries normal.",
        "0xxx",
    ),
    (
        "Left coronary artery severely diseased. Other vessels normal.",
        "0xxx",
    ),
    (
        "LCA: severe stenosis. Otherwise normal coronary arteries.",
        "0xxx",
    ),
    ("左冠状动脉重度狭窄，余冠脉未见狭窄", "0xxx"),
    ("左冠脉重度狭窄。其余血管未见狭窄。", "0xxx"),
    (
        "Three-vessel coronary artery disease. Remaining vessels normal.",
        "----",
    ),
    (
        "Severe two-vessel disease. No stenosis in the remaining vessels.",
        "----",
    ),
    (
        "Severe stenosis in proximal segment. Remaining vessels normal.",
        "----",
    ),
    (
        "All coronary arteries are diffusely diseased. Coronary arteries patent.",
        "----",
    ),
    (
        "Severe coronary artery disease. Coronary arteries of normal origin, no stenosis.",
        "----",
    ),
    (
        "Severe coronary artery stenosis with patent coronary arteries.",
        "----",
    ),
    ("冠状动脉开口未见异常。前降支重度狭窄。", "--3-"),
    ("冠状动脉分布未见异常。前降支重度狭窄。", "--3-"),
    ("冠状动脉呈右优势型，未见异常。前降支重度狭窄。", "--3-"),
    ("Coronary arteries normal in size. RCA 80%", "3---"),
    ("Indication: no coronary artery disease. LAD 80%.", "--3-"),
    (
        "Clinical history: severe LAD stenosis 2018. Findings: LAD: mild stenosis.",
        "--1-",
    ),
    (
        "LAD: no stenosis proximally. Distal LAD too small to assess.",
        "--x-",
    ),
    ("RCA=0%; LM=<50%; LAD=70%; LCX=30%", "0131"),
    ("RCA=<50%", "1---"),
    ("LAD: severe at origin. Other vessels normal.", "--x-"),
    (
        "LM: short, bifurcates into LAD and LCX. No stenosis. LAD: 80%.",
        "-03-",
    ),
    (
        "Left main: bifurcates into the LAD and LCX, no plaque or stenosis.",
        "-0--",
    ),
    ("LAD: severe calcific disease", "--x-"),
    ("LM, LAD, LCX and RCA: no stenosis. No plaque.", "0000"),
    ("LAD 80% in 2019; now 40%", "--x-"),
    ("No LAD stenosis", "--0-"),
    (
        "CAD-RADS 3/P2. LM: no plaque. LAD: 50-69% stenosis (mixed plaque). LCx: <25%. RCA: 25-49%.",
        "1021",
    ),
    (
        "Left main: Normal.\nLAD: Calcified plaque in the proximal segment causing 25-49% (mild) stenosis.\nLCX: Normal.\nRCA: Dominant. Non-calcified plaque in the mid segment causing 70-99% (severe) stenosis.\nCAD-RADS 4A/P3/HRP",
        "3010",
    ),
    (
        "LM: 0%; LAD: 1-24%; D1: 50-69%; LCx: 0%; OM1: 25-49%; RCA: 0%; R-PDA: 0%",
        "0010",
    ),
    (
        "The left main is a large caliber vessel without atherosclerotic disease. The LAD has mixed plaque in its proximal third with moderate (50-69%) stenosis. The circumflex is small and free of disease. The RCA is dominant and has minimal (<25%) stenosis.",
        "1020",
    ),
    (
        "LAD: patent stent in the proximal segment. LCX: no stenosis. RCA: no stenosis. LM: no stenosis.",
        "00x0",
    ),
    (
        "S/p CABG: LIMA-LAD patent, SVG-OM occluded, SVG-RCA patent.",
        "x-x-",
    ),
    (
        "LIMA graft to LAD is patent. Native LAD occluded proximally. Native RCA 80% stenosis.",
        "3-x-",
    ),
    ("In-stent restenosis of 70% in mid RCA. LAD 30%.", "x-1-"),
    (
        "No hemodynamically significant stenosis in LAD. RCA: no stenosis.",
        "0-x-",
    ),
    ("No evidence of obstructive CAD.", "----"),
    ("LAD: no obstructive disease. LM: normal.", "-0x-"),
    (
        "Non-diagnostic mid RCA due to motion. LM, LAD and LCX without stenosis.",
        "-000",
    ),
    (
        "RCA: non-diagnostic (motion artifact). LAD: severe stenosis.",
        "--3-",
    ),
    (
        "Segments 1-3 (RCA): no stenosis. Segment 5 (LM): no stenosis. Segment 6 (LAD): 70% stenosis. Segment 11 (LCX): 40% stenosis.",
        "0031",
    ),
    (
        "Right dominant circulation. RCA: mild diffuse disease. LM: patent. LAD: moderate stenosis in proximal segment, mild stenosis in distal segment. LCX: patent.",
        "1020",
    ),
    (
        "Codominant system. All vessels are patent with no stenosis.",
        "0000",
    ),
    ("Normal coronary arteries. CAD-RADS 0.", "0000"),
    (
        "Coronary arteries: No plaque or stenosis. Heart size normal. No pericardial effusion.",
        "0000",
    ),
    (
        "IMPRESSION: 1. Severe stenosis of the proximal LAD (70-99%). 2. Mild non-obstructive disease in RCA and LCX. 3. Left main is normal.",
        "1031",
    ),
    (
        "1. Left main: no stenosis. 2. LAD: proximal 75% stenosis. 3. LCx: 30% stenosis. 4. RCA: total occlusion of mid segment.",
        "4031",
    ),
    (
        "Left main (LM) normal; left anterior descending (LAD) 60% stenosis; left circumflex (LCX) normal; right coronary artery (RCA) 20% stenosis.",
        "1020",
    ),
    ("LAD 70 - 99 %, LCX 25 – 49 %, RCA 0 %, LM 0 %", "0031"),
    ("LAD ＝ ７５％ ； LCX ＝ ３０％ ； RCA ＝ ０％", "0-31"),
    (
        "Chronic total occlusion of the mid RCA with left-to-right collaterals.",
        "4---",
    ),
    ("Subtotal occlusion (99%) of LCX. LAD occluded.", "--43"),
    ("Mild-to-moderate stenosis of the LAD, RCA normal.", "0-x-"),
    (
        "RCA: severe stenosis cannot be excluded. LAD: normal.",
        "x-0-",
    ),
    ("LAD: heavily calcified, precluding evaluation.", "----"),
    (
        "LAD: 40-60% stenosis. LCX: >50% stenosis. RCA: ≥70% stenosis.",
        "3-xx",
    ),
    ("Proximal RCA: 20%. Mid RCA: 75%. Distal RCA: 10%.", "3---"),
    (
        "LAD mid-segment myocardial bridge, otherwise unremarkable. RCA unremarkable.",
        "0-0-",
    ),
    ("LAD: intramyocardial course, no plaque.", "--0-"),
    (
        "Anomalous origin of the RCA from the left coronary sinus. No stenosis.",
        "x---",
    ),
    (
        "Ramus intermedius 80% stenosis. LAD, LCX, LM, RCA normal.",
        "0000",
    ),
    (
        "Diagonal 1 has severe stenosis; LAD itself is free of disease.",
        "--0-",
    ),
    (
        "Culprit lesion in LAD with 90% stenosis; other vessels have no significant stenosis.",
        "0030",
    ),
    (
        "Single-vessel disease: LAD 80%. Remaining vessels normal.",
        "0030",
    ),
    (
        "Two-vessel disease (LAD 80%, RCA 70%). LCX and LM normal.",
        "3030",
    ),
    (
        "冠状动脉呈右优势型。左主干：未见狭窄。左前降支：近段见钙化斑块，管腔轻度狭窄。左回旋支：未见狭窄。右冠状动脉：中段见非钙化斑块，管腔重度狭窄。",
        "3010",
    ),
    (
        "冠脉呈均衡型；LM未见斑块及狭窄；LAD近段混合斑块，管腔狭窄约７０％；LCX未见异常；RCA近段钙化斑块，管腔狭窄＜５０％。",
        "1030",
    ),
    (
        "左主干、左回旋支未见明显狭窄；左前降支中段管腔狭窄约70%；右冠状动脉近段闭塞。",
        "4030",
    ),
    (
        "左前降支近段支架植入术后，支架内通畅；余冠脉未见明显狭窄。",
        "00x0",
    ),
    (
        "右冠状动脉支架内再狭窄，狭窄约80%；左前降支轻度狭窄。",
        "x-1-",
    ),
    (
        "冠状动脉搭桥术后，左乳内动脉-前降支桥血管通畅；右冠状动脉闭塞。",
        "4-x-",
    ),
    (
        "左前降支中段心肌桥，管腔未见明显狭窄；右冠状动脉未见异常。",
        "0-0-",
    ),
    ("右冠状动脉显示不清，无法评估；左前降支中度狭窄。", "--2-"),
    (
        "左前降支不除外重度狭窄；左回旋支轻中度狭窄；右冠通畅。",
        "0-xx",
    ),
    (
        "检查方法：冠状动脉CTA。影像所见：左主干通畅，前降支近段狭窄50%-69%，回旋支狭窄<25%，右冠狭窄25%-49%。",
        "1021",
    ),
    (
        "诊断：1、前降支近段重度狭窄；2、右冠中段轻度狭窄；3、左主干、回旋支未见狭窄。",
        "1030",
    ),
    ("前降支近段可见长约12mm混合斑块，致管腔重度狭窄", "--3-"),
    ("前降支7段狭窄约60%，回旋支11段狭窄约30%", "--21"),
    ("左主干末端及前降支开口轻度狭窄", "-11-"),
    ("右冠状动脉次全闭塞，前降支完全闭塞", "3-4-"),
    ("冠脉三支未见明显狭窄。", "0000"),
    ("冠状动脉CTA未见明显狭窄性病变。", "0000"),
    ("左前降支及其分支未见狭窄，右冠及分支未见狭窄", "0-0-"),
    ("双侧冠状动脉未见明显狭窄及斑块", "0000"),
    (
        "冠状动脉粥样硬化：前降支中度狭窄，余各支未见明显狭窄",
        "0020",
    ),
    ("前降支狭窄程度约为重度，第一对角支轻度狭窄", "--3-"),
    (
        "前降支管壁增厚，管腔未见狭窄。回旋支细小，未见狭窄。",
        "--00",
    ),
    ("前降支近段管腔剩余约30%", "--x-"),
    ("既往史：前降支重度狭窄。右冠未见狭窄。", "0-x-"),
    (
        "RCA：轻度狭窄（＜50％）；LM：无；LAD：中度狭窄（50％～69％）；LCX：无",
        "1x2x",
    ),
    ("RCA 1~24%, LM 0, LAD 70～99％，LCX 100％", "1-34"),
    ("LM-, LAD 90%, LCX-, RCA-", "xx3x"),
    (
        "Severe stenosis (70-99%) in the mid LAD; no stenosis elsewhere.",
        "--3-",
    ),
    ("LM: ostial 30%, distal 50%. LAD: prox 70%.", "-23-"),
    (
        "Left main shows moderate (50%) distal stenosis extending into the proximal LAD.",
        "-2x-",
    ),
    ("The RCA, LM, LAD, and LCX are all normal.", "0000"),
    ("All four coronary arteries are widely patent.", "0000"),
    ("No stenosis of any coronary artery.", "0000"),
    ("There is no evidence of coronary artery stenosis.", "0000"),
    (
        "Diffuse nonobstructive plaque. No significant stenosis.",
        "----",
    ),
    (
        "RCA mildly diseased (20-30%); LCX moderately diseased (50-60%); LAD severely diseased (80-90%); LMCA no disease.",
        "1032",
    ),
    (
        "LAD: 70%-99% stenosis, RCA: 1%-24% stenosis, LCX: No stenosis, LM: No stenosis",
        "1030",
    ),
    (
        "LAD: Plaque with <50% stenosis. RCA: Plaque with >70% stenosis. LCX: Plaque with 50-70% stenosis",
        "3-12",
    ),
    ("LAD; severe. LCX; mild.", "--31"),
    (
        "LAD-severe stenosis, LCX-mild stenosis, RCA-no stenosis",
        "0-31",
    ),
    ("LM/LAD/LCX/RCA: 0/80/30/0%", "xxxx"),
    ("LAD stenosis 80% (previously 50%).", "--x-"),
    ("RCA: Severe (80%) stenosis, s/p stent.", "x---"),
    ("mLAD 80%, dRCA 30%, pLCX 0%", "1-30"),
    ("LAD has two lesions: 40% and 80%.", "--3-"),
    ("Normal study.", "----"),
    ("Normal CCTA.", "0000"),
    ("Normal coronary CT angiogram.", "0000"),
    ("No CAD.", "0000"),
    ("No evidence of coronary artery disease.", "0000"),
    ("Coronary artery disease.", "----"),
    (
        "Mild coronary artery disease, no significant stenosis.",
        "----",
    ),
    ("LM<25%, LAD 25-49%, LCX<25%, RCA 50-69%", "2111"),
    (
        "LAD moderate stenosis 50%-69% w/ positive remodeling; RCA total occlusion (CTO); LCx nil.",
        "4-20",
    ),
    ("LM: , LAD: 80%, LCX: , RCA: 20%", "1-3-"),
    ("LM(-), LAD(+), LCX(-), RCA(-)", "xxxx"),
    ("LAD/D1: 70% bifurcation lesion", "--x-"),
    ("Bifurcation stenosis of 80% at LAD/D1", "--x-"),
    ("LAD 90% stenosis after D1, LCX 20% after OM1", "--31"),
    (
        "The LAD is occluded and fills via collaterals from the RCA. RCA normal.",
        "0-4-",
    ),
    ("Occluded LAD with collaterals from RCA.", "--4-"),
    ("RCA supplies collaterals to the occluded LAD.", "x-x-"),
    ("RCA gives collaterals to LAD, which is occluded.", "--4-"),
    (
        "Right coronary artery: normal. Left coronary artery: LM normal, LAD severe stenosis, LCX normal.",
        "0030",
    ),
    (
        "左冠状动脉：左主干未见狭窄，前降支重度狭窄，回旋支未见狭窄。右冠状动脉：未见狭窄。",
        "0030",
    ),
    ("Compared with prior, LAD stenosis is now severe.", "--x-"),
    ("LAD: mild stenosis, less than RCA.", "--1-"),
    ("RCA stenosis is more severe than LAD stenosis", "x-x-"),
    ("LAD: severe stenosis is excluded.", "--x-"),
    ("LAD: without severe stenosis.", "--x-"),
    ("LAD: severe stenosis ruled out", "--x-"),
    ("Rule out LAD stenosis. LAD: normal", "--x-"),
    (
        "The previously noted severe LAD stenosis is not seen.",
        "----",
    ),
    ("LAD: absence of significant stenosis.", "--0-"),
    ("LAD: stenosis < 50 %, RCA: stenosis > 50 %", "x-1-"),
    ("LAD: 50%+ stenosis", "--x-"),
    ("LAD >70% / RCA <30%", "1-3-"),
    ("LAD 0-25%", "--x-"),
    ("LAD 1-24%, RCA 25-49%, LCX 70-99%, LM 50-69%", "1213"),
    ("CAD-RADS 4B. LM 60%. LAD 80%.", "-23-"),
    ("LM: CAD-RADS 4.", "-x--"),
    ("RCA: CAD-RADS N. LAD: CAD-RADS 1.", "--1-"),
    (
        "Vessels: RCA - mild; LM - none; LAD - severe; LCX - moderate",
        "x032",
    ),
    ("RCA I, LM 0, LAD III", "----"),
    ("LAD stenosis grade 3", "--x-"),
    ("LAD: 2/3 stenosis", "--x-"),
    ("LAD stenosis 0.8", "--x-"),
    ("LAD: 3.5 mm diameter, normal", "--0-"),
    ("LAD: MLA 2.5 mm2, 70% area stenosis", "--x-"),
    ("LAD FFR-CT 0.75", "----"),
    ("LAD FFRCT 0.85, moderate stenosis", "--2-"),
    ("LAD: mild stenosis (FFR 0.88)", "--1-"),
    ("plaque burden 70% in LAD", "--x-"),
    ("LAD 30% calcified plaque", "--1-"),
    ("Calcium score: LAD 80, RCA 20", "----"),
    ("LAD Agatston 80; RCA normal", "0---"),
    ("CACS LAD=85 LCX=12 RCA=100", "----"),
    ("Stenosis: LAD=85 LCX=12 RCA=100", "----"),
    ("前降支近段重度钙化，管腔评价受限", "--x-"),
    ("前降支近段重度钙化，未见明显狭窄", "--0-"),
    ("前降支未见重度狭窄", "--x-"),
    ("前降支狭窄程度较前减轻，现为轻度", "--x-"),
    ("前降支中度以上狭窄", "--x-"),
    ("前降支狭窄大于50%", "--x-"),
    ("前降支狭窄小于50%，右冠大于70%", "3-1-"),
    ("前降支狭窄约70%-80%，右冠狭窄＜30%", "1-3-"),
    ("前降支轻度狭窄；对角支、钝缘支重度狭窄", "--1-"),
    ("前降支、对角支重度狭窄", "--3-"),
    ("前降支发出对角支，对角支重度狭窄，前降支未见狭窄", "--0-"),
    ("回旋支发出的钝缘支重度狭窄", "----"),
    ("右冠状动脉后降支重度狭窄", "----"),
    ("右冠后降支及左室后支未见狭窄，右冠中段中度狭窄", "2---"),
    ("左右冠状动脉起源正常。前降支闭塞。", "--4-"),
    ("三支血管病变，前降支为著，重度狭窄", "--3-"),
    ("左前降支及右冠状动脉重度狭窄，以左前降支为著", "3-3-"),
    ("左冠状动脉未见狭窄，右冠状动脉重度狭窄", "3000"),
    ("前降支近段狭窄（重度），回旋支狭窄（轻度）", "--31"),
    ("前降支近段偏心性狭窄，狭窄率85%", "--3-"),
    ("前降支(-)，右冠(+)", "x-x-"),
    ("前降支闭塞？右冠正常", "0-x-"),
    ("前降支未闭塞", "--x-"),
    ("前降支狭窄并闭塞", "--4-"),
    ("前降支近段重度狭窄伴闭塞", "--x-"),
    ("前降支管腔中-重度狭窄", "--x-"),
    ("右冠细小，未见狭窄；前降支粗大，重度狭窄", "0-3-"),
    ("无明显狭窄：左主干、右冠。重度狭窄：前降支。", "003-"),
    ("轻度狭窄（前降支、右冠），中度狭窄（回旋支）", "1-12"),
    ("除前降支中度狭窄外，余冠脉均正常", "0020"),
    ("未见冠状动脉狭窄", "0000"),
    ("冠脉未见狭窄，前降支重度狭窄", "--x-"),
    (
        "No stenosis of the coronary arteries. LAD: severe stenosis.",
        "--3-",
    ),
    ("Coronaries: normal origins. LAD: severe stenosis.", "--3-"),
    ("Coronary arteries arise normally.", "----"),
    ("Normal coronary origins. LAD: 80% stenosis", "--3-"),
    (
        "Coronary arteries are patent. Severe stenosis of D1.",
        "----",
    ),
    ("Coronary arteries normal except severe D1 stenosis", "----"),
    ("All vessels normal apart from severe OM1 stenosis", "----"),
    ("No significant stenosis except RCA 80%", "x---"),
    (
        "Except RCA (80%), no significant stenosis in other vessels.",
        "3000",
    ),
    ("RCA 80%. The others are normal.", "3---"),
    ("Only LAD is diseased: 80%.", "--3-"),
    ("LAD: wall irregularities only.", "----"),
    ("Proximal LAD: severe. D1: normal. LCX: normal.", "--30"),
    ("LAD to LCX ratio normal", "--xx"),
    ("The LAD wraps around the apex and is normal.", "--0-"),
    ("Dominant RCA gives off a severely stenosed PDA.", "x---"),
    (
        "LCX is nondominant, patent, giving off an occluded OM1.",
        "---0",
    ),
    ("LAD gives rise to D1 and D2, no stenosis.", "--0-"),
    (
        "LAD gives rise to 2 diagonals, which are severely stenosed.",
        "----",
    ),
    ("RCA: patent; PDA: occluded", "0---"),
    ("RCA patent, PDA and PLV occluded", "0---"),
    ("RCA and PDA patent", "0---"),
    ("LAD, D1 normal; LCX, OM1 30%", "--01"),
    ("LM-LAD: 80%", "-xx-"),
    ("LM/LAD 80%", "-33-"),
    ("LM into LAD 80%", "-xx-"),
    ("stenosis LAD 80, RCA 30", "--x-"),
    ("LAD: 80. RCA: 30.", "----"),
    ("pLAD: 70, mLAD: 30", "----"),
    ("Moderate to severe LAD stenosis", "--x-"),
    ("Severe LAD and moderate RCA disease", "2-3-"),
    ("LAD disease: severe. RCA disease: none.", "0-3-"),
    (
        "There is no significant stenosis of the LAD. The RCA however is occluded.",
        "4-0-",
    ),
    ("LAD: no more than 30% stenosis", "--x-"),
    ("LAD: stenosis not exceeding 50%", "--x-"),
    ("RCA < 25 percent; LAD > 70 percent", "1-3-"),
    ("LAD seventy percent stenosis", "--x-"),
    ("Patent LAD stent; RCA occluded", "4-x-"),
    ("LAD with stent. RCA normal.", "0-x-"),
    ("No stent. LAD: 70%", "--3-"),
    ("Unobstructed LAD.", "--x-"),
    ("Unobstructed coronary arteries.", "----"),
    ("Smooth normal LAD", "--0-"),
    ("Minimal luminal irregularity in LAD (<25%)", "--1-"),
    ("LAD: moderate plaque burden, no stenosis", "--0-"),
    (
        "LAD: extensive plaque, stenosis cannot be quantified",
        "--x-",
    ),
];

/// A reading in one letter, as the lists have it.
pub(crate) fn letter(reading: GradeReading) -> char {
    match (reading.grade, reading.how) {
        (Some(grade), _) => char::from(b'0' + grade.number()),
        (None, Understanding::NotUnderstood) => 'x',
        (None, _) => '-',
    }
}

#[test]
fn cells_are_read_as_a_careful_reader_would() {
    for (text, expected) in CELLS {
        assert_eq!(letter(read_grade(text)).to_string(), *expected, "{text}");
    }
}

#[test]
fn reports_are_read_as_a_careful_reader_would() {
    let mut wrong = Vec::new();
    for (report, expected) in REPORTS {
        let readings = read_report(report);
        let got: String = readings.iter().map(|said| letter(said.reading)).collect();
        if got != *expected {
            wrong.push(format!(
                "{report}: expected {expected}, got {got}: {readings:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn category_4b_of_the_left_main_is_open() {
    for text in ["4B", "CAD-RADS 4B", "CAD-RADS 4"] {
        assert_eq!(letter(read_grade_of(Vessel::Lm, text)), 'x', "{text}");
        assert_eq!(letter(read_grade_of(Vessel::Lad, text)), '3', "{text}");
    }
    assert_eq!(letter(read_grade_of(Vessel::Lm, "CAD-RADS 4A")), '3');
    assert_eq!(letter(read_grade_of(Vessel::Lm, "80%, CAD-RADS 4B")), '3');
}

/// The words shown beside a grade stand in the report as they are shown.
#[test]
fn the_words_of_a_reading_are_those_of_the_report() {
    let words = |report: &str, vessel: Vessel| read_report(report)[vessel.index()].text.clone();
    for (report, vessel, expected) in [
        (
            "左主干未见明显狭窄，前降支重度狹窄。",
            Vessel::Lm,
            "左主干未见明显狭窄",
        ),
        (
            "左主干未见明显狭窄，前降支重度狹窄。",
            Vessel::Lad,
            "前降支重度狹窄",
        ),
        (
            "RCA=<50%; LAD: No significant stenosis",
            Vessel::Rca,
            "RCA=<50%",
        ),
        (
            "RCA=<50%; LAD: No significant stenosis",
            Vessel::Lad,
            "LAD: No significant stenosis",
        ),
        (
            "LAD：７０％～９９％，ＲＣＡ ０％",
            Vessel::Lad,
            "LAD：７０％～９９％",
        ),
        (
            "Servere stenosis of the prox. LAD, RCA normal",
            Vessel::Lad,
            "Servere stenosis of the prox. LAD",
        ),
        ("LAD: &lt;50% stenosis", Vessel::Lad, "LAD: <50% stenosis"),
        (
            "LAD: Plaque.\nMid 90 %.",
            Vessel::Lad,
            "LAD: Plaque | Mid 90 %",
        ),
    ] {
        assert_eq!(words(report, vessel), expected, "{report}");
    }
    for (report, _) in REPORTS.iter().filter(|(report, _)| !report.contains('&')) {
        for said in read_report(report) {
            for part in said.text.split(" | ").filter(|part| !part.is_empty()) {
                assert!(report.contains(part), "{part:?} is not in {report:?}");
            }
        }
    }
}
