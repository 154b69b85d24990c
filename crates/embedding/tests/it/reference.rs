//! The vectors themselves.

use std::{fs::File, io::Read, thread};

use flate2::read::GzDecoder;
use noctule_embedding::{DIMENSIONS, Vector};

use crate::embedder;

/// The 81 texts and what sentence-transformers makes of them, rounded to six decimals.
fn reference() -> Vec<(String, Vector)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests-data/minilm_reference_vectors.jsonl.gz");
    let mut rows = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut rows).unwrap();
    rows.lines()
        .map(|row| {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            let numbers = row["vec"].as_array().unwrap();
            let mut values = [0.0; DIMENSIONS];
            for (value, number) in values.iter_mut().zip(numbers) {
                *value = number.to_string().parse().unwrap();
            }
            (row["text"].as_str().unwrap().to_owned(), Vector::normalised(&values).unwrap())
        })
        .collect()
}

fn texts() -> Vec<String> {
    reference().into_iter().map(|(text, _)| text).collect()
}

#[test]
fn vectors_agree_with_sentence_transformers() {
    let Some(embedder) = embedder() else { return };
    let reference = reference();
    assert_eq!(reference.len(), 81);
    let found = embedder.embed(&texts()).unwrap();
    let cosines = reference.iter().zip(&found).map(|((_, expected), found)| found.cosine(expected));
    let least = cosines.fold(1.0, f32::min);
    println!("least cosine with the reference: {least:.7}");
    assert!(least >= 0.9999, "least cosine with the reference: {least}");
}

#[test]
fn a_text_has_the_same_vector_alone_and_among_others() {
    let Some(embedder) = embedder() else { return };
    let mut texts = texts();
    texts.truncate(24);
    texts.extend([String::new(), "long ".repeat(300)]);
    let together = embedder.embed(&texts).unwrap();
    for (text, together) in texts.iter().zip(&together) {
        let alone = &embedder.embed(&[text]).unwrap()[0];
        assert!(alone.cosine(together) > 0.99999, "{text}");
    }
}

#[test]
fn any_text_has_a_vector() {
    let Some(embedder) = embedder() else { return };
    let long = "word ".repeat(10_000);
    let cut = "word ".repeat(254);
    let no_spaces = "x".repeat(1 << 20);
    let odd = "\u{0}\u{feff}\u{1f600} ÄÖÜ \u{202e}日本語\u{fffd}";
    let found = embedder.embed(&["", " \n", &long, &cut, &no_spaces, odd]).unwrap();
    assert_eq!(found.len(), 6);
    // 256 tokens count, and two of them mark the ends.
    assert!(found[2].cosine(&found[3]) > 0.99999);
    for vector in &found {
        assert!((vector.cosine(vector) - 1.0).abs() < 1e-5);
        assert_eq!(Vector::from_bytes(&vector.to_bytes()).as_ref(), Ok(vector));
    }
}

#[test]
fn order_is_kept_among_many_callers() {
    let Some(embedder) = embedder() else { return };
    let mut texts = texts();
    texts.truncate(20);
    let expected = embedder.embed(&texts).unwrap();
    let (texts, expected) = (&texts, &expected);
    thread::scope(|scope| {
        for caller in 0..8 {
            scope.spawn(move || {
                let rotated: Vec<&String> =
                    (0..texts.len()).map(|index| &texts[(index + caller) % texts.len()]).collect();
                let found = embedder.embed(&rotated).unwrap();
                for (index, vector) in found.iter().enumerate() {
                    let expected = &expected[(index + caller) % texts.len()];
                    assert!(vector.cosine(expected) > 0.99999);
                }
            });
        }
    });
}

#[test]
fn meaning_is_nearer_than_spelling() {
    let Some(embedder) = embedder() else { return };
    let found = embedder
        .embed(&["host unreachable", "the server does not respond", "host key generated"])
        .unwrap();
    assert!(embedder.is_semantic());
    assert_eq!((embedder.name(), embedder.model_digest()), ("minilm-l6-v2", "53aa5117"));
    let (meaning, spelling) = (found[0].cosine(&found[1]), found[0].cosine(&found[2]));
    assert!(meaning > spelling + 0.1, "meaning {meaning}, spelling {spelling}");
}
