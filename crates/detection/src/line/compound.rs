//! Splits the compound names of programs into words, for the lexicon and for the embedder alike.

/// The text to embed for a masked one: the same with compound names split into words.
///
/// Seed phrases, anchors and lines must all be embedded through this function. The tokeniser of
/// BERT cuts `GetNodeInfo` into pieces without meaning, and lines made of such names all look a
/// little like trouble. Placeholders stay: without them short register dumps lost what little
/// told them apart (area under the curve on BGL without severities .850 instead of .880).
#[must_use]
pub fn embedding_text(masked: &str) -> String {
    split_words(masked)
}

/// Splits compound names: `NullPointerException` at its capitals, `ERR_CONN_REFUSED` at `_`, which
/// regular expressions take for a letter.
pub(super) fn split_words(text: &str) -> String {
    let mut split = String::with_capacity(text.len() + text.len() / 8);
    let mut letters = text.chars().peekable();
    let mut previous = ' ';
    while let Some(letter) = letters.next() {
        let next_is_lower = letters.peek().is_some_and(char::is_ascii_lowercase);
        let begins_word = letter.is_ascii_uppercase()
            && (previous.is_ascii_lowercase() || (previous.is_ascii_uppercase() && next_is_lower));
        if begins_word {
            split.push(' ');
        }
        split.push(if letter == '_' { ' ' } else { letter });
        previous = letter;
    }
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compound_names_are_split_and_all_else_stays() {
        for (text, expected) in [
            ("NullPointerException", "Null Pointer Exception"),
            ("ERR_CONN_REFUSED", "ERR CONN REFUSED"),
            ("IOException in OOMKiller", "IO Exception in OOM Killer"),
            ("Failed to GetNodeInfo() on <ip>", "Failed to Get Node Info() on <ip>"),
            ("GET <path> HTTP/<num>", "GET <path> HTTP/<num>"),
            ("VM paused; größerÄnderung", "VM paused; größerÄnderung"),
            ("", ""),
        ] {
            assert_eq!(embedding_text(text), expected, "{text}");
        }
    }

    #[test]
    fn the_seed_phrases_are_not_changed() {
        let seeds = super::super::seeds::SeedPhrases::shipped();
        let lists = [seeds.anchors_bad, seeds.anchors_good, seeds.seeds_bad, seeds.seeds_good];
        for phrase in lists.concat() {
            assert_eq!(embedding_text(&phrase), phrase);
        }
    }
}
