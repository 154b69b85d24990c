//! BERT sentence vectors: the only crate that names candle and tokenizers.
