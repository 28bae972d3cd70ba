//! "Did you mean": the nearest of the known names to one that is not known.

use microgrid_core::Problem;

/// The known name nearest to `name`, where one is near enough to be meant: at most a third of its letters differ.
/// Case, `-`, `_`, `.` and spaces do not count.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(name);
    known
        .into_iter()
        .map(|candidate| (distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(wanted.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A problem of a name that is none of `names`, with the nearest one as a hint.
pub(crate) fn unknown(path: &str, message: &str, found: &str, names: &[&str]) -> Problem {
    let mut sorted: Vec<&str> = names.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let allowed = if sorted.is_empty() { "none, for none is defined".into() } else { sorted.join(", ") };
    let problem = Problem::new(path, message).value(format!("\"{found}\"")).allowed(allowed);
    match nearest(found, sorted.iter().copied()) {
        Some(name) => problem.hint(format!("did you mean \"{name}\"?")),
        None => problem,
    }
}

fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).take(80).collect()
}

/// Letters to insert, delete, replace or swap with their neighbour to turn one name into the other (restricted
/// Damerau–Levenshtein distance).
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut table = vec![0; (a.len() + 1) * width];
    for (j, cell) in table[..width].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        table[i * width] = i;
        for j in 1..=b.len() {
            let replaced = table[(i - 1) * width + j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(table[(i - 1) * width + j] + 1).min(table[i * width + j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(table[(i - 2) * width + j - 2] + 1);
            }
            table[i * width + j] = least;
        }
    }
    table[a.len() * width + b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_a_misspelt_name_and_leaves_a_strange_one() {
        let names = ["idle", "self_consumption", "time_of_use", "peak_shaving"];
        assert_eq!(nearest("self-consumtion", names), Some("self_consumption"));
        assert_eq!(nearest("TimeOfUse", names), Some("time_of_use"));
        assert_eq!(nearest("idel", names), Some("idle"));
        assert_eq!(nearest("optimal_control", names), None);
    }
}
