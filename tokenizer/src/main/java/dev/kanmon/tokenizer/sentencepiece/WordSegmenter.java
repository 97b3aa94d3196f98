package dev.kanmon.tokenizer.sentencepiece;

/** Each word with the stand-in for the blank before it is a piece, or unknown. */
record WordSegmenter(SentencePieces pieces) implements Segmenter {
    @Override
    public void segment(int[] text, int length, PieceSink sink) {
        int start = 0;
        for (int i = 1; i <= length; i++) {
            if (i == length || text[i] == SentencePieceNormalizer.BLANK) {
                int id = pieces.vocabulary().id(text, start, i);
                sink.add(id < 0 ? pieces.unknownId() : id, start, i);
                start = i;
            }
        }
    }
}
