//! Connected points of one sign above a threshold.

/// Points by `[lead][sample]` that hang together, and the sum of their statistic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Blob {
    pub(crate) points: Vec<usize>,
    pub(crate) mass: f64,
}

/// Every set of points beyond the threshold that is connected over time or neighbouring leads,
/// positive and negative apart.
pub(crate) fn blobs(
    statistic: &[f64],
    samples: usize,
    threshold: f64,
    neighbours: &[Vec<usize>],
) -> Vec<Blob> {
    let mut seen = vec![false; statistic.len()];
    let mut blobs = Vec::new();
    let mut open = Vec::new();
    for first in 0..statistic.len() {
        if seen[first] || statistic[first].abs() <= threshold {
            continue;
        }
        let sign = statistic[first].signum();
        let mut blob = Blob {
            points: Vec::new(),
            mass: 0.0,
        };
        seen[first] = true;
        open.push(first);
        while let Some(point) = open.pop() {
            blob.points.push(point);
            blob.mass += statistic[point];
            each_neighbour(point, samples, neighbours, |next| {
                if !seen[next] && sign * statistic[next] > threshold {
                    seen[next] = true;
                    open.push(next);
                }
            });
        }
        blob.points.sort_unstable();
        blobs.push(blob);
    }
    blobs
}

fn each_neighbour(
    point: usize,
    samples: usize,
    neighbours: &[Vec<usize>],
    mut visit: impl FnMut(usize),
) {
    let (lead, at) = (point / samples, point % samples);
    if at > 0 {
        visit(point - 1);
    }
    if at + 1 < samples {
        visit(point + 1);
    }
    for other in &neighbours[lead] {
        visit(other * samples + at);
    }
}
