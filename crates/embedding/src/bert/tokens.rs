//! Texts as token ids, one after the other without padding.

use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use crate::EmbeddingError;

/// The most tokens of one text that are used, with the two that mark its ends: the model's own
/// `max_seq_length`. Its `tokenizer.json` says 128, and to pad to 128, which is both overridden.
pub(crate) const MAX_TOKENS: usize = 256;

/// The most bytes of one text that are looked at. 254 tokens of log text are about one kilobyte,
/// and a text is cut into all its tokens before all but 256 are thrown away.
const MAX_TEXT_BYTES: usize = 16 * 1024;

/// Some texts' tokens, packed: no padding, no mask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tokens {
    /// The ids of all texts, in order.
    pub(crate) ids: Vec<u32>,
    /// How many ids each text has, at least two.
    pub(crate) lengths: Vec<usize>,
}

/// The model's tokenizer with the model's real limits.
pub(crate) struct Cutter(Tokenizer);

impl Cutter {
    /// Reads `tokenizer.json`.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, EmbeddingError> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(EmbeddingError::unusable)?;
        let limit = TruncationParams {
            max_length: MAX_TOKENS,
            stride: 0,
            strategy: TruncationStrategy::LongestFirst,
            direction: TruncationDirection::Right,
        };
        tokenizer.with_truncation(Some(limit)).map_err(EmbeddingError::unusable)?;
        tokenizer.with_padding(None);
        Ok(Self(tokenizer))
    }

    /// How many different ids it can give.
    pub(crate) fn vocab_size(&self) -> usize {
        self.0.get_vocab_size(true)
    }

    /// Cuts texts into tokens; what is over the limits is left out.
    pub(crate) fn cut(&self, texts: &[String]) -> Result<Tokens, EmbeddingError> {
        let mut tokens = Tokens::default();
        for text in texts {
            let start = &text[..text.floor_char_boundary(MAX_TEXT_BYTES)];
            let encoding = self.0.encode_fast(start, true).map_err(EmbeddingError::engine)?;
            tokens.ids.extend_from_slice(encoding.get_ids());
            tokens.lengths.push(encoding.get_ids().len());
        }
        Ok(tokens)
    }
}
