//! A whole evaluation of 100,000 simulated records with four vessels and 2000 bootstraps.

use coronet_evaluate::discrimination::{Bootstrap, bootstrap};
use coronet_evaluate::{EvaluationConfig, ScoreTable, evaluate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const RECORDS: usize = 100_000;

fn main() {
    divan::main();
}

/// A table in the layout of `scores.csv`.
fn table() -> String {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut uniform = move || f64::from(random.next_u32()) / 4_294_967_296.0;
    let mut csv = "record_id,patient_id,age,sex,normal_ecg,interval_days,RCA_grade,RCA_prob,LM_grade,LM_prob,\
                   LAD_grade,LAD_prob,LCX_grade,LCX_prob,ptp,follow_up_days,event\n"
        .to_owned();
    for row in 0..RECORDS {
        let sex = if uniform() < 0.5 { 'M' } else { 'F' };
        let age = 40.0 + 40.0 * uniform();
        csv += &format!(
            "R{row:06},P{:06},{age:.1},{sex},{},{}",
            row * 3 / 4,
            row % 3 / 2,
            row % 91
        );
        for rate in [0.09, 0.02, 0.14, 0.08] {
            let disease = uniform();
            let grade = (5.0 * (1.0 - disease).powf(0.3 / rate)).floor().min(4.0);
            let p = 0.3 * uniform() * uniform() + 0.15 * grade * uniform();
            csv += &format!(",{grade},{:.6}", p.min(0.999));
        }
        csv += &format!(
            ",{:.4},{},{}\n",
            0.4 * uniform(),
            (900.0 * uniform()) as u32,
            row % 3
        );
    }
    csv
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn read(bencher: divan::Bencher<'_, '_>) {
    let csv = table();
    bencher.bench(|| ScoreTable::from_csv(csv.as_bytes()));
}

#[divan::bench(sample_count = 1, sample_size = 1, args = [0, 2000])]
fn evaluate_all(bencher: divan::Bencher<'_, '_>, replicates: usize) {
    let table = ScoreTable::from_csv(table().as_bytes()).expect("the table is well formed");
    let config = EvaluationConfig {
        bootstrap_replicates: replicates,
        ..EvaluationConfig::default()
    };
    bencher.bench(|| evaluate(&table, &config));
}

/// The bootstrap of one area alone: 10,000 records, 2000 resamples.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn bootstrap_auc(bencher: divan::Bencher<'_, '_>) {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut uniform = move || f64::from(random.next_u32()) / 4_294_967_296.0;
    let scores: Vec<f64> = (0..10_000).map(|_| uniform()).collect();
    let positive: Vec<bool> = scores.iter().map(|score| uniform() < 0.2 * score).collect();
    let patients: Vec<u32> = (0..10_000).collect();
    let settings = Bootstrap {
        replicates: 2000,
        seed: 1,
        confidence: 0.95,
    };
    bencher.bench(|| bootstrap(&scores, &positive, &patients, &[], &settings));
}
