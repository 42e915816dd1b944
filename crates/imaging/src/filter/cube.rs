//! Lookup tables of the `.cube` format (Adobe, "Cube LUT Specification 1.0", 2013): one- and three-dimensional.

/// Points along a side of a three-dimensional table at most.
const MOST_3D: usize = 129;
/// Entries of a one-dimensional table at most.
const MOST_1D: usize = 65_536;

/// A table from sRGB values to sRGB values.
#[derive(Clone, Debug, PartialEq)]
pub struct Cube {
    /// What the file calls itself.
    pub title: Option<String>,
    table: Table,
    low: [f32; 3],
    /// 1 over the width of the domain.
    scale: [f32; 3],
}

#[derive(Clone, Debug, PartialEq)]
enum Table {
    One(Vec<[f32; 3]>),
    /// Red changes fastest.
    Three(usize, Vec<[f32; 3]>),
}

/// What is wrong with a table, and in which line (1-based).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct CubeError {
    pub line: usize,
    pub fault: CubeFault,
}

/// The kinds of faults.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CubeFault {
    #[error("the size is stated twice")]
    SizeTwice,
    #[error("the size must be a whole number from {0} to {1}")]
    Size(usize, usize),
    #[error("numbers come before the size")]
    NoSize,
    #[error("three finite numbers are expected")]
    Numbers,
    #[error("the domain is empty or not finite")]
    Domain,
    #[error("there are more than the {0} entries that the size asks for")]
    TooMany(usize),
    #[error("the table ends after {0} of {1} entries")]
    TooFew(usize, usize),
    #[error("this keyword is unknown")]
    Keyword,
}

impl Cube {
    /// Reads a file's text. Lines may end in LF, CR LF or CR; comments begin with `#`.
    ///
    /// # Errors
    /// The first line that does not fit, and why.
    pub fn parse(text: &str) -> Result<Cube, CubeError> {
        let mut reading = Reading::default();
        let mut count = 0;
        for (i, line) in text.trim_start_matches('\u{feff}').replace("\r\n", "\n").split(['\n', '\r']).enumerate() {
            count = i + 1;
            reading.line(line.trim()).map_err(|fault| CubeError { line: i + 1, fault })?;
        }
        reading.done().map_err(|fault| CubeError { line: count, fault })
    }

    /// The colour for a colour, both sRGB 0..=1; outside of the domain the table's edge goes on.
    #[inline]
    pub fn at(&self, colour: [f32; 3]) -> [f32; 3] {
        let place: [f32; 3] = std::array::from_fn(|c| ((colour[c] - self.low[c]) * self.scale[c]).clamp(0.0, 1.0));
        let found = match &self.table {
            Table::One(entries) => std::array::from_fn(|c| {
                let at = place[c] * (entries.len() - 1) as f32;
                let low = (at as usize).min(entries.len() - 2);
                entries[low][c] + (entries[low + 1][c] - entries[low][c]) * (at - low as f32)
            }),
            Table::Three(side, entries) => tetrahedral(*side, entries, place),
        };
        found.map(|v| v.clamp(0.0, 1.0))
    }
}

/// Between the four corners of the tetrahedron that holds the place (J. Kasson, W. Plouffe, S. Nin, "A tetrahedral interpolation technique for color
/// space conversion", 1993): greys lie on the edge that all six share, so they stay grey where the table's are.
#[inline]
fn tetrahedral(side: usize, entries: &[[f32; 3]], place: [f32; 3]) -> [f32; 3] {
    let steps = [1, side, side * side];
    let mut corner = 0;
    let mut part = [0.0f32; 3];
    for c in 0..3 {
        let at = place[c] * (side - 1) as f32;
        let low = (at as usize).min(side - 2);
        part[c] = at - low as f32;
        corner += low * steps[c];
    }
    // The axes by how far the place is along them, the farthest first.
    let [r, g, b] = part;
    let order = match (r >= g, g >= b, r >= b) {
        (true, true, _) => [0, 1, 2],
        (true, false, true) => [0, 2, 1],
        (true, false, false) => [2, 0, 1],
        (false, true, true) => [1, 0, 2],
        (false, true, false) => [1, 2, 0],
        (false, false, _) => [2, 1, 0],
    };
    let one = corner + steps[order[0]];
    let two = one + steps[order[1]];
    let three = two + steps[order[2]];
    let [x, y, z] = order.map(|axis| part[axis]);
    std::array::from_fn(|c| (1.0 - x) * entries[corner][c] + (x - y) * entries[one][c] + (y - z) * entries[two][c] + z * entries[three][c])
}

