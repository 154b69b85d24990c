//! Unpacks gzip and zstd, told by their first bytes and not by a file's name.
//!
//! Archives (tar, zip) and other compressions are not handled. What an input unpacks to is not
//! bounded here, because the reader holds no more than one record of it; zstd's window, at most
//! 128 MiB (`--long=27`), comes on top. zstd's checksum is not compared, gzip's is.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::{
    BlockDecodingStrategy, FrameDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};

const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const BUFFER_BYTES: usize = 64 * 1024;

/// Returns the unpacked bytes of `input`, buffered.
pub(super) fn unpacked(
    mut input: impl Read + Send + 'static,
) -> io::Result<Box<dyn BufRead + Send>> {
    let head = first_bytes(&mut input)?;
    let is_gzip = head.starts_with(&GZIP_MAGIC);
    let is_zstd = head.starts_with(&ZSTD_MAGIC);
    let whole = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(head).chain(input));
    Ok(if is_gzip {
        Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(whole)))
    } else if is_zstd {
        Box::new(BufReader::with_capacity(BUFFER_BYTES, ZstdFrames::new(whole)))
    } else {
        Box::new(whole)
    })
}

/// Reads what is there, a buffer at most, and waits only for a whole line. The lines that tell the
/// format are all in it for a file, and those that were written so far for a pipe.
fn first_bytes(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; BUFFER_BYTES];
    let mut length = 0;
    while length < ZSTD_MAGIC.len() || !head[..length].contains(&b'\n') {
        match input.read(&mut head[length..]) {
            // The end, or a full buffer.
            Ok(0) => break,
            Ok(bytes) => length += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(length);
    Ok(head)
}

/// All frames of a zstd file after each other; `ruzstd` itself stops after the first, while
/// appending tools and parallel compressors write many.
struct ZstdFrames<R> {
    source: R,
    decoder: FrameDecoder,
    is_in_frame: bool,
}

impl<R: BufRead> ZstdFrames<R> {
    fn new(source: R) -> Self {
        Self { source, decoder: FrameDecoder::new(), is_in_frame: false }
    }

    /// Moves to the next frame with data; `false` at the end of the input.
    fn start_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    io::copy(&mut self.source.by_ref().take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_in_frame {
                self.is_in_frame = self.start_frame()?;
                if !self.is_in_frame {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.is_in_frame = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &str) -> Vec<u8> {
        compress_to_vec(text.as_bytes(), CompressionLevel::Fastest)
    }

    #[track_caller]
    fn check(packed: &[u8], expected: &str) {
        let mut text = String::new();
        unpacked(Cursor::new(packed.to_vec())).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, expected);
    }

    #[test]
    fn every_packing_gives_the_same_text() {
        let big = "a line of text\n".repeat(100_000);
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9][..], &zstd("b\n")].concat();
        check(b"", "");
        check(b"a\n", "a\n");
        check(&gzip("a\n"), "a\n");
        check(&[gzip("a\n"), gzip("b\n")].concat(), "a\nb\n");
        check(&zstd("a\n"), "a\n");
        check(&[zstd("a\n"), zstd(""), skippable].concat(), "a\nb\n");
        check(&gzip(&big), &big);
        check(&zstd(&big), &big);
    }

    #[test]
    fn the_first_bytes_are_there_at_once() {
        for packed in [b"a line\n".repeat(500), gzip(&"a line\n".repeat(500))] {
            let mut unpacked = unpacked(Cursor::new(packed)).unwrap();
            assert_eq!(unpacked.fill_buf().unwrap().len(), 3500);
        }
        let slow = Cursor::new(b"a li").chain(Cursor::new(b"ne\nb")).chain(Cursor::new(b" line\n"));
        assert_eq!(unpacked(slow).unwrap().fill_buf().unwrap(), b"a line\nb");
    }

    #[test]
    fn a_cut_stream_is_an_error() {
        for packed in [gzip(&"abc ".repeat(1000)), zstd(&"abc ".repeat(1000))] {
            let cut = packed[..packed.len() - 9].to_vec();
            let mut text = Vec::new();
            assert!(unpacked(Cursor::new(cut)).unwrap().read_to_end(&mut text).is_err());
        }
    }
}
