//! The inks of the charts, told apart also by readers who see few colours.
//!
//! In: nothing. Out: a colour for paper and one for a dark screen. Always holds: no two inks share a colour on paper,
//! so that a style sheet can tell them apart by it.

use std::fmt::Write as _;

/// What a mark is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// The ground of the drawing.
    Paper,
    /// Time outside the measured window.
    Shade,
    /// Lines to read values by.
    Grid,
    /// The axes.
    Axis,
    /// Titles.
    Text,
    /// Ticks and units.
    Muted,
    /// The median.
    Median,
    /// The percentile most rules are about.
    Judged,
    /// The tail.
    Tail,
    /// Successes.
    Success,
    /// The area under them.
    SuccessArea,
    /// Failures.
    Failure,
    /// Virtual users.
    Users,
    /// Bars of a histogram.
    Bar,
    /// A rule's limit.
    Limit,
    /// Classes of failures, most frequent first; all others are the last.
    Class(u8),
    /// How many requests a cell of a heatmap holds, from few to many.
    Heat(u8),
}

/// So many classes of failures have a colour of their own, one of them for all others.
pub(super) const CLASSES: u8 = 5;
/// So many shades a heatmap has.
pub(super) const HEATS: u8 = 6;

impl Ink {
    const ALL: [Self; 26] = [
        Self::Paper,
        Self::Shade,
        Self::Grid,
        Self::Axis,
        Self::Text,
        Self::Muted,
        Self::Median,
        Self::Judged,
        Self::Tail,
        Self::Success,
        Self::SuccessArea,
        Self::Failure,
        Self::Users,
        Self::Bar,
        Self::Limit,
        Self::Class(0),
        Self::Class(1),
        Self::Class(2),
        Self::Class(3),
        Self::Class(4),
        Self::Heat(0),
        Self::Heat(1),
        Self::Heat(2),
        Self::Heat(3),
        Self::Heat(4),
        Self::Heat(5),
    ];

    /// The colour on paper.
    pub(super) const fn paper(self) -> u32 {
        match self {
            Self::Paper => 0xff_ff_ff,
            Self::Shade => 0xf0_f1_f3,
            Self::Grid => 0xe2_e5_e9,
            Self::Axis => 0x8b_93_9c,
            Self::Text => 0x1c_22_29,
            Self::Muted => 0x59_62_6d,
            Self::Median => 0x2f_88_bd,
            Self::Judged => 0x0b_4f_8a,
            Self::Tail => 0xa3_7d_b8,
            Self::Success => 0x1c_69_a8,
            Self::SuccessArea => 0xdc_e9_f4,
            Self::Failure => 0xd5_5e_00,
            Self::Users => 0x77_7e_86,
            Self::Bar => 0x8f_b9_db,
            Self::Limit => 0xb8_32_1e,
            Self::Class(0) => 0xd0_5a_04,
            Self::Class(1) => 0x8a_4f_7d,
            Self::Class(2) => 0xe3_a0_1b,
            Self::Class(3) => 0x2f_7f_79,
            Self::Class(_) => 0x9a_a0_a6,
            Self::Heat(0) => 0xe1_ec_f6,
            Self::Heat(1) => 0xbd_d6_ec,
            Self::Heat(2) => 0x8e_bb_de,
            Self::Heat(3) => 0x57_99_cb,
            Self::Heat(4) => 0x27_71_ae,
            Self::Heat(_) => 0x0c_45_7b,
        }
    }

    /// The colour on a dark screen.
    const fn dark(self) -> u32 {
        match self {
            Self::Paper => 0x16_19_1d,
            Self::Shade => 0x20_25_2b,
            Self::Grid => 0x2e_34_3b,
            Self::Axis => 0x6f_78_82,
            Self::Text => 0xe7_e9_ec,
            Self::Muted => 0xa7_af_b8,
            Self::Median => 0x4f_8f_b8,
            Self::Judged => 0x8f_cb_ff,
            Self::Tail => 0xb0_8c_c8,
            Self::Success => 0x6b_b3_ee,
            Self::SuccessArea => 0x1d_31_43,
            Self::Failure => 0xff_96_45,
            Self::Users => 0x96_9f_a9,
            Self::Bar => 0x3d_6f_9b,
            Self::Limit => 0xff_81_6b,
            Self::Class(0) => 0xff_93_40,
            Self::Class(1) => 0xc9_8d_bd,
            Self::Class(2) => 0xf0_c0_5a,
            Self::Class(3) => 0x62_b8_b1,
            Self::Class(_) => 0x8b_93_9c,
            Self::Heat(0) => 0x1d_2d_3c,
            Self::Heat(1) => 0x1f_43_60,
            Self::Heat(2) => 0x25_61_8d,
            Self::Heat(3) => 0x37_84_b9,
            Self::Heat(4) => 0x6c_ae_dd,
            Self::Heat(_) => 0xc2_e2_f8,
        }
    }
}

/// Style rules that give each ink its colour for dark screens, for drawings of class `chart` in a page.
pub(super) fn dark_rules() -> String {
    Ink::ALL.iter().fold(String::new(), |mut rules, ink| {
        let (paper, dark) = (ink.paper(), ink.dark());
        let _infallible = writeln!(
            rules,
            ".chart [fill=\"#{paper:06X}\"]{{fill:#{dark:06x}}}.chart [stroke=\"#{paper:06X}\"]{{stroke:#{dark:06x}}}"
        );
        rules
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_inks_share_a_colour_on_paper() {
        for (at, ink) in Ink::ALL.iter().enumerate() {
            assert!(Ink::ALL[at + 1..].iter().all(|other| other.paper() != ink.paper()), "{ink:?}");
        }
    }
}
