//! Ids derived from a running number: unique by construction, without revealing the number.

const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const MIXED: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A bijection on 64 bits (the finaliser of splitmix64), so that ids of neighbouring numbers look unrelated.
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns a random-looking number for a running number.
pub(crate) const fn scatter(number: u64) -> u64 {
    mix(number)
}

/// Returns `prefix` and 13 characters, unique per number.
pub(crate) fn opaque(prefix: &str, number: i64) -> String {
    let mut rest = mix(number.cast_unsigned());
    let mut id = String::with_capacity(prefix.len() + 13);
    id.push_str(prefix);
    for _ in 0..13 {
        id.push(char::from(LETTERS[(rest % 32) as usize]));
        rest /= 32;
    }
    id
}

/// Combines a seed and a running number into one number.
pub(crate) const fn seeded(seed: u64, number: i64) -> u64 {
    if seed == 0 { number.cast_unsigned() } else { mix(seed) ^ mix(number.cast_unsigned()) }
}

/// Returns an API key: the prefix and 32 letters and digits, which always include both letter cases.
pub(crate) fn key(prefix: &str, number: u64) -> String {
    let mut key = format!("{prefix}kE");
    for part in 0..3 {
        let mut rest = mix(mix(number) ^ (part << 40));
        for _ in 0..10 {
            key.push(char::from(MIXED[(rest % 62) as usize]));
            rest /= 62;
        }
    }
    key
}

/// Returns a short reference of digits: six, and one more each time all numbers of a length are used up.
pub(crate) fn digits(number: i64) -> String {
    const STEP: i64 = 414_217; // a prime, so coprime to every span
    let (mut base, mut span, mut rest) = (100_000, 900_000, number);
    while rest >= span {
        rest -= span;
        base *= 10;
        span *= 10;
    }
    (base + (rest * STEP + 141_421) % span).to_string()
}

/// Returns a short reference of capitals and digits.
pub(crate) fn alphanumeric(number: i64) -> String {
    let mut rest = number.cast_unsigned().wrapping_mul(0x2545_f491) & 0x3fff_ffff;
    let mut text = String::from("B");
    for _ in 0..6 {
        text.push(char::from(LETTERS[(rest % 32) as usize].to_ascii_uppercase()));
        rest /= 32;
    }
    text
}

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns the inverse of an odd number modulo 2^64, by Newton's iteration.
const fn inverse(odd: u64) -> u64 {
    let (mut guess, mut round) = (odd, 0);
    while round < 6 {
        guess = guess.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(guess)));
        round += 1;
    }
    guess
}

/// Returns an API key made from bytes that can't be guessed.
pub(crate) fn secret_key(prefix: &str, bytes: &[u8]) -> String {
    // Some of the 62 characters are slightly more likely than others, but more than 180 bits of entropy remain.
    let letters = bytes.iter().map(|byte| char::from(MIXED[usize::from(*byte) % MIXED.len()]));
    format!("{prefix}kE{}", letters.collect::<String>())
}

/// Encodes the position at which a page ended, for the client's next request.
pub(crate) fn cursor(number: i64) -> String {
    format!("c{:016x}", number.cast_unsigned().wrapping_mul(SPREAD))
}

/// What a cursor may end in, as those in Base64 do: signs that mean something else in a query, unless they are escaped.
pub(crate) const CURSOR_SIGNS: &str = "+/&==";

/// Returns the number in a cursor, or `None` if the text is not a cursor of this server.
pub(crate) fn from_cursor(text: &str) -> Option<i64> {
    let text = text.strip_suffix(CURSOR_SIGNS).unwrap_or(text);
    let spread = u64::from_str_radix(
        text.strip_prefix('c').filter(|hex| hex.len() == 16 && !hex.starts_with('+'))?,
        16,
    )
    .ok()?;
    let number = spread.wrapping_mul(const { inverse(SPREAD) }).cast_signed();
    (0..1 << 40).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_never_repeat() {
        let numbers = 1..20_000;
        let all = |make: fn(i64) -> String| numbers.clone().map(make).collect::<BTreeSet<_>>().len();
        assert_eq!(all(|n| opaque("kr7", n)), numbers.clone().count());
        assert_eq!(all(|n| key("k_", seeded(0, n))), numbers.clone().count());
        assert_eq!(all(|n| key("k_", seeded(7, n))), numbers.clone().count());
        assert_ne!(key("k_", seeded(7, 1)), key("k_", seeded(8, 1)));
        assert_eq!(all(digits), numbers.clone().count());
        assert_eq!(all(alphanumeric), numbers.clone().count());
    }

    #[test]
    fn cursors_come_back_and_others_do_not() {
        for number in [0, 1, 77, 1 << 39] {
            assert_eq!(from_cursor(&cursor(number)), Some(number));
            assert_eq!(from_cursor(&(cursor(number) + CURSOR_SIGNS)), Some(number));
        }
        for text in ["", "c", "cursor", "c0000000000000001", "c+000000000000000", "é", "+/&=="] {
            assert_eq!(from_cursor(text), None, "{text}");
        }
    }

    #[test]
    fn references_grow_when_they_run_out() {
        assert_eq!(digits(1).len(), 6);
        assert_eq!(digits(899_999).len(), 6);
        assert_eq!(digits(900_000).len(), 7);
    }
}
