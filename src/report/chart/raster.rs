//! A drawing as PNG, with the one font this program carries.
//!
//! In: an SVG document of ours. Out: PNG bytes. Always holds: no font and no file of the system is looked at.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

/// Pixels of the picture to a point of the drawing: sharp in print.
const SCALE: f32 = 2.0;

/// The picture of `svg`; `Err` with what the rendering crate said.
pub(super) fn png(svg: &str) -> Result<Vec<u8>, String> {
    let options = Options { fontdb: Arc::new(fonts()), font_family: FAMILY.to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size();
    let (width, height) = ((size.width() * SCALE) as u32, (size.height() * SCALE) as u32);
    let mut picture = Pixmap::new(width, height).ok_or("an empty drawing")?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
    picture.encode_png().map_err(|error| error.to_string())
}

const FAMILY: &str = "DejaVu Sans";

fn fonts() -> Database {
    let mut fonts = Database::new();
    for face in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_source(Source::Binary(Arc::new(face)));
    }
    fonts.set_sans_serif_family(FAMILY);
    fonts
}
