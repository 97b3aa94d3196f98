package dev.kanmon.tokenizer.decoder;

import java.util.List;

/** The way back: turns tokens into pieces of text, which are to be joined as they are. Implementations are immutable. */
public sealed interface Decoder
        permits BpeDecoder,
                ByteFallback,
                ByteLevelDecoder,
                Ctc,
                DecoderSequence,
                Fuse,
                MetaspaceDecoder,
                ReplaceDecoder,
                StripDecoder,
                WordPieceDecoder {

    /** The pieces; there need not be as many as tokens. */
    List<String> decode(List<String> tokens);
}
