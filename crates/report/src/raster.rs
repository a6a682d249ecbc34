//! A figure as PNG: text becomes outlines of a font carried along, resvg fills the pixels.
//!
//! No font of the machine is asked for, so that the same figure has the same pixels everywhere.

mod outline;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// Pixels a unit of the drawing, where the figure is not too large for it.
const SCALE: f32 = 2.0;
/// Pixels of a figure at most; larger figures get fewer pixels a unit.
const MOST_PIXELS: f32 = 32.0e6;

/// An SVG made by this crate, a figure or ECG paper, as PNG on white, two pixels a unit (of ECG
/// paper 7.6 a millimetre).
///
/// Characters that DejaVu Sans lacks, such as Chinese ones, are drawn as empty boxes; the SVG has them.
pub fn png(svg: &str) -> Vec<u8> {
    let tree = Tree::from_str(&outline::outlined(svg), &Options::default())
        .expect("figures are well-formed SVG with a size; this is a bug");
    let size = tree.size();
    let scale = SCALE.min((MOST_PIXELS / (size.width() * size.height())).sqrt());
    let pixels = |length: f32| (length * scale).ceil().max(1.0) as u32;
    let mut canvas = Pixmap::new(pixels(size.width()), pixels(size.height()))
        .expect("a figure has a width and a height within bounds; this is a bug");
    canvas.fill(Color::WHITE);
    let transform = Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut canvas.as_mut());
    canvas
        .encode_png()
        .expect("pixels in memory have a PNG form; this is a bug")
}
