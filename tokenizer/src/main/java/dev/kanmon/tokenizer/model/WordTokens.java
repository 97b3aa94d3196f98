package dev.kanmon.tokenizer.model;

/**
 * The tokens of a piece, with offsets from its start; immutable.
 *
 * @param ids the tokens
 * @param starts where each starts
 * @param ends where each ends, exclusive
 */
record WordTokens(int[] ids, int[] starts, int[] ends) {
    static WordTokens single(int id, int length) {
        return new WordTokens(new int[] {id}, new int[] {0}, new int[] {length});
    }

    void emit(int from, TokenSink sink) {
        for (int i = 0; i < ids.length; i++) {
            sink.add(ids[i], from + starts[i], from + ends[i]);
        }
    }
}
