package dev.kanmon.tokenizer.file;

import dev.kanmon.tokenizer.model.Vocabulary;

/**
 * The form in which llama.cpp stores WordPieces: the start of a word is marked, with a blank as SentencePiece writes it,
 * and the continuation is bare. A name in brackets stays as it is.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/b4589/convert_hf_to_gguf.py#L2760">BertModel.set_vocab</a>
 */
final class PhantomSpace {
    /** The prefix of continuations that the form stands for. */
    static final String PREFIX = "##";

    private static final String SPACE = "\u2581";

    private PhantomSpace() {}

    /** A token in phantom form. */
    static String of(String token) {
        if (isBracketed(token)) {
            return token;
        }
        return token.startsWith(PREFIX) ? token.substring(PREFIX.length()) : SPACE + token;
    }

    /** Adds the token that has the phantom form {@code phantom}. */
    static void add(String phantom, int id, Vocabulary.Builder vocabulary) {
        if (isBracketed(phantom)) {
            vocabulary.add("", phantom, 0, id);
        } else if (phantom.startsWith(SPACE)) {
            vocabulary.add("", phantom, SPACE.length(), id);
        } else {
            vocabulary.add(PREFIX, phantom, 0, id);
        }
    }

    /** Whether a token comes back from its phantom form; {@code ##[x]} and {@code ##} before the mark do not. */
    static boolean survives(String token) {
        var bare = token.startsWith(PREFIX) ? token.substring(PREFIX.length()) : "";
        return !isBracketed(bare) && !bare.startsWith(SPACE);
    }

    private static boolean isBracketed(String token) {
        return token.startsWith("[") && token.endsWith("]");
    }
}