#[derive(Default)]
struct Reading {
    title: Option<String>,
    /// Whether three-dimensional, and the size.
    size: Option<(bool, usize)>,
    low: Option<[f32; 3]>,
    high: Option<[f32; 3]>,
    entries: Vec<[f32; 3]>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), CubeFault> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word {
            "TITLE" => self.title = Some(rest.trim().trim_matches('"').chars().take(200).collect()),
            "LUT_3D_SIZE" => self.sized(true, rest, MOST_3D)?,
            "LUT_1D_SIZE" => self.sized(false, rest, MOST_1D)?,
            "DOMAIN_MIN" => self.low = Some(numbers(rest)?),
            "DOMAIN_MAX" => self.high = Some(numbers(rest)?),
            // Resolve's way of writing one domain for all channels.
            "LUT_3D_INPUT_RANGE" | "LUT_1D_INPUT_RANGE" => {
                let [low, high] = some_numbers::<2>(rest)?;
                (self.low, self.high) = (Some([low; 3]), Some([high; 3]));
            }
            _ if word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => self.entry(line)?,
            _ => return Err(CubeFault::Keyword),
        }
        Ok(())
    }

    fn sized(&mut self, three: bool, rest: &str, most: usize) -> Result<(), CubeFault> {
        if self.size.is_some() {
            return Err(CubeFault::SizeTwice);
        }
        let size = rest.trim().parse().ok().filter(|n| (2..=most).contains(n)).ok_or(CubeFault::Size(2, most))?;
        self.size = Some((three, size));
        Ok(())
    }

    fn entry(&mut self, line: &str) -> Result<(), CubeFault> {
        let wanted = self.wanted()?;
        if self.entries.len() == wanted {
            return Err(CubeFault::TooMany(wanted));
        }
        self.entries.push(numbers(line)?);
        Ok(())
    }

    fn wanted(&self) -> Result<usize, CubeFault> {
        let (three, size) = self.size.ok_or(CubeFault::NoSize)?;
        Ok(if three { size.pow(3) } else { size })
    }

    fn done(self) -> Result<Cube, CubeFault> {
        let wanted = self.wanted()?;
        if self.entries.len() < wanted {
            return Err(CubeFault::TooFew(self.entries.len(), wanted));
        }
        let (low, high) = (self.low.unwrap_or([0.0; 3]), self.high.unwrap_or([1.0; 3]));
        let scale: [f32; 3] = std::array::from_fn(|c| 1.0 / (high[c] - low[c]));
        if (0..3).any(|c| high[c] <= low[c] || !scale[c].is_finite()) {
            return Err(CubeFault::Domain);
        }
        let (three, side) = self.size.ok_or(CubeFault::NoSize)?;
        let table = if three { Table::Three(side, self.entries) } else { Table::One(self.entries) };
        Ok(Cube { title: self.title, table, low, scale })
    }
}

fn numbers(text: &str) -> Result<[f32; 3], CubeFault> {
    some_numbers(text)
}

