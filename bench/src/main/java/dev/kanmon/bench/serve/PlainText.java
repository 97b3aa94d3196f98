package dev.kanmon.bench.serve;

import java.util.Random;

/** Texts of a given length in tokens: each of these words is one token of the bundled guard's vocabulary. */
final class PlainText {
    private static final String[] WORDS = """
        the of and in to was he is as for on with that it his by at from her she you had an were but be this are not \
        my they one which or have him me first all also their has up who out been when after there into new two its \
        time would no what about said we over then other so more can if like back them only some could where just \
        during before do made school through than now years most world may between down well three day year while \
        later city people house water family life night water long book music light road river garden table window \
        """.strip().split("\\s+");

    /** Special tokens around a text that stands alone. */
    private static final int SPECIALS = 2;

    private PlainText() {}

    /** A text of so many tokens, special tokens included; another one for each state of {@code random}. */
    static String ofTokens(int tokens, Random random) {
        var text = new StringBuilder();
        for (int i = SPECIALS; i < tokens; i++) {
            text.append(i == SPECIALS ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }
}
