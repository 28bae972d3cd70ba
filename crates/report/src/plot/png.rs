//! From SVG to PNG.

use microgrid_core::{Problem, Problems};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg;

/// Faces for `sans-serif`, best first; any other face of the system where it has none of them.
const FACES: [&str; 6] = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica", "Segoe UI"];

/// The picture `svg` as PNG, `scale` pixels for each of its units; 2 suits paper and screens of high density.
///
/// # Errors
/// A text that is no SVG, a scale that is not from 0.1 to 10, or a system without any font, where the picture's text
/// would be missing.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, Problems> {
    let mut problems = Problems::none();
    problems.require_range("plot.scale", f64::from(scale), 0.1, 10.0);
    problems.or_else(|| ())?;
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    let family = |wanted: &dyn Fn(&str) -> bool| {
        fonts.faces().flat_map(|face| &face.families).map(|(name, _)| name.clone()).find(|name| wanted(name))
    };
    let best = FACES.iter().find_map(|face| family(&|name| name == *face)).or_else(|| family(&|_| true));
    let Some(best) = best else {
        let problem = Problem::new("plot", "needs a font, and this system has none").hint("write the picture as SVG");
        return Err(problem.into());
    };
    fonts.set_sans_serif_family(best);
    let failed = |what: &str, why: String| Problems::from(Problem::new("plot", what).value(why));
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| failed("is no SVG", error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(scale);
    let mut pixels = size
        .and_then(|size| Pixmap::new(size.width(), size.height()))
        .ok_or_else(|| failed("is too large for a PNG", format!("{:?}", tree.size())))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed("cannot be encoded", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixture, week_svg};

    #[test]
    fn a_picture_has_its_size_and_its_ink() {
        let svg = week_svg(&[fixture::trace(3600, 7)], 1).unwrap();
        match png(&svg, 1.0) {
            Ok(bytes) => {
                let pixels = Pixmap::decode_png(&bytes).unwrap();
                assert_eq!(pixels.width(), 1200);
                let inked = pixels.pixels().iter().filter(|pixel| pixel.red() < 200).count();
                assert!(inked > 10_000, "{inked} dark pixels");
            }
            // A system without fonts must say so and not draw a picture without text.
            Err(problems) => assert!(problems.to_string().contains("needs a font"), "{problems}"),
        }
    }

    #[test]
    fn no_picture_and_no_scale_are_refused() {
        assert!(png("<svg", 1.0).is_err());
        let svg = week_svg(&[fixture::trace(3600, 7)], 1).unwrap();
        assert!(png(&svg, 0.0).is_err() && png(&svg, f32::NAN).is_err());
    }
}