fn some_numbers<const N: usize>(text: &str) -> Result<[f32; N], CubeFault> {
    let mut words = text.split_whitespace();
    let mut out = [0.0; N];
    for to in &mut out {
        *to = words.next().and_then(|w| w.parse().ok()).filter(|v: &f32| v.is_finite()).ok_or(CubeFault::Numbers)?;
    }
    words.next().is_none().then_some(out).ok_or(CubeFault::Numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every corner as `f` says.
    fn cube(side: usize, f: impl Fn([f32; 3]) -> [f32; 3]) -> String {
        let mut text = format!("# made for a test\r\nTITLE \"A look\"\r\nLUT_3D_SIZE {side}\r\n\r\n");
        for i in 0..side.pow(3) {
            let at = [i % side, i / side % side, i / side / side].map(|v| v as f32 / (side - 1) as f32);
            let [r, g, b] = f(at);
            text.push_str(&format!("{r} {g} {b}\r\n"));
        }
        text
    }

    #[test]
    fn a_table_that_changes_nothing_changes_nothing_and_red_comes_first() {
        let same = Cube::parse(&cube(17, |c| c)).unwrap();
        assert_eq!(same.title.as_deref(), Some("A look"));
        for colour in [[0.0; 3], [1.0; 3], [0.2, 0.9, 0.55], [0.71, 0.3, 0.3], [0.01, 0.02, 0.99]] {
            let after = same.at(colour);
            assert!((0..3).all(|c| (after[c] - colour[c]).abs() < 1e-5), "{colour:?}: {after:?}");
        }
        let swapped = Cube::parse(&cube(2, |[r, g, b]| [b, r, g])).unwrap();
        assert_eq!(swapped.at([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn greys_stay_grey_between_the_corners_of_any_table_whose_greys_are() {
        // Strong colours all around the axis of greys.
        let odd = Cube::parse(&cube(5, |[r, g, b]| if r == g && g == b { [r * r; 3] } else { [r, 0.0, 1.0] })).unwrap();
        for v in 0..=100 {
            let [r, g, b] = odd.at([v as f32 / 100.0; 3]);
            assert!((r - g).abs() < 1e-6 && (g - b).abs() < 1e-6);
        }
    }

    #[test]
    fn one_dimension_and_domains_are_read() {
        let text = "LUT_1D_SIZE 3\nDOMAIN_MIN 0 0 -1\nDOMAIN_MAX 1 2 1\n0 0 0\n0.25 0.5 0.5\n1 1 1\n";
        let cube = Cube::parse(text).unwrap();
        let [r, g, b] = cube.at([0.25, 0.5, 0.0]);
        assert!((r - 0.125).abs() < 1e-6 && (g - 0.25).abs() < 1e-6 && (b - 0.5).abs() < 1e-6, "{r} {g} {b}");
        assert!(Cube::parse("LUT_1D_SIZE 2\nLUT_1D_INPUT_RANGE 0 1\n0 0 0\n1 1 1").is_ok());
    }

    #[test]
    fn a_file_that_does_not_fit_is_refused_with_its_line() {
        let fault = |text: &str| Cube::parse(text).map_err(|e| (e.line, e.fault)).unwrap_err();
        assert_eq!(fault(""), (1, CubeFault::NoSize));
        assert_eq!(fault("0 0 0"), (1, CubeFault::NoSize));
        for size in ["1", "130", "-3", "x", "", "99999999999999999999", "2.5"] {
            assert_eq!(fault(&format!("# a\nLUT_3D_SIZE {size}")), (2, CubeFault::Size(2, MOST_3D)), "{size}");
        }
        assert_eq!(fault("LUT_1D_SIZE 2\nLUT_3D_SIZE 2"), (2, CubeFault::SizeTwice));
        assert_eq!(fault("LUT_1D_SIZE 2\n0 0 0\n1 1"), (3, CubeFault::Numbers));
        assert_eq!(fault("LUT_1D_SIZE 2\n0 0 0\n1 1 1 1"), (3, CubeFault::Numbers));
        assert_eq!(fault("LUT_1D_SIZE 2\n0 0 0\n1 1e99 1"), (3, CubeFault::Numbers));
        assert_eq!(fault("LUT_1D_SIZE 2\n0 0 0\n1 1 -nan"), (3, CubeFault::Numbers));
        assert_eq!(fault("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1"), (4, CubeFault::TooMany(2)));
        assert_eq!(fault("LUT_3D_SIZE 2\n0 0 0"), (2, CubeFault::TooFew(1, 8)));
        assert_eq!(fault("LUT_1D_SIZE 2\nDOMAIN_MAX 0 1 1\n0 0 0\n1 1 1"), (4, CubeFault::Domain));
        assert_eq!(fault("<html>"), (1, CubeFault::Keyword));
    }
}
