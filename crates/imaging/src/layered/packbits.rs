//! PackBits (Apple's run-length code, as in TIFF 6.0 section 9): how Photoshop packs the rows of a channel.

/// A run of at most this many bytes is one packet.
const LONGEST: usize = 128;

/// Appends a row packed; at most `row.len() + row.len() / 128 + 1` bytes.
pub(super) fn pack(row: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < row.len() {
        let run = run_at(row, at);
        if run >= 3 || (run == 2 && at + 2 == row.len()) {
            out.extend([(257 - run) as u8, row[at]]);
            at += run;
            continue;
        }
        // Bytes as they are, up to where a run pays.
        let start = at;
        while at < row.len() && at - start < LONGEST {
            if run_at(row, at) >= 3 {
                break;
            }
            at += 1;
        }
        out.push((at - start - 1) as u8);
        out.extend(&row[start..at]);
    }
}

/// How often the byte at `at` stands there in a row.
fn run_at(row: &[u8], at: usize) -> usize {
    let first = row[at];
    row[at..row.len().min(at + LONGEST)].iter().take_while(|&&b| b == first).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(packed: &[u8]) -> Vec<u8> {
        let mut out = vec![];
        let mut at = 0;
        while at < packed.len() {
            match packed[at] as i8 {
                -128 => at += 1,
                n if n < 0 => {
                    out.extend(std::iter::repeat_n(packed[at + 1], (1 - isize::from(n)) as usize));
                    at += 2;
                }
                n => {
                    let n = n as usize + 1;
                    out.extend(&packed[at + 1..at + 1 + n]);
                    at += 1 + n;
                }
            }
        }
        out
    }

    #[test]
    fn every_row_comes_back_and_none_grows_much() {
        let mut seed = 12_345u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        for length in (0..400).chain([1000, 30_000]) {
            let spread = 1 + next() % 6;
            let row: Vec<u8> = (0..length).map(|_| (next() % spread * 40) as u8).collect();
            let mut packed = vec![];
            pack(&row, &mut packed);
            assert_eq!(unpack(&packed), row, "{length} bytes");
            assert!(packed.len() <= row.len() + row.len() / 128 + 1, "{length}: {}", packed.len());
        }
        let mut flat = vec![];
        pack(&[7; 1280], &mut flat);
        assert_eq!(flat.len(), 20);
    }
}
