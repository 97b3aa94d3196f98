package dev.kanmon.tokenizer.sentencepiece;

import dev.kanmon.tokenizer.model.PieceTrie;

/** Each character is a piece, or unknown; so is each user-defined piece. */
record CharSegmenter(SentencePieces pieces, PieceTrie userDefined) implements Segmenter {
    @Override
    public void segment(int[] text, int length, PieceSink sink) {
        for (int start = 0; start < length; ) {
            int end = start + Math.max(1, userDefined.longest(text, start, length));
            int id = pieces.vocabulary().id(text, start, end);
            sink.add(id < 0 ? pieces.unknownId() : id, start, end);
            start = end;
        }
    }
}
