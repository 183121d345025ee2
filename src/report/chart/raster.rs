//! A drawing as PNG: with the font this program carries, and one of the system's for Chinese.
//!
//! In: an SVG document of ours. Out: PNG bytes. Always holds: fonts of the system are looked at for Chinese only, and
//! taken only when they show different characters differently.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Family, ID, Query, Source, Weight};
use resvg::usvg::{FontResolver, Options, Tree};

use crate::report::text::Lang;

/// Pixels of the picture to a point of the drawing: sharp in print.
const SCALE: f32 = 2.0;

const FAMILY: &str = "DejaVu Sans";

/// Families with simplified Chinese that systems have, best for labels first.
const CHINESE: [&str; 16] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Heiti SC",
    "STHeiti",
    "Droid Sans Fallback",
    "Noto Serif CJK SC",
    "SimSun",
    "AR PL UMing CN",
];

/// The fonts that words are drawn with.
pub(in crate::report) struct Fonts {
    all: Arc<Database>,
    /// Regular and bold.
    chinese: Option<(ID, ID)>,
}

impl Fonts {
    /// The font this program carries.
    pub(in crate::report) fn own() -> Self {
        Self { all: Arc::new(carried()), chinese: None }
    }

    /// Fonts that have every character of `lang`; `None` where the system has none.
    pub(in crate::report) fn of(lang: Lang) -> Option<Self> {
        if lang == Lang::En {
            return Some(Self::own());
        }
        let mut all = carried();
        all.load_system_fonts();
        all.set_sans_serif_family(FAMILY);
        let found = |weight| {
            let family = |name| all.query(&Query { families: &[Family::Name(name)], weight, ..Query::default() });
            CHINESE.into_iter().find_map(family)
        };
        let chinese = found(Weight::NORMAL).zip(found(Weight::BOLD))?;
        let fonts = Self { all: Arc::new(all), chinese: Some(chinese) };
        fonts.tells_apart("延", "量").then_some(fonts)
    }

    /// Whether two words look different: a font without their characters shows the same boxes, or nothing.
    pub(super) fn tells_apart(&self, one: &str, other: &str) -> bool {
        let drawn = |word: &str| {
            let text = format!("<text x=\"4\" y=\"24\" font-size=\"20\" font-family=\"sans-serif\">{word}</text>");
            png(&format!("<svg width=\"32\" height=\"32\" xmlns=\"http://www.w3.org/2000/svg\">{text}</svg>"), self)
        };
        drawn(one) != drawn(other)
    }

    /// Chooses the Chinese font for every character that the first one lacks.
    fn resolver(&self) -> FontResolver<'_> {
        let Some((regular, bold)) = self.chinese else { return FontResolver::default() };
        FontResolver {
            select_font: FontResolver::default_font_selector(),
            select_fallback: Box::new(move |_, tried, all| {
                let heavy = tried.first().and_then(|id| all.face(*id)).is_some_and(|face| face.weight > Weight::MEDIUM);
                let chosen = if heavy { bold } else { regular };
                (!tried.contains(&chosen)).then_some(chosen)
            }),
        }
    }
}

fn carried() -> Database {
    let mut fonts = Database::new();
    for face in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_source(Source::Binary(Arc::new(face)));
    }
    fonts.set_sans_serif_family(FAMILY);
    fonts
}

/// The picture of `svg`; `Err` with what the rendering crate said.
pub(super) fn png(svg: &str, fonts: &Fonts) -> Result<Vec<u8>, String> {
    let options = Options {
        fontdb: Arc::clone(&fonts.all),
        font_family: FAMILY.to_owned(),
        font_resolver: fonts.resolver(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size();
    let (width, height) = ((size.width() * SCALE) as u32, (size.height() * SCALE) as u32);
    let mut picture = Pixmap::new(width, height).ok_or("an empty drawing")?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
    picture.encode_png().map_err(|error| error.to_string())
}
