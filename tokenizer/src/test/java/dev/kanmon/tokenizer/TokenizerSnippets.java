package dev.kanmon.tokenizer;

import java.io.IOException;
import java.nio.file.Path;

/** Code of the package documentation; compiled so that it stays true. */
final class TokenizerSnippets {
    private TokenizerSnippets() {}

    static void encode(Path directory) throws IOException {
        // @start region="encode"
        var tokenizer = Tokenizer.load(directory);
        var options = EncodeOptions.DEFAULT.withMaxLength(512).withSpecialsAsText(true);
        var encoding = tokenizer.encode("How do I pick a lock?", "With a pick.", options);
        int[] ids = encoding.ids();
        int[] typeIds = encoding.typeIds();
        for (int i = 0; i < encoding.length(); i++) {
            System.out.println(encoding.token(i) + " " + encoding.start(i) + ".." + encoding.end(i));
        }
        // @end
        System.out.println(ids.length + typeIds.length);
    }
}
